"""The platform's roles: what each tier of a tenant's users may do in the tenant's namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog.keychecks import check
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class RoleRule(NamedTuple):
    """One rule of a role, as Kubernetes has it; `*` stands for all. Without names it is about every object."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def allows(self, verb: str, group: str, resource: str, name: str = "") -> bool:
        """True if the rule allows this; a subresource is written `resource/subresource`."""
        return (
            self.group in {"*", group}
            and bool({"*", resource, f"*/{resource.partition('/')[2]}"}.intersection(self.resources))
            and bool({"*", verb}.intersection(self.verbs))
            and (not self.names or name in self.names)
        )


class PlatformRoles(NamedTuple):
    """platform-roles.yaml.

    Attributes:
        tiers: by name, the lowest first, the rules that each adds to those before it.
        account: the rules of the tenant's own ServiceAccount.
        shown: who may read the Secrets that the Role of a chart names; `account` is the ServiceAccount.
    """

    source: str
    tiers: Mapping[str, tuple[RoleRule, ...]]
    account: tuple[RoleRule, ...]
    shown: tuple[str, ...]


def read_platform_roles(data: Any) -> PlatformRoles:
    """platform-roles.yaml."""
    check(data, required=("source", "tiers", "account", "shown"))
    return PlatformRoles(
        source=data["source"],
        tiers={each["tier"]: tuple(map(_rule, each["rules"])) for each in data["tiers"]},
        account=tuple(map(_rule, data["account"])),
        shown=tuple(data["shown"]),
    )


def _rule(data: Any) -> RoleRule:
    check(data, required=("group", "resources", "verbs"))
    return RoleRule(data["group"], tuple(data["resources"]), tuple(data["verbs"]))
