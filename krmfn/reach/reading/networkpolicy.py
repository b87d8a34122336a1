"""NetworkPolicies (networking.k8s.io/v1): what they allow; whatever else a selected pod sends or receives is denied."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from krmfn.reach.endpoints import NAMESPACE, NAMESPACE_LABELS
from krmfn.reach.reading.cilium import joined
from krmfn.reach.rules import ACCEPT, EVERY_PORT, Rule
from krmfn.reach.selectors import AddressSelector, PodSelector, Requirement, requirements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.reach.rules import Policy, Ranges, Selector
    from krmfn.resourcelist import Resource


def rules(resource: Resource, policy: Policy) -> Iterator[Rule]:
    """Rules in the order of the manifest; a direction without rules still denies, and that rule selects nobody."""
    spec = resource.get("spec") or {}
    here = Requirement(NAMESPACE, "In", frozenset({policy.namespace}))
    subjects = PodSelector((*requirements(spec.get("podSelector")), here))
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    for direction, to in (("ingress", "from"), ("egress", "to")):
        if direction.capitalize() not in types:
            continue
        written = spec.get(direction) or ()
        for i, each in enumerate(written):
            ports, is_certain = _ports((each or {}).get("ports") or ())
            peers = (each or {}).get(to) or ()
            yield Rule(
                policy=policy,
                field=f"{direction}[{i}]",
                action=ACCEPT,
                ingress=direction == "ingress",
                subjects=subjects,
                peers=tuple(_peer(peer, policy.namespace) for peer in peers) or None,
                ports=ports,
                is_certain=is_certain,
            )
        if not written:
            ingress = direction == "ingress"
            yield Rule(policy, "policyTypes", ACCEPT, ingress=ingress, subjects=subjects, peers=())


def _peer(peer: Resource, namespace: str) -> Selector:
    block = peer.get("ipBlock")
    if block:
        excepted = tuple(ip_network(each, strict=False) for each in block.get("except") or ())
        return AddressSelector(ip_network(block["cidr"], strict=False), excepted)
    pods = requirements(peer.get("podSelector"))
    if peer.get("namespaceSelector") is None:
        return PodSelector((*pods, Requirement(NAMESPACE, "In", frozenset({namespace}))))
    return PodSelector((*pods, *requirements(peer["namespaceSelector"], NAMESPACE_LABELS)))


def _ports(written: Any) -> tuple[Mapping[str, Ranges] | None, bool]:
    """The ports of a rule, None for all, and whether all of them could be read; a name is decided by each pod."""
    found: dict[str, list[tuple[int, int]]] = {}
    is_certain = True
    for each in written:
        port, protocol = each.get("port"), each.get("protocol") or "TCP"
        if isinstance(port, int):
            found.setdefault(protocol, []).append((port, each.get("endPort") or port))
        else:
            found.setdefault(protocol, []).extend(EVERY_PORT)
            is_certain = is_certain and port is None
    return ({key: joined(ranges) for key, ranges in found.items()} if found else None), is_certain
