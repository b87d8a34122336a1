"""What the nodes of a cluster may reach, from Cilium 1.20 on: a wall, and openings in the Admin tier above it.

The wall is a CiliumNetworkPolicy that denies the whole management cluster; only a ClusterNetworkPolicy opens anything
in it. If Cilium does not read ClusterNetworkPolicies, or the policy does not exist yet, everything stays closed. In
Cilium's policy map it costs one entry for each port of each declared pod, whatever the size of the management cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import FENCES, OWNER, SUBSTITUTE, WHY
from krmfn.resources.metadata import confirming, fence_metadata, metadata
from krmfn.topology.model import peers
from krmfn.topology.model.fences import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.fences import EgressPolicy, Part

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The API server sets this label on every namespace, and nobody can change it."""
LAST_PRIORITY = 1000
"""Every other policy of the tier is applied first, so an operator can still close what a tenant declared."""


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for policy in tenant.egress:
        if policy.cluster_wide:
            yield _wall(policy), policy.fence.origin
            parts = policy.parts()
            for priority, part in enumerate(parts, LAST_PRIORITY - len(parts) + 1):
                yield _openings(policy, priority, part), policy.fence.origin


def _wall(policy: EgressPolicy) -> Resource:
    internet = policy.opens(peers.WORLD)
    # Opened addresses are denied here, too: only their ports that a rule of the Admin tier accepts are open.
    closed = [*policy.closed_addresses, *(policy.opened_addresses if internet else ())]
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": fence_metadata(policy.fence),
        "spec": {
            "description": _why(policy),
            "endpointSelector": {"matchLabels": dict(peers.nodes(policy.fence.release).labels)},
            **({"egress": [{"toEntities": ["world"]}]} if internet else {}),
            "egressDeny": [
                {"toEntities": ["cluster", "kube-apiserver", *([] if internet else ["world"])]},
                *([{"toCIDR": closed}] if closed else []),
            ],
        },
    }


def _why(policy: EgressPolicy) -> str:
    first = policy.parts()[0].name
    return (
        f"Of the management cluster {policy.fence.release} reaches nothing but what ClusterNetworkPolicy {first} opens."
    )


def _openings(policy: EgressPolicy, priority: int, part: Part) -> Resource:
    fence = policy.fence
    marks = {OWNER: fence.owner, WHY: policy.why, **confirming(fence), SUBSTITUTE: "disabled"}
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": metadata(part.name, "", {FENCES: fence.release}, marks, prune=fence.prune),
        "spec": {
            "tier": "Admin",
            "priority": priority,
            "subject": _pods(Opening(peers.nodes(fence.release), "", (fence.namespace,))),
            # In order: the first match decides.
            "egress": [_rule(opening, fence.namespace) for opening in part.openings],
        },
    }


def _rule(opening: Opening, own: str) -> Resource:
    protocols = [{protocol.lower(): {"destinationPort": {"number": number}}} for protocol, number in opening.ports]
    at_home = opening._replace(namespaces=opening.namespaces or (own,))
    return {
        "action": "Accept",
        "to": [{"networks": list(opening.peer.cidrs)} if opening.peer.cidrs else _pods(at_home)],
        **({"protocols": protocols} if protocols else {}),
    }


def _pods(opening: Opening) -> Resource:
    """The pods of an opening; labels are written without Cilium's source prefix."""
    labels = {key.removeprefix("k8s:"): value for key, value in opening.peer.labels}
    named = [{"key": peers.APPLICATION_NAME, "operator": "In", "values": sorted(opening.peer.names)}]
    where = {"key": NAMESPACE_NAME, "operator": "In", "values": sorted(opening.namespaces)}
    return {
        "pods": {
            "namespaceSelector": {"matchExpressions": [where]},
            "podSelector": {"matchLabels": labels, **({"matchExpressions": named} if opening.peer.names else {})},
        }
    }
