"""CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies, as Cilium 1.19 and 1.20 read them.

https://github.com/cilium/cilium/blob/v1.19.5/pkg/k8s/apis/cilium.io/utils/utils.go
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from krmfn.reach.endpoints import NAMESPACE, NAMESPACE_LABELS
from krmfn.reach.rules import ACCEPT, DENY, EVERY_PORT, LAST_PORT, PROTOCOLS, Rule
from krmfn.reach.selectors import (
    ENTITY_PREFIX,
    AddressSelector,
    EntitySelector,
    NameSelector,
    PodSelector,
    Requirement,
    UnknownSelector,
    requirements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.reach.rules import Policy, Ranges, Selector
    from krmfn.resourcelist import Resource

SECTIONS = (("ingress", ACCEPT), ("ingressDeny", DENY), ("egress", ACCEPT), ("egressDeny", DENY))
DECIDED_ELSEWHERE = ("Services", "Groups", "Nodes", "Requires")
"""Peers that the agent replaces before the policy engine sees them: what they select is not in the policy."""
IN_NAMESPACE = Requirement(NAMESPACE, "Exists", frozenset())


def rules(resource: Resource, policy: Policy) -> Iterator[Rule]:
    """The rules of `spec` and of `specs`. A policy for nodes is left out: it says nothing about pods."""
    said = [("", resource.get("spec")), *((f"specs[{i}].", each) for i, each in enumerate(resource.get("specs") or ()))]
    for prefix, spec in said:
        if not isinstance(spec, dict) or "endpointSelector" not in spec:
            continue
        subjects = _pods(spec["endpointSelector"], policy.namespace, subject=True)
        default = spec.get("enableDefaultDeny") or {}
        for section, action in SECTIONS:
            ingress = section.startswith("ingress")
            direction = "ingress" if ingress else "egress"
            for i, written in enumerate(spec.get(section) or ()):
                rule = written or {}
                peers = _peers(rule, "from" if ingress else "to", policy.namespace, denies=action == DENY)
                ports, is_certain = _ports(rule)
                yield Rule(
                    policy=policy,
                    field=f"{prefix}{section}[{i}]",
                    action=action,
                    ingress=ingress,
                    subjects=subjects,
                    peers=peers,
                    ports=ports,
                    is_certain=is_certain,
                    closes=default.get(direction, True),
                )


def _peers(rule: Resource, to: str, namespace: str, *, denies: bool) -> tuple[Selector, ...] | None:
    """The other side of a rule; None for everybody. A rule without peers and without ports selects nobody."""
    found: list[Selector] = [
        *(_pods(each, namespace) for each in rule.get(f"{to}Endpoints") or ()),
        *(EntitySelector(each) for each in rule.get(f"{to}Entities") or ()),
        *(AddressSelector(ip_network(each, strict=False)) for each in rule.get(f"{to}CIDR") or ()),
        *(_address(each) for each in rule.get(f"{to}CIDRSet") or ()),
        *(
            NameSelector(each.get("matchName") or each.get("matchPattern") or "")
            for each in rule.get(f"{to}FQDNs") or ()
        ),
    ]
    elsewhere = [f"{to}{each}" for each in DECIDED_ELSEWHERE if rule.get(f"{to}{each}")]
    if f"{to}Services" in elsewhere and denies:
        # A deny without Services and with ports selects everybody (docs/decisions/031-traps-in-cilium-policies.md).
        elsewhere.remove(f"{to}Services")
    found += map(UnknownSelector, elsewhere)
    is_named = any(key.startswith(to) and key not in {"toPorts", f"{to}Services"} for key in rule)
    if found or is_named:
        return tuple(found)
    return None if rule.get("toPorts") or rule.get("icmps") else ()


def _address(said: Resource) -> Selector:
    if "cidr" not in said:
        return UnknownSelector("cidrGroupRef" if "cidrGroupRef" in said else "cidrGroupSelector")
    excepted = tuple(ip_network(each, strict=False) for each in said.get("except") or ())
    return AddressSelector(ip_network(said["cidr"], strict=False), excepted)


def _pods(selector: Any, namespace: str, *, subject: bool = False) -> Selector:
    """Without a namespace, a selector is for the policy's own; in a policy of the whole cluster, for all pods."""
    found = requirements(selector)
    keys = {each.key for each in found}
    if any(key.startswith(ENTITY_PREFIX) for key in keys):
        return PodSelector(found, any_kind=True)
    if subject and namespace:
        return PodSelector((*found, Requirement(NAMESPACE, "In", frozenset({namespace}))))
    if NAMESPACE not in keys:
        if not namespace:
            found = (*found, IN_NAMESPACE)
        elif not any(key.startswith(NAMESPACE_LABELS) for key in keys):
            found = (*found, Requirement(NAMESPACE, "In", frozenset({namespace})))
    return PodSelector(found)


def _ports(rule: Resource) -> tuple[Mapping[str, Ranges] | None, bool]:
    """The ports of a rule, and whether all of them could be read."""
    found: dict[str, list[tuple[int, int]]] = {}
    is_certain = True
    items = [each for one in rule.get("toPorts") or () for each in one.get("ports") or ()]
    if not items:
        return ({} if rule.get("icmps") else None), True
    for each in items:
        port, last = str(each.get("port", "0")), int(each.get("endPort") or 0)
        is_certain = is_certain and port.isdecimal() and not (port == "0" and last)
        number = int(port) if port.isdecimal() else 0
        ranges = [(number, max(number, last))] if number else list(EVERY_PORT)
        said = str(each.get("protocol") or "ANY").upper()
        for protocol in PROTOCOLS if said == "ANY" else (said,):
            found.setdefault(protocol, []).extend(ranges)
    return {protocol: joined(ranges) for protocol, ranges in found.items()}, is_certain


def joined(ranges: list[tuple[int, int]]) -> Ranges:
    """The ranges in order, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, min(last, LAST_PORT)))
    return tuple(merged)
