"""The entries of a policy in Cilium's policy map. A full map fails open (docs/decisions/032-policy-map-size.md)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.names import name_field
from krmfn.topology.model import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Result
    from krmfn.topology.model.fences import EgressPolicy, Opening
    from krmfn.topology.model.peers import Ports

LIMIT = 16_384
"""The most entries of one endpoint: Cilium's `bpf-policy-map-max`, for both directions together."""
HALF = LIMIT // 2
PODS = 3
"""The assumed number of pods of a service that has fewer, or that is declared elsewhere."""

_LAST_PORT = 65_535


class Costs(NamedTuple):
    """Entries in the policy map of one node, counted by Cilium's own engine with the platform's policies.

    Attributes:
        node: for the node itself and the entities.
        address: for each CIDR that stays closed.
        opened: for each address that the policy opens, in addition to the entries for its ports.
        pod: for each pod that it opens, also in addition to the entries for its ports.
        other: at most, for each other pod of the management cluster.
        denies: True if the other ports of a pod need entries, too, because they are denied range by range.
    """

    node: int
    address: int
    opened: int
    pod: int
    other: int
    denies: bool


BY_NAMESPACED = Costs(node=22, address=2, opened=2, pod=3, other=2, denies=True)
BY_CLUSTER_WIDE = Costs(node=25, address=1, opened=0, pod=0, other=0, denies=False)


def check_size(policy: EgressPolicy) -> Iterator[Result]:
    """Warns above half of the limit, and refuses above the limit, because Cilium would not fence the nodes at all."""
    needed, other = entries(policy), _costs(policy).other
    if needed < HALF:
        return
    others = f", and every other pod of the management cluster needs up to {other} more" if other else ""
    message = (
        f"the policy around its nodes needs about {needed} of the {LIMIT} entries that Cilium has for each "
        f"node{others}; reduce the ports of connections, remove some connections, or place the apps on more clusters"
    )
    origin = policy.fence.origin
    if needed > LIMIT:
        yield origin.error("policy-map-full", message, name_field(origin))
    else:
        yield origin.warning("policy-map-half", message, name_field(origin))


def entries(policy: EgressPolicy) -> int:
    """Entries in the policy map of one node, if the management cluster has only the pods that the policy names.

    The number is that of Cilium 1.19 with the platform's policies, or of 1.20 for a cluster-wide policy; other versions
    have fewer. Cilium counts pods separately if their labels differ.
    """
    costs = _costs(policy)
    own = costs.node + costs.address * _closed(policy)
    return own + sum(opening.pods * _each(opening, costs) for opening in policy.openings if opening.ports)


def _closed(policy: EgressPolicy) -> int:
    """How many CIDRs need entries of their own; a wall that also denies the internet needs none for them."""
    if not policy.cluster_wide:
        return len(policy.closed_addresses)
    return len(policy.closed_addresses) + len(policy.opened_addresses) if policy.opens(peers.WORLD) else 0


def _costs(policy: EgressPolicy) -> Costs:
    return BY_CLUSTER_WIDE if policy.cluster_wide else BY_NAMESPACED


def estimated_pods(values: Any) -> int:
    """The number of pods of a service: the sum of its values named replicas or shards, and never less than PODS.

    Defaults of the chart are not known here.
    """
    return max(PODS, _replicas(values))


def _replicas(values: Any) -> int:
    if isinstance(values, list):
        return sum(map(_replicas, values))
    if not isinstance(values, dict):
        return 0
    return sum(
        value if key in {"replicas", "shards"} and type(value) is int and value > 0 else _replicas(value)
        for key, value in values.items()
    )


def _each(opening: Opening, costs: Costs) -> int:
    """What each pod, or each address, of an opening costs."""
    ports = opening.ports
    denied = sum(_denied(protocol, ports) for protocol in ("TCP", "UDP", "SCTP")) if costs.denies else 0
    return (costs.opened if opening.peer.cidrs else costs.pod) + len(ports) + denied


def _denied(protocol: str, ports: Ports) -> int:
    """Entries for all ports of a protocol except these; a range takes one entry for each aligned power of two in it."""
    numbers = sorted(number for each, number in ports if each == protocol)
    if not numbers:
        return 1
    return sum(_blocks(low + 1, high) for low, high in pairwise([0, *numbers, _LAST_PORT + 1]))


def _blocks(first: int, end: int) -> int:
    """The number of aligned blocks in the ports from `first` to `end`, without `end`."""
    found = 0
    while first < end:
        size = first & -first
        while first + size > end:
            size >>= 1
        first += size
        found += 1
    return found
