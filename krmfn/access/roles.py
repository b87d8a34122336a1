"""Roles: what RBAC lets each tier of a tenant's users do, by the platform's roles and those that krmfn adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog.platformroles import RoleRule
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Catalog

ACCOUNT = "account"
"""The tenant's ServiceAccount, in the place of a tier."""
APPS = "apps.cozystack.io"
WRITE = ("create", "update", "patch", "delete")


class Roles(NamedTuple):
    """The rules of each tier, and of the ServiceAccount, in the namespace of a tenant."""

    rules: dict[str, tuple[RoleRule, ...]]
    shown: tuple[str, ...]

    def allowed(self, verb: str, group: str, resource: str, name: str = "") -> tuple[str, ...]:
        """The tiers that may do this, the lowest first, and the ServiceAccount."""
        return tuple(
            tier
            for tier, rules in self.rules.items()
            if any(each.allows(verb, group, resource, name) for each in rules)
        )

    def with_shown(self, secret: str) -> Roles:
        """The same roles, with the permissions of a chart's Role that shows a Secret."""
        rule = RoleRule("", ("secrets",), ("get", "list", "watch"), (secret,))
        more = {tier: (*rules, rule) if tier in self.shown else rules for tier, rules in self.rules.items()}
        return self._replace(rules=more)


def platform_roles(catalog: Catalog, mutable: Iterable[str] = ()) -> Roles:
    """The roles of the platform.

    Args:
        catalog: what krmfn ships.
        mutable: plurals of kinds that the platform output of krmfn lets a tenant's administrators change.
    """
    said = catalog.platform_roles()
    admin = RoleRule(APPS, (*catalog.tenant_admin(), *mutable), WRITE)
    more = {"admin": (admin,)}
    rules = dict(_added_up((tier, (*own, *more.get(tier, ()))) for tier, own in said.tiers.items()))
    return Roles({**rules, ACCOUNT: said.account}, said.shown)


def _added_up(tiers: Iterable[tuple[str, tuple[RoleRule, ...]]]) -> Iterator[tuple[str, tuple[RoleRule, ...]]]:
    below: tuple[RoleRule, ...] = ()
    for tier, own in tiers:
        below = (*below, *own)
        yield tier, below
