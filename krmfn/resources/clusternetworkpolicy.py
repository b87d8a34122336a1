"""From Cilium 1.20 on, what the nodes of a cluster reach: openings of the tier Admin in a wall of the tier below.

The wall is a CiliumNetworkPolicy that denies the whole management cluster; only a ClusterNetworkPolicy opens anything
in it. Where Cilium does not read those, or it is not there yet, the wall stays closed. In Cilium's policy map it costs
one entry a port of each declared pod, whatever the size of the management cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.resourcelist import OWNER
from krmfn.resources.metadata import FENCES, SUBSTITUTE, fence_metadata, metadata
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
    VMINSERT,
    VMINSERT_PORTS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.fences import EgressPolicy, Ports

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The API server puts it on every namespace and lets nobody change it."""
LAST_PRIORITY = 1000
"""Every other policy of the tier goes first, so an operator can still close what a tenant declared."""
MOST = 25
"""Rules in a policy, and ports in a rule (network-policy-api v0.2.0, config/crd/standard)."""


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for policy in tenant.egress:
        if policy.cluster_wide:
            yield _wall(policy), policy.fence.origin
            rules = list(_rules(policy))
            parts = [rules[i : i + MOST] for i in range(0, len(rules), MOST)]
            for i, part in enumerate(parts):
                yield _openings(policy, i, LAST_PRIORITY - len(parts) + 1 + i, part), policy.fence.origin


def _wall(policy: EgressPolicy) -> Resource:
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": fence_metadata(policy.fence),
        "spec": {
            "endpointSelector": {"matchLabels": _nodes(policy)},
            **({"egress": [{"toEntities": ["world"]}]} if policy.internet else {}),
            "egressDeny": [
                {"toEntities": ["cluster", "kube-apiserver", *([] if policy.internet else ["world"])]},
                *([{"toCIDR": list(policy.closed_addresses)}] if policy.closed_addresses else []),
            ],
        },
    }


def _openings(policy: EgressPolicy, part: int, priority: int, rules: list[Resource]) -> Resource:
    fence = policy.fence
    name = f"{fence.namespace}.{fence.name}{f'-{part + 1}' if part else ''}"
    marks = {OWNER: fence.owner, SUBSTITUTE: "disabled"}
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": metadata(name, "", {FENCES: fence.release}, marks, prune=fence.prune),
        "spec": {
            "tier": "Admin",
            "priority": priority,
            "subject": _pods(_nodes(policy), (fence.namespace,)),
            "egress": rules,
        },
    }


def _rules(policy: EgressPolicy) -> Iterator[Resource]:
    """In order: the first that matches decides."""
    own = (policy.fence.namespace,)
    yield from _accept(_pods({CONTROL_PLANE_NAME: policy.fence.release}, own), CONTROL_PLANE_PORTS)
    yield {"action": "Accept", "to": [_pods(_nodes(policy), own)]}
    yield from _accept(_pods({"k8s-app": "kube-dns"}, (DNS_NAMESPACE,)), DNS_PORTS)
    for kind, names, ports in policy.services:
        application = {f"{APPLICATION}group": GROUP, f"{APPLICATION}kind": kind}
        of_these = {"key": f"{APPLICATION}name", "operator": "In", "values": sorted(names)}
        yield from _accept(_pods(application, own, of_these), ports)
    if policy.monitoring:
        yield from _accept(_pods(dict([VMINSERT]), policy.monitoring), VMINSERT_PORTS)
    if policy.ingress:
        yield from _accept(_pods(dict([INGRESS]), policy.ingress), INGRESS_PORTS)


def _accept(peer: Resource, ports: Ports) -> Iterator[Resource]:
    protocols = [{protocol.lower(): {"destinationPort": {"number": number}}} for protocol, number in ports]
    for i in range(0, len(protocols), MOST):
        yield {"action": "Accept", "to": [peer], "protocols": protocols[i : i + MOST]}


def _nodes(policy: EgressPolicy) -> dict[str, str]:
    return {"kubevirt.io": "virt-launcher", CLUSTER_NAME: policy.fence.release}


def _pods(labels: dict[str, str], namespaces: tuple[str, ...], *expressions: dict[str, Any]) -> Resource:
    named = {"key": NAMESPACE_NAME, "operator": "In", "values": sorted(namespaces)}
    return {
        "pods": {
            "namespaceSelector": {"matchExpressions": [named]},
            "podSelector": {"matchLabels": labels, **({"matchExpressions": list(expressions)} if expressions else {})},
        }
    }
