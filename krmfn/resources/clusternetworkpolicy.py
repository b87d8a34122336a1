"""What the nodes of a cluster may reach, from Cilium 1.20 on: a wall, and openings in the Admin tier above it.

The wall is a CiliumNetworkPolicy that denies the whole management cluster; only a ClusterNetworkPolicy opens anything
in it. If Cilium does not read ClusterNetworkPolicies, or the policy does not exist yet, everything stays closed. In
Cilium's policy map it costs one entry for each port of each declared pod, whatever the size of the management cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import FENCES, OWNER, SUBSTITUTE
from krmfn.resources.metadata import fence_metadata, metadata
from krmfn.topology.model import peers
from krmfn.topology.model.fences import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.fences import EgressPolicy

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The API server sets this label on every namespace, and nobody can change it."""
LAST_PRIORITY = 1000
"""Every other policy of the tier is applied first, so an operator can still close what a tenant declared."""
MOST = 25
"""The most rules in a policy, and ports in a rule (network-policy-api v0.2.0, config/crd/standard)."""


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for policy in tenant.egress:
        if policy.cluster_wide:
            yield _wall(policy), policy.fence.origin
            rules = list(_rules(policy))
            parts = [rules[i : i + MOST] for i in range(0, len(rules), MOST)]
            for i, part in enumerate(parts):
                yield _openings(policy, i, LAST_PRIORITY - len(parts) + 1 + i, part), policy.fence.origin


def _wall(policy: EgressPolicy) -> Resource:
    internet = policy.opens(peers.WORLD)
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": fence_metadata(policy.fence),
        "spec": {
            "endpointSelector": {"matchLabels": dict(peers.nodes(policy.fence.release).labels)},
            **({"egress": [{"toEntities": ["world"]}]} if internet else {}),
            "egressDeny": [
                {"toEntities": ["cluster", "kube-apiserver", *([] if internet else ["world"])]},
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
            "subject": _pods(Opening(peers.nodes(fence.release), "", (fence.namespace,))),
            "egress": rules,
        },
    }


def _rules(policy: EgressPolicy) -> Iterator[Resource]:
    """The rules in order; the first match decides. The internet needs no rule here: the wall does not deny it."""
    for opening in policy.openings:
        if opening.peer.entity:
            continue
        to = [_pods(opening._replace(namespaces=opening.namespaces or (policy.fence.namespace,)))]
        protocols = [{protocol.lower(): {"destinationPort": {"number": number}}} for protocol, number in opening.ports]
        if not protocols:
            yield {"action": "Accept", "to": to}
        for i in range(0, len(protocols), MOST):
            yield {"action": "Accept", "to": to, "protocols": protocols[i : i + MOST]}


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
