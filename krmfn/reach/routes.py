"""Routes: through which networks something passes from one party to another, and what each lets through.

An app on a cluster passes two: the policies inside the cluster, and those around its nodes on the management cluster.
"""

from __future__ import annotations

from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.endpoints import ANYBODY, API_SERVER, HOST, NAMESPACE, outside
from krmfn.reach.parties import CONTROL_PLANE, DNS_NAME, Offer, Pods
from krmfn.reach.undeclared import private_addresses, well_known_inside
from krmfn.reach.verdicts import ReachVerdict, Reason, agreed, at, either, everything, is_closed, replaced
from krmfn.topology.checks.addresses import OF_TENANT_CLUSTERS, PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from krmfn.declarations import Network
    from krmfn.reach.endpoints import Endpoint
    from krmfn.reach.parties import Party
    from krmfn.reach.verdicts import Decided
    from krmfn.reach.world import World
    from krmfn.topology.model.clusters import Cluster

MANAGEMENT, INSIDE = "management", "inside"
PODS_OF = "pods of"
"""Before the name of a cluster, it stands for all that run there: no name of a party begins so."""


class Passage(NamedTuple):
    """The plane that it begins on, and what gets through all of it."""

    plane: str
    decided: Decided


def route(world: World, sender: Party, receiver: Party, *, is_brief: bool = False) -> Passage:
    """The way from one party to another, and what the policies on it let through.

    Args:
        world: all parties and policies.
        sender: the one party.
        receiver: the other.
        is_brief: where nothing passes, one place that closes all is enough; which others do as well is not found out.
    """
    if sender.within is not None and sender.cluster is not None:
        way = partial(_from_inside, world, sender.cluster, sender.within, receiver, is_brief=is_brief)
        # Where no policy is, no pod differs from another.
        key = f"{PODS_OF} {sender.cluster.namespace}/{sender.cluster.owner}", receiver.full_name
        return Passage(INSIDE, way() if world.inside(sender.cluster).has_rules else world.found(key, way))
    if receiver.within is not None and receiver.cluster is not None:
        return Passage(MANAGEMENT, _into(world, sender, receiver.cluster, receiver.within))
    return Passage(MANAGEMENT, _around(world, sender, receiver))


def _around(world: World, sender: Party, receiver: Party) -> Decided:
    """What the policies on the management cluster let through; all apps on one cluster share what its nodes reach."""
    return world.found((sender.full_name, receiver.full_name), lambda: _judged(world, sender, receiver))


def _judged(world: World, sender: Party, receiver: Party) -> Decided:
    """The same, by policies; ports are those that a client connects to."""
    for each in (sender, receiver):
        if not each.pods:
            return everything(ReachVerdict.UNKNOWN, Reason(None, each.unknown))

    def sent(start: Endpoint) -> Decided:
        mine = world.around(start.labels.get(NAMESPACE, ""))

        def arrives(end: Endpoint) -> Decided:
            theirs = world.around(end.labels.get(NAMESPACE, ""))
            return world.both(mine.sent(start, end), theirs.received(end, start))

        return _served(receiver.pods, arrives)

    found = agreed([sent(each.endpoint) for each in sender.pods])
    return replaced(
        found,
        {
            (each.protocol, each.port): at(found, each.protocol, each.target)
            for each in receiver.offers
            if each.port != each.target
        },
    )


def _served(pods: Sequence[Pods], arrives: Callable[[Endpoint], Decided]) -> Decided:
    """On a port that only some of the pods serve, what reaches these; on other ports, what reaches all of them."""
    found = [arrives(each.endpoint) for each in pods]
    alone: dict[tuple[str, int], list[Decided]] = {}
    for each, decided in zip(pods, found, strict=True):
        for served in each.serves:
            alone.setdefault(served, []).append(decided)
    whole = agreed(found)
    if len(pods) == 1:
        return whole
    return replaced(
        whole, {(protocol, port): at(agreed(those), protocol, port) for (protocol, port), those in alone.items()}
    )


def _into(world: World, sender: Party, cluster: Cluster, pods: Endpoint) -> Decided:
    """From the management cluster to an app on a cluster."""
    if sender.name == cluster.owner and sender.namespace == cluster.namespace:
        inside = world.inside(cluster)
        return agreed([inside.received(pods, each.endpoint) for each in well_known_inside(HOST, cluster)])

    def from_outside() -> Decided:
        says = f"it runs inside {cluster.owner}, and krmfn does not see that cluster's own Services and ingress"
        return world.both(
            _around(world, sender, _nodes(world, cluster)), everything(ReachVerdict.UNKNOWN, Reason(None, says))
        )

    # It is the same for each app on the cluster.
    return world.found((sender.full_name, f"{PODS_OF} {cluster.namespace}/{cluster.owner}"), from_outside)


def _from_inside(world: World, cluster: Cluster, pods: Endpoint, receiver: Party, *, is_brief: bool) -> Decided:
    inside = world.inside(cluster)
    at_home = (cluster.namespace, cluster.name)

    def arrives(end: Endpoint) -> Decided:
        sent = inside.sent(pods, end)
        return sent if is_brief and is_closed(sent) else world.both(sent, inside.received(end, pods))

    def leaves(beyond: Decided) -> Decided:
        return (
            beyond
            if is_brief and is_closed(beyond)
            else world.both(_addresses(world, cluster, receiver, arrives), beyond)
        )

    if receiver.name in {DNS_NAME, HOST}:
        return _served(well_known_inside(receiver.name, cluster), arrives)
    if receiver.within is not None and receiver.cluster is not None:
        if (receiver.cluster.namespace, receiver.cluster.name) == at_home:
            return arrives(receiver.within)
        return leaves(_into(world, _nodes(world, cluster), receiver.cluster, receiver.within))
    if receiver.cluster is not None and (receiver.cluster.namespace, receiver.cluster.name) == at_home:
        # To its own pods, the nodes of a cluster are not outside addresses.
        return _served(well_known_inside(HOST, cluster), arrives)
    own = f"{CONTROL_PLANE}/{cluster.release}"
    if receiver.name == API_SERVER or (receiver.name == own and receiver.namespace == cluster.namespace):
        seen = _served(well_known_inside(API_SERVER, cluster), arrives)
        control_plane = world.spaces[cluster.namespace].parties.get(own)
        return world.both(seen, _around(world, _nodes(world, cluster), control_plane)) if control_plane else seen
    return leaves(_around(world, _nodes(world, cluster), receiver))


def _addresses(world: World, cluster: Cluster, receiver: Party, arrives: Callable[[Endpoint], Decided]) -> Decided:
    """What the policies inside a cluster let through to a receiver outside, which they know by address and name."""
    network = world.spaces[cluster.namespace].management.network
    if receiver.network is not None or not receiver.namespace:
        return agreed([arrives(each) for each in _outside(receiver, cluster, network)])
    names = (receiver.members,) if receiver.members else ()
    by_pods = agreed([arrives(each) for each in private_addresses(network.pod_cidrs, names)])
    by_port: dict[tuple[str, int], list[Offer]] = {}
    for offer in receiver.offers:
        by_port.setdefault((offer.protocol, offer.port), []).append(offer)
    return replaced(
        by_pods,
        {key: at(_by_service(offers, network, arrives), *key) for key, offers in by_port.items()},
    )


def _by_service(offers: Iterable[Offer], network: Network, arrives: Callable[[Endpoint], Decided]) -> Decided:
    """What gets to one of the Services; a client may take any of them."""
    return either(
        [
            agreed([arrives(each) for each in private_addresses(network.service_cidrs, (host,))])
            for offer in offers
            for host in offer.hosts
        ]
    )


def _outside(receiver: Party, cluster: Cluster, network: Network) -> tuple[Endpoint, ...]:
    """The addresses as the cluster's own pods see them; some may be the cluster's own."""
    if receiver.network is None:
        # Pods of the management cluster are private addresses there.
        return tuple(
            each
            for pods in receiver.pods
            for each in (private_addresses(network.pod_cidrs) if pods.endpoint.is_pod else (pods.endpoint,))
        )
    own = OF_TENANT_CLUSTERS if cluster.managed else PRIVATE
    within = (ip_network(each) for each in own)
    if any(each.version == receiver.network.version and each.overlaps(receiver.network) for each in within):
        return (ANYBODY,)
    return (outside(receiver.network),)


def _nodes(world: World, cluster: Cluster) -> Party:
    return world.spaces[cluster.namespace].parties[cluster.owner]
