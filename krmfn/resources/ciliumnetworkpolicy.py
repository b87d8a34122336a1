"""CiliumNetworkPolicies: what the nodes of a cluster may reach on the management cluster; all else is denied.

A deny overrides every allow, including those of the platform's policies. So each peer is either denied, or denied on
all ports except the opened ones. The shape was run on Cilium's own policy engine.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from krmfn.resources.metadata import fence_metadata
from krmfn.topology.model import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.fences import EgressPolicy, Opening
    from krmfn.topology.model.peers import Peer, Ports

NAMESPACE = "k8s:io.kubernetes.pod.namespace"
PORTS_OF_A_RULE = 40
"""Cilium's limit for one item of toPorts (pkg/policy/api/rule_validation.go)."""
LAST_PORT = 65535
EVERY_ADDRESS = ("0.0.0.0/0", "::/0")
INSIDE = ("health", "host", "ingress", "init", "kube-apiserver", "remote-node", "unmanaged")
"""Cilium's entities for everything in the management cluster that is not a pod."""


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for policy in tenant.egress:
        if not policy.cluster_wide:
            yield _network_policy(policy), policy.fence.origin


def _network_policy(policy: EgressPolicy) -> Resource:
    narrowed = [opening for opening in policy.openings if opening.ports]
    pods = [opening for opening in narrowed if not opening.peer.cidrs]
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": fence_metadata(policy.fence),
        "spec": {
            "description": policy.why,
            "endpointSelector": {"matchLabels": dict(peers.nodes(policy.fence.release).labels)},
            "egress": [_allow(opening) for opening in policy.openings if not opening.by_platform],
            "egressDeny": [
                {"toEndpoints": list(_own_namespace(policy))},
                {"toEndpoints": list(_other_namespaces(policy))},
                *_outside(policy),
                *({**_to(each), "toPorts": _complement(each.ports)} for each in narrowed),
                {
                    "toEndpoints": [selector for each in pods for selector in _selectors(each)],
                    "icmps": [{"fields": [{"family": "IPv4", "type": 8}]}],
                },
            ],
        },
    }


def _allow(opening: Opening) -> Resource:
    if opening.peer.entity:
        return {"toEntities": [opening.peer.entity]}
    ports = {"toPorts": _to_ports([_port(protocol, number) for protocol, number in opening.ports])}
    return {**_to(opening), **(ports if opening.ports else {})}


def _outside(policy: EgressPolicy) -> Iterator[Resource]:
    """Everything that is not a pod, except the opened addresses: an allow could not override a deny of their range."""
    opened = policy.opened_addresses
    internet = policy.opens(peers.WORLD)
    yield {"toEntities": [*INSIDE, *([] if internet or opened else ["world"])]}
    closed = [*(EVERY_ADDRESS if opened and not internet else ()), *policy.closed_addresses]
    if opened:
        yield {"toCIDRSet": [{"cidr": each, **_but(each, opened)} for each in closed]}
    elif closed:
        yield {"toCIDR": closed}


def _but(closed: str, opened: tuple[str, ...]) -> Resource:
    """`except` with the opened addresses in a closed range; empty if there are none."""
    from ipaddress import ip_network  # noqa: PLC0415  (loaded only where addresses are opened)

    around = ip_network(closed)
    inside = [each for each in opened if around.overlaps(ip_network(each))]
    return {"except": inside} if inside else {}


def _to(opening: Opening) -> Resource:
    cidrs = opening.peer.cidrs
    return {"toCIDR": list(cidrs)} if cidrs else {"toEndpoints": _selectors(opening)}


def _selectors(opening: Opening) -> list[Resource]:
    """The pods of an opening: one selector for each namespace, or one without namespace for the tenant's own."""
    labels, names = dict(opening.peer.labels), opening.peer.names
    named = {"matchExpressions": [_in(peers.APPLICATION_NAME, *names)]} if names else {}
    namespaces = [{NAMESPACE: namespace} for namespace in opening.namespaces] or [{}]
    return [{"matchLabels": {**each, **labels}, **named} for each in namespaces]


def _own_namespace(policy: EgressPolicy) -> Iterator[Resource]:
    """Selects every pod in the tenant's namespace, except the nodes and the pods of openings."""
    fence = policy.fence
    (_, node), (cluster, release) = peers.nodes(fence.release).labels
    foreign = [
        _not_in(peers.CONTROL_PLANE_NAME, fence.release),
        _not_in(cluster, release),
        *(_except(peer) for peer in _opened(policy).get(fence.namespace, ())),
    ]
    declared: dict[str, set[str]] = {}
    for peer in (opening.peer for opening in policy.openings if opening.peer.names):
        declared.setdefault(dict(peer.labels)[peers.APPLICATION_KIND], set()).update(peer.names)
    if declared:
        yield {"matchExpressions": [_not_in(peers.APPLICATION_KIND, *declared), *foreign]}
        yield {"matchExpressions": [_not_in(peers.APPLICATION_GROUP, peers.GROUP), *foreign]}
    else:
        yield {"matchExpressions": foreign}
    for kind, all_names in declared.items():
        yield {
            "matchLabels": {peers.APPLICATION_KIND: kind},
            "matchExpressions": [_not_in(peers.APPLICATION_NAME, *all_names), *foreign],
        }
    yield from _other_pods(policy, foreign)
    yield {
        "matchLabels": {cluster: release},
        "matchExpressions": [_not_in("kubevirt.io", node), _not_in(peers.CONTROL_PLANE_NAME, fence.release)],
    }


def _other_pods(policy: EgressPolicy, foreign: list[Resource]) -> Iterator[Resource]:
    """Selects the other pods of an app if only some of its pods serve clients; they may listen on the same ports."""
    serving: dict[tuple[str, str], dict[str, set[str]]] = {}
    for peer in (opening.peer for opening in policy.openings if opening.peer.names):
        _, (_, kind), *labels = peer.labels
        for name in peer.names if labels else ():
            for key, value in labels:
                serving.setdefault((kind, name), {}).setdefault(key, set()).add(value)
    for (kind, name), found in serving.items():
        yield {
            "matchLabels": {peers.APPLICATION_KIND: kind, peers.APPLICATION_NAME: name},
            "matchExpressions": [*(_not_in(key, *values) for key, values in found.items()), *foreign],
        }


def _other_namespaces(policy: EgressPolicy) -> Iterator[Resource]:
    """Selects every pod in every other namespace, except the pods of openings."""
    own, opened = policy.fence.namespace, _opened(policy)
    left = {namespace: found for namespace, found in opened.items() if namespace != own}
    yield {"matchExpressions": [{"key": NAMESPACE, "operator": "Exists"}, _not_in(NAMESPACE, own, *left)]}
    for namespace, found in left.items():
        yield {"matchLabels": {NAMESPACE: namespace}, "matchExpressions": [_except(peer) for peer in found]}


def _opened(policy: EgressPolicy) -> dict[str, list[Peer]]:
    """By namespace: the pods that denies of whole namespaces exclude, each selected by one label."""
    opened: dict[str, list[Peer]] = {}
    for opening in policy.openings:
        for namespace in opening.namespaces:
            opened.setdefault(namespace, []).append(opening.peer)
    return opened


def _except(peer: Peer) -> Resource:
    [(key, value)] = peer.labels
    return _not_in(key, value)


def _complement(ports: Ports) -> list[Resource]:
    """All other ports: a deny of these means that only the given ports are open."""
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
    """One port, or a range. Port 0 without an end means every port; with an end it means that in some versions only."""
    return {"port": str(first), **({"endPort": last} if last > first else {}), "protocol": protocol}


def _to_ports(ports: list[dict[str, Any]]) -> list[Resource]:
    return [{"ports": ports[i : i + PORTS_OF_A_RULE]} for i in range(0, len(ports), PORTS_OF_A_RULE)]


def _in(key: str, *values: str) -> Resource:
    return {"key": key, "operator": "In", "values": sorted(values)}


def _not_in(key: str, *values: str) -> Resource:
    return {"key": key, "operator": "NotIn", "values": sorted(values)}
