"""Egress of a cluster's nodes: which policies there are, and what each opens."""

from __future__ import annotations

from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from krmfn.marks import EGRESS_SUFFIX
from krmfn.topology.checks.addresses import cidrs
from krmfn.topology.checks.names import spec_field
from krmfn.topology.fencing.mapsize import PODS, check_size, estimated_pods
from krmfn.topology.model import peers
from krmfn.topology.model.fences import EgressPolicy, Opening, around
from krmfn.topology.model.peers import Peer
from krmfn.topology.model.targets import CLUSTER_NETWORK_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Catalog
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.model.peers import Ports
    from krmfn.topology.placements.placed import Placed

ROOT = "tenant-root"
Label = tuple[str, str]
SHOWN = 8
"""The most services that a message names; the others are counted."""


class _PodPort(NamedTuple):
    """A port of pods, and the label of the pods that serve it if not all pods of the app do."""

    protocol: str
    number: int
    pods: Label


def egress_policies(
    clusters: tuple[Cluster, ...], placed: list[Placed], known: Known
) -> Rule[tuple[EgressPolicy, ...]]:
    """One policy for each cluster with scoped egress whose nodes run on the management cluster.

    Args:
        clusters: all clusters of one tenant, in order.
        placed: the apps on these clusters; a cluster's nodes may reach all connections of its apps.
        known: the lookups of the run.
    """
    found: list[EgressPolicy] = []
    by_cluster: dict[str, list[Placed]] = {}
    for each in placed:
        by_cluster.setdefault(each.cluster.name, []).append(each)
    for cluster in clusters:
        if not cluster.posture.scoped:
            continue
        if not cluster.managed:
            message = (
                f'profile "{cluster.posture.name}" scopes egress, but krmfn does not know the nodes of an existing '
                "cluster: no policy is around them, and only the policies inside the cluster apply; restrict their "
                "egress where they run"
            )
            yield cluster.origin.warning("egress-not-enforced", message, spec_field(cluster.origin, "isolationProfile"))
            continue
        here = by_cluster.get(cluster.name, [])
        policy = _policy(cluster, here, known)
        yield from _inexpressible(cluster, here)
        yield from _shared(cluster, here)
        yield from _unheard(cluster)
        yield from check_size(policy)
        yield from _unknown_address(cluster, known)
        yield from _not_cluster_wide(cluster, policy, known)
        found.append(policy)
    return tuple(found)


def _policy(cluster: Cluster, here: list[Placed], known: Known) -> EgressPolicy:
    posture = cluster.posture
    return EgressPolicy(
        fence=around(cluster, EGRESS_SUFFIX, goes=bool(cluster.next and not cluster.next.scoped)),
        openings=tuple(_openings(cluster, [each for placed in here for each in placed.connections], known)),
        closed_addresses=(
            *cidrs(known.options.network.api_server_addresses or ()),
            *(closed_addresses(known.catalog) if posture.internet else ()),
        ),
        # The wall would deny what the platform opens for a volume.
        cluster_wide=_may_be_cluster_wide(known) and not posture.volumes,
    )


def closed_addresses(catalog: Catalog) -> tuple[str, ...]:
    """CIDRs of what stays closed though the internet is open, none of them within another."""
    return tuple(each.cidr for each in catalog.closed_addresses() if not each.within)


def _openings(cluster: Cluster, connections: list[Connection], known: Known) -> Iterator[Opening]:
    """All openings of the fence, in the order in which they are written; add a new carve-out here."""
    posture, tenant = cluster.posture, _namespaces(cluster.namespace)
    yield Opening(peers.control_plane(cluster.release), "its own control plane", ports=peers.CONTROL_PLANE_PORTS)
    yield Opening(peers.nodes(cluster.release), "its other nodes")
    yield Opening(peers.DNS, "DNS", (peers.DNS_NAMESPACE,), peers.DNS_PORTS)
    if cache := cidrs(known.options.network.node_local_dns):
        yield Opening(Peer(cidrs=cache), "spec.network.nodeLocalDNS", ports=peers.DNS_PORTS, pods=len(cache))
    if posture.internet:
        yield Opening(peers.WORLD, "egress.internet of its profile")
    yield from _declared(connections)
    if posture.monitoring:
        for peer, ports in ((peers.VMINSERT, peers.VMINSERT_PORTS), (peers.VLINSERT, peers.VLINSERT_PORTS)):
            yield Opening(peer, "egress.monitoring of its profile", tenant, ports, PODS * len(tenant))
    if posture.own_ingress:
        yield Opening(
            peers.INGRESS, "egress.ownIngress of its profile", tenant, peers.INGRESS_PORTS, PODS * len(tenant)
        )
    if posture.volumes:
        where = (peers.VOLUMES_NAMESPACE,)
        yield Opening(peers.NFS_SERVER, "egress.volumes of its profile", where, by_platform=True)


def _declared(connections: list[Connection]) -> Iterator[Opening]:
    """The declared services, grouped by kind and pod ports."""
    pods = {each.owner: estimated_pods(each.values) for each in connections}
    groups: dict[tuple[str, Ports, Label], list[str]] = {}
    for owner, reached in sorted(_reached(connections).items()):
        kind, _, name = owner.partition("/")
        for serving in sorted({each.pods for each in reached}):
            ports = tuple(sorted((each.protocol, each.number) for each in reached if each.pods == serving))
            groups.setdefault((kind, ports, serving), []).append(name)
    ordered = sorted((kind, names, ports, serving) for (kind, ports, serving), names in groups.items())
    for kind, names, ports, serving in ordered:
        count = sum(pods[f"{kind}/{name}"] for name in names)
        yield Opening(peers.managed_apps(kind, tuple(names), serving), "declared connections", ports=ports, pods=count)


def _may_be_cluster_wide(known: Known) -> bool:
    return known.options.network.cluster_network_policy and known.target.has(CLUSTER_NETWORK_POLICY)


def _reached(connections: Iterable[Connection]) -> dict[str, set[_PodPort]]:
    """The pod ports of each service that the connections use."""
    reached: dict[str, set[_PodPort]] = {}
    for connection in connections:
        ports = {_PodPort(port.protocol, port.target_port, port.pods) for port in connection.ports}
        if ports:
            reached.setdefault(connection.owner, set()).update(ports)
    return reached


def _namespaces(namespace: str) -> tuple[str, ...]:
    """The namespaces of the tenant and its ancestors; tenant names have no dashes."""
    tenant, *path = namespace.split("-")
    above = {"-".join((tenant, *path[:depth])) for depth in range(1, len(path))} if tenant == "tenant" else set()
    return tuple(sorted({namespace, *above, *({ROOT} if tenant == "tenant" and path else ())}))


def _inexpressible(cluster: Cluster, here: list[Placed]) -> Iterator[Result]:
    """A result for each service that no policy can open: its kind has no pod ports for clients."""
    for to in (each for placed in here for each in placed.connections):
        kind = to.kind
        if to.ports or (kind.behind_ingress and cluster.posture.own_ingress):
            continue
        remedy = (
            "set egress.ownIngress: true in an isolation profile, which opens the tenant's ingress controller"
            if kind.behind_ingress
            else "choose a kind that has such ports, or a profile with egress.scope: open"
        )
        about = f". {kind.note.rstrip('.')}" if kind.note else ""
        message = (
            f"{kind.kind} has no ports of its own pods that could be opened, so the nodes of cluster {cluster.name} "
            f"cannot reach {to.name}; {remedy}{about}"
        )
        yield to.origin.warning("connection-not-expressible", message, "to.kind")


def _shared(cluster: Cluster, here: list[Placed]) -> Iterator[Result]:
    """A result for apps that can reach more than they declare: the policy around shared nodes applies to all apps."""
    reached = dict(sorted(_reached(each for placed in here for each in placed.connections).items()))
    together: dict[tuple[object, str], list[Placed]] = {}
    for placed in here:
        # All apps of a placement share its connections.
        together.setdefault((placed.route.placement or placed.app.owner, placed.route.field), []).append(placed)
    for apps in together.values():
        own = _reached(each for placed in apps for each in placed.connections)
        # Only as many as are shown: to walk all of them for each placement would take the square of a short text.
        gained = ((to, ports - own.get(to, set())) for to, ports in reached.items())
        shown = [
            f"{to.replace('/', ' ')} ({_numbers(ports)})" for to, ports in islice(filter(itemgetter(1), gained), SHOWN)
        ]
        if shown:
            owners = " and ".join(sorted(placed.app.owner for placed in apps))
            hidden = len(reached) - sum(ports == reached[to] for to, ports in own.items()) - len(shown)
            more = [f"{hidden} more"] if hidden else []
            message = (
                f"the nodes of cluster {cluster.name} run other apps as well, and the policy around nodes also lets "
                f"{owners} reach what those apps declare: {' and '.join([*shown, *more])}; only the policies "
                "inside the cluster separate them; if that is not enough, place them on clusters of their own"
            )
            route = apps[0].route
            yield route.origin.info("reach-shared", message, route.field)


def _numbers(ports: set[_PodPort]) -> str:
    return ", ".join(dict.fromkeys(f"{each.number}/{each.protocol}" for each in sorted(ports)))


def _unheard(cluster: Cluster) -> Iterator[Result]:
    """A result for monitoring agents whose metrics and logs cannot leave the cluster."""
    if "monitoring-agents" in cluster.addons and not cluster.posture.monitoring:
        message = (
            f'cluster {cluster.name} has the monitoring agents, but profile "{cluster.posture.name}" closes '
            "monitoring, so their metrics and logs are lost; disable addons.monitoringAgents, or use your own "
            "profile with egress.monitoring: true"
        )
        yield cluster.origin.warning("monitoring-unreachable", message, spec_field(cluster.origin, "isolationProfile"))


def _unknown_address(cluster: Cluster, known: Known) -> Iterator[Result]:
    if cluster.posture.internet and known.options.network.api_server_addresses is None:
        message = (
            "Cilium counts a virtual IP or a load balancer in front of the management cluster's API servers as the "
            "internet, so nodes with scoped egress could reach it; set its addresses here, or [] if there are none"
        )
        yield known.options.origin.warning("api-server-address-unknown", message, "spec.network.apiServerAddresses")


def _not_cluster_wide(cluster: Cluster, policy: EgressPolicy, known: Known) -> Iterator[Result]:
    if _may_be_cluster_wide(known) and not policy.cluster_wide:
        message = (
            f'profile "{cluster.posture.name}" opens volumes, which a ClusterNetworkPolicy cannot leave to the '
            "platform, so the policy around the nodes is a CiliumNetworkPolicy, as for older Cilium; for a "
            "ClusterNetworkPolicy, use a profile with volumes closed"
        )
        yield cluster.origin.info("not-cluster-wide", message, spec_field(cluster.origin, "isolationProfile"))
