"""Selectors of policies: whether each selects an endpoint. The answer is yes, no, or None: it is not known."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple
from krmfn.reach.endpoints import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Network, IPv6Network
    from typing import TypeAlias

    from krmfn.reach.endpoints import Endpoint

    Network: TypeAlias = IPv4Network | IPv6Network
    Truth: TypeAlias = bool | None

ENTITY_PREFIX = "reserved:"
EVERYBODY = "all"
CLUSTER = "cluster"
OF_CLUSTER = frozenset({"host", "remote-node", "init", "ingress", "health", "unmanaged", "kube-apiserver"})
"""What the entity `cluster` is beside pods (cilium v1.19.5, pkg/policy/api/entity.go)."""


class Requirement(NamedTuple):
    """One expression of a label selector; the key is without Cilium's source."""

    key: str
    operator: str
    values: frozenset[str]


class PodSelector(NamedTuple):
    """Selects pods by labels; with `any_kind` also other endpoints, if an expression is about an entity."""

    requirements: tuple[Requirement, ...]
    any_kind: bool = False

    def selects(self, endpoint: Endpoint) -> Truth:
        if endpoint.is_anybody:
            return None
        if not endpoint.is_pod and not self.any_kind:
            return False
        return all_of(_holds(each, endpoint) for each in self.requirements)


class EntitySelector(NamedTuple):
    """Selects one of Cilium's entities."""

    entity: str

    def selects(self, endpoint: Endpoint) -> Truth:
        if self.entity == EVERYBODY:
            return True
        if endpoint.is_anybody:
            return None
        if self.entity == CLUSTER:
            return endpoint.is_pod or bool(endpoint.entities & OF_CLUSTER)
        return self.entity in endpoint.entities


class AddressSelector(NamedTuple):
    """Selects addresses outside; Cilium knows pods and nodes by their labels, so a range selects none of them."""

    network: Network
    excepted: tuple[Network, ...] = ()

    def selects(self, endpoint: Endpoint) -> Truth:
        if endpoint.is_anybody:
            return None
        if WORLD not in endpoint.entities:
            return False
        if endpoint.network is None:
            # Any public address by IPv4: it is in the range of all addresses, and in no range that a policy names.
            return self.network.version == 4 and self.network.prefixlen == 0  # noqa: PLR2004
        return all_of(
            (_within(endpoint.network, self.network), *(_no(_within(endpoint.network, each)) for each in self.excepted))
        )


class NameSelector(NamedTuple):
    """Selects addresses outside that a DNS name stands for; `*` stands for a part of the name between two dots."""

    pattern: str

    def selects(self, endpoint: Endpoint) -> Truth:
        if endpoint.is_anybody:
            return None
        if WORLD not in endpoint.entities:
            return False
        return any(_pattern(self.pattern).fullmatch(each.rstrip(".").lower()) for each in endpoint.names)


class UnknownSelector(NamedTuple):
    """Selects what krmfn cannot say: `field` is decided elsewhere, such as by a Service or a cloud's group."""

    field: str

    def selects(self, _: Endpoint) -> Truth:
        return None


def all_of(truths: Iterable[Truth]) -> Truth:
    found: Truth = True
    for each in truths:
        if each is False:
            return False
        found = None if each is None else found
    return found


def any_of(truths: Iterable[Truth]) -> Truth:
    found: Truth = False
    for each in truths:
        if each is True:
            return True
        found = None if each is None else found
    return found


def requirements(selector: Any, prefix: str = "") -> tuple[Requirement, ...]:
    """The expressions of a label selector as a manifest has it; `prefix` is put before each key."""
    said = selector if isinstance(selector, dict) else {}
    equal = [(key, "In", [value]) for key, value in (said.get("matchLabels") or {}).items()]
    others = [(each["key"], each["operator"], each.get("values") or []) for each in said.get("matchExpressions") or ()]
    return tuple(
        Requirement(prefix + without_source(key), operator, frozenset(map(str, values)))
        for key, operator, values in (*equal, *others)
    )


def without_source(key: str) -> str:
    """A key without Cilium's source; an entity keeps it, because no label of a pod is written that way."""
    for source in ("k8s:", "any:", "k8s.", "any."):
        key = key.removeprefix(source)
    return key.replace("reserved.", ENTITY_PREFIX, 1) if key.startswith("reserved.") else key


def _holds(requirement: Requirement, endpoint: Endpoint) -> Truth:
    key, operator, values = requirement
    if key.startswith(ENTITY_PREFIX):
        value = "" if key.removeprefix(ENTITY_PREFIX) in endpoint.entities else None
    else:
        value = endpoint.labels.get(key)
        if value is None and endpoint.may_have(key):
            # It may have the label with another value, but not with one of these.
            is_foreign = bool(values) and all((key, each) in endpoint.foreign for each in values)
            return operator == "NotIn" if is_foreign else None
    return {
        "In": value is not None and value in values,
        "NotIn": value is None or value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(operator)


def _within(inner: Network, outer: Network) -> Truth:
    """Whether all of one range is in another; None if only a part is."""
    if inner.version != outer.version or not inner.overlaps(outer):
        return False
    return True if inner.prefixlen >= outer.prefixlen else None


def _no(truth: Truth) -> Truth:
    return None if truth is None else not truth


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """As cilium v1.19.5 reads it (pkg/fqdn/matchpattern)."""
    text = text.rstrip(".").lower()
    if text == "*":
        return re.compile(r".*")
    return re.compile("".join("[-a-z0-9_]*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", text)))
