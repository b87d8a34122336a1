"""What may connect to what, on which port, and what a change opens and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import EVERYTHING, INTERNET, Reach
from krmfn.namedtuple import NamedTuple
from krmfn.topology.model import peers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.fences import EgressPolicy, Opening
    from krmfn.topology.model.releases import Release

MONITORING = "the monitoring of its tenant"
OWN_INGRESS = "the ingress controller of its tenant"
VOLUMES = "volumes that several nodes mount"
NAMED = {peers.WORLD: INTERNET, peers.VMINSERT: MONITORING, peers.INGRESS: OWN_INGRESS, peers.NFS_SERVER: VOLUMES}
"""Names of peers for reviewers."""


class Way(NamedTuple):
    """One port of a Reach, so that a newly opened port is told apart from ports already open; 0 means all ports."""

    source: str
    cluster: str
    to: str
    port: int
    protocol: str
    nodes: bool


class Ways(NamedTuple):
    """The connections that a change opens or closes."""

    opened: tuple[Reach, ...]
    closed: tuple[Reach, ...]


def of_release(release: Release, cluster: Cluster) -> frozenset[Way]:
    """The declared connections of a placed app."""
    return frozenset(
        Way(release.owner, cluster.name, to.owner, port, protocol, nodes=False)
        for to in release.connections
        for port, protocol in [(each.port, each.protocol) for each in to.ports] or [(0, "")]
    )


def of_nodes(cluster: Cluster, policy: EgressPolicy | None) -> frozenset[Way]:
    """What the nodes of a cluster may reach beyond what every cluster needs; everything if no policy is around them."""
    reached = {(EVERYTHING, 0, "")} if policy is None else of_openings(policy)
    return frozenset(Way(cluster.owner, cluster.name, to, port, protocol, nodes=True) for to, port, protocol in reached)


def of_openings(policy: EgressPolicy) -> frozenset[tuple[str, int, str]]:
    """The peers that a policy opens, with port and protocol."""
    return frozenset(
        (to, port, protocol)
        for opening in policy.openings
        for to in _named(opening)
        for protocol, port in opening.ports or (("", 0),)
    )


def _named(opening: Opening) -> Iterator[str]:
    """The peers of an opening; none for openings that every cluster needs."""
    if opening.peer.names:
        kind = dict(opening.peer.labels)[peers.APPLICATION_KIND]
        yield from (f"{kind}/{name}" for name in opening.peer.names)
    elif opening.peer.cidrs:
        yield from opening.peer.cidrs
    elif opening.peer in NAMED:
        yield NAMED[opening.peer]


def opened(before: Iterable[Way], after: Iterable[Way]) -> frozenset[Way]:
    """The ways that only the later revision has; nothing is new if the nodes could reach everything before."""
    old, new = frozenset(before), frozenset(after)
    could = any(each.to == EVERYTHING for each in old)
    all_of_it = {each for each in new if each.to == EVERYTHING}
    return frozenset(
        each for each in new - old if not each.nodes or (not could and (not all_of_it or each in all_of_it))
    )


def reaches(ways: Iterable[Way], *, scoped: bool) -> tuple[Reach, ...]:
    """The ways, with all ports of a connection in one Reach; `scoped`: the app's cluster cannot reach anything else."""
    ports: dict[Reach, list[tuple[int, str]]] = {}
    for way in ways:
        there = Reach(way.source, way.cluster, way.to, (), scoped or way.nodes, way.nodes)
        ports.setdefault(there, []).append((way.port, way.protocol))
    return tuple(
        sorted(
            each._replace(ports=tuple(f"{port}/{protocol}" for port, protocol in sorted(numbers) if port))
            for each, numbers in ports.items()
        )
    )
