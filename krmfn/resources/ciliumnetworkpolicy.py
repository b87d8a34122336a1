"""CiliumNetworkPolicies: what the nodes of a cluster reach on the management cluster, and nothing else.

The shape is that of facts/cilium.md §3, which was run on Cilium's own policy engine: a deny beats every allow, of the
platform's policies too, so each peer is either in a deny or in the complement of its ports.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from krmfn.resources.metadata import fence_metadata
from krmfn.topology.model.peers import (
    APPLICATION,
    CLUSTER_NAME,
    CONTROL_PLANE_NAME,
    CONTROL_PLANE_PORTS,
    DNS_NAMESPACE,
    DNS_PORTS,
    GROUP,
    INGRESS,
    INGRESS_PORTS,
    NFS_SERVER,
    VMINSERT,
    VMINSERT_PORTS,
    VOLUMES_NAMESPACE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.fences import EgressPolicy, Ports

NAMESPACE = "k8s:io.kubernetes.pod.namespace"
DNS_APP = "k8s:k8s-app"
PORTS_OF_A_RULE = 40
"""As many as Cilium takes in one item of toPorts (pkg/policy/api/rule_validation.go)."""
LAST_PORT = 65535


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for policy in tenant.egress:
        if not policy.cluster_wide:
            yield _network_policy(policy), policy.fence.origin


def _network_policy(policy: EgressPolicy) -> Resource:
    nodes = {"matchLabels": {"kubevirt.io": "virt-launcher", CLUSTER_NAME: policy.fence.release}}
    narrowed = [*_own(policy), *_others(policy)]
    control_plane, dns, *others = [_allow(selectors, ports) for selectors, ports in narrowed]
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": fence_metadata(policy.fence),
        "spec": {
            "endpointSelector": nodes,
            "egress": [
                control_plane,
                {"toEndpoints": [nodes]},
                dns,
                *([{"toEntities": ["world"]}] if policy.internet else []),
                *others,
            ],
            "egressDeny": [
                {"toEndpoints": list(_own_namespace(policy))},
                {"toEndpoints": list(_other_namespaces(policy))},
                {"toEntities": _entities(policy)},
                *([{"toCIDR": list(policy.closed_addresses)}] if policy.closed_addresses else []),
                *({"toEndpoints": selectors, "toPorts": _complement(ports)} for selectors, ports in narrowed),
                {
                    "toEndpoints": [selector for selectors, _ in narrowed for selector in selectors],
                    "icmps": [{"fields": [{"family": "IPv4", "type": 8}]}],
                },
            ],
        },
    }


def _own(policy: EgressPolicy) -> Iterator[tuple[list[Resource], Ports]]:
    """What every cluster needs: its control plane, and DNS; with their ports."""
    yield [{"matchLabels": {CONTROL_PLANE_NAME: policy.fence.release}}], CONTROL_PLANE_PORTS
    yield [{"matchLabels": {NAMESPACE: DNS_NAMESPACE, DNS_APP: "kube-dns"}}], DNS_PORTS


def _others(policy: EgressPolicy) -> Iterator[tuple[list[Resource], Ports]]:
    """The declared services by kind and ports, and what the profile opens beside them."""
    for kind, names, ports in policy.services:
        yield (
            [
                {
                    "matchLabels": {f"{APPLICATION}group": GROUP, f"{APPLICATION}kind": kind},
                    "matchExpressions": [_in(f"{APPLICATION}name", *names)],
                }
            ],
            ports,
        )
    if policy.monitoring:
        yield _in_namespaces(VMINSERT, policy.monitoring), VMINSERT_PORTS
    if policy.ingress:
        yield _in_namespaces(INGRESS, policy.ingress), INGRESS_PORTS


def _own_namespace(policy: EgressPolicy) -> Iterator[Resource]:
    """Everything in the tenant's namespace but what is narrowed elsewhere, and the nodes."""
    release, namespace = policy.fence.release, policy.fence.namespace
    foreign = [
        _not_in(CONTROL_PLANE_NAME, release),
        _not_in(CLUSTER_NAME, release),
        *(_not_in(*label) for label in _opened(policy).get(namespace, ())),
    ]
    declared: dict[str, set[str]] = {}
    for kind, names, _ in policy.services:
        declared.setdefault(kind, set()).update(names)
    if declared:
        yield {"matchExpressions": [_not_in(f"{APPLICATION}kind", *declared), *foreign]}
        yield {"matchExpressions": [_not_in(f"{APPLICATION}group", GROUP), *foreign]}
    else:
        yield {"matchExpressions": foreign}
    for kind, all_names in declared.items():
        yield {
            "matchLabels": {f"{APPLICATION}kind": kind},
            "matchExpressions": [_not_in(f"{APPLICATION}name", *all_names), *foreign],
        }
    yield {
        "matchLabels": {CLUSTER_NAME: release},
        "matchExpressions": [_not_in("kubevirt.io", "virt-launcher"), _not_in(CONTROL_PLANE_NAME, release)],
    }


def _other_namespaces(policy: EgressPolicy) -> Iterator[Resource]:
    """Everything in every other namespace but DNS and what the profile opens."""
    own, opened = policy.fence.namespace, _opened(policy)
    left = {namespace: labels for namespace, labels in opened.items() if namespace != own}
    yield {"matchExpressions": [{"key": NAMESPACE, "operator": "Exists"}, _not_in(NAMESPACE, own, *left)]}
    for namespace, labels in left.items():
        yield {"matchLabels": {NAMESPACE: namespace}, "matchExpressions": [_not_in(*label) for label in labels]}


def _opened(policy: EgressPolicy) -> dict[str, list[tuple[str, str]]]:
    """The labels of the pods that are left out of the denies of whole namespaces, by namespace."""
    opened = {DNS_NAMESPACE: [(DNS_APP, "kube-dns")]}
    for label, namespaces in (
        (VMINSERT, policy.monitoring),
        (INGRESS, policy.ingress),
        (NFS_SERVER, (VOLUMES_NAMESPACE,) if policy.volumes else ()),
    ):
        for namespace in namespaces:
            opened.setdefault(namespace, []).append(label)
    return opened


def _entities(policy: EgressPolicy) -> list[str]:
    outside = [] if policy.internet else ["world"]
    return ["health", "host", "ingress", "init", "kube-apiserver", "remote-node", "unmanaged", *outside]


def _in_namespaces(label: tuple[str, str], namespaces: tuple[str, ...]) -> list[Resource]:
    key, value = label
    return [{"matchLabels": {NAMESPACE: namespace, key: value}} for namespace in namespaces]


def _allow(selectors: list[Resource], ports: Ports) -> Resource:
    return {"toEndpoints": selectors, "toPorts": _to_ports([_port(protocol, number) for protocol, number in ports])}


def _complement(ports: Ports) -> list[Resource]:
    """All ports but these, which is how a deny says "only these"."""
    found: list[dict[str, Any]] = []
    for protocol in ("TCP", "UDP", "SCTP"):
        numbers = sorted(number for each, number in ports if each == protocol)
        if numbers:
            edges = pairwise([0, *numbers, LAST_PORT + 1])
            found += [_port(protocol, low + 1, high - 1) for low, high in edges if low + 1 < high]
        else:
            found.append(_port(protocol, 0))
    return _to_ports(found)


def _port(protocol: str, first: int, last: int = 0) -> dict[str, Any]:
    """One port, or a range; 0 alone is every port, and with an end it is not in every version (facts §2)."""
    return {"port": str(first), **({"endPort": last} if last > first else {}), "protocol": protocol}


def _to_ports(ports: list[dict[str, Any]]) -> list[Resource]:
    return [{"ports": ports[i : i + PORTS_OF_A_RULE]} for i in range(0, len(ports), PORTS_OF_A_RULE)]


def _in(key: str, *values: str) -> Resource:
    return {"key": key, "operator": "In", "values": sorted(values)}


def _not_in(key: str, *values: str) -> Resource:
    return {"key": key, "operator": "NotIn", "values": sorted(values)}
