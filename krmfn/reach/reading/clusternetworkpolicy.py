"""ClusterNetworkPolicies (policy.networking.k8s.io/v1alpha2): tiers of rules before and after all other policies."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from krmfn.reach.endpoints import NAMESPACE_LABELS
from krmfn.reach.reading.cilium import IN_NAMESPACE, joined
from krmfn.reach.rules import ADMIN, BASELINE, EVERY_PORT, PROTOCOLS, Rule
from krmfn.reach.selectors import (
    AddressSelector,
    EntitySelector,
    NameSelector,
    PodSelector,
    UnknownSelector,
    requirements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.reach.rules import Policy, Ranges, Selector
    from krmfn.resourcelist import Resource


def rules(resource: Resource, policy: Policy) -> Iterator[Rule]:
    spec = resource.get("spec") or {}
    tier = BASELINE if spec.get("tier") == "Baseline" else ADMIN
    subjects = next(_peer(spec.get("subject") or {}))
    for direction, to in (("ingress", "from"), ("egress", "to")):
        for i, each in enumerate(spec.get(direction) or ()):
            ports, is_certain = _ports(each.get("protocols") or ())
            yield Rule(
                policy=policy,
                field=f"{direction}[{i}]",
                action=each["action"],
                ingress=direction == "ingress",
                subjects=subjects,
                peers=tuple(found for peer in each.get(to) or () for found in _peer(peer)),
                ports=ports,
                is_certain=is_certain,
                closes=False,
                tier=tier,
                order=(int(spec.get("priority") or 0), i),
            )


def _peer(peer: Resource) -> Iterator[Selector]:
    if "pods" in peer:
        pods = peer["pods"]
        namespaces = requirements(pods.get("namespaceSelector"), NAMESPACE_LABELS)
        yield PodSelector((*requirements(pods.get("podSelector")), *(namespaces or (IN_NAMESPACE,))))
    elif "namespaces" in peer:
        yield PodSelector(requirements(peer["namespaces"], NAMESPACE_LABELS) or (IN_NAMESPACE,))
    elif "networks" in peer:
        for each in peer["networks"]:
            yield AddressSelector(ip_network(each, strict=False))
    elif "domainNames" in peer:
        for each in peer["domainNames"]:
            # In Kubernetes' own words a wildcard also stands for several parts of a name.
            yield UnknownSelector("domainNames") if each.startswith("*") else NameSelector(each)
    elif peer.get("nodes") == {}:
        yield EntitySelector("host")
        yield EntitySelector("remote-node")
    else:
        yield UnknownSelector(next(iter(peer), "to"))


def _ports(written: Any) -> tuple[Mapping[str, Ranges] | None, bool]:
    found: dict[str, list[tuple[int, int]]] = {}
    is_certain = True
    for each in written:
        if "destinationNamedPort" in each:
            is_certain = False
            for protocol in PROTOCOLS:
                found.setdefault(protocol, []).extend(EVERY_PORT)
        for protocol in PROTOCOLS:
            said = each.get(protocol.lower())
            if said is None:
                continue
            port = said.get("destinationPort") or {}
            if "range" in port:
                ranges = [(port["range"]["start"], port["range"]["end"])]
            else:
                ranges = [(port["number"], port["number"])] if "number" in port else list(EVERY_PORT)
            found.setdefault(protocol, []).extend(ranges)
    return ({key: joined(ranges) for key, ranges in found.items()} if found else None), is_certain
