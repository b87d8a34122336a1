"""Egress of a cluster's nodes: which policies there are, and what each opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import EGRESS_SUFFIX
from krmfn.topology.checks.addresses import cidrs
from krmfn.topology.fencing.caveats import caveats, not_enforced
from krmfn.topology.fencing.mapsize import PODS, check_size, estimated_pods
from krmfn.topology.fencing.podports import reached_ports
from krmfn.topology.model import peers
from krmfn.topology.model.fences import EgressPolicy, Opening, around
from krmfn.topology.model.peers import Peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog
    from krmfn.results import Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.model.peers import Ports
    from krmfn.topology.placements.placed import Placed

ROOT = "tenant-root"
Label = tuple[str, str]


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
            yield not_enforced(cluster)
            continue
        here = by_cluster.get(cluster.name, [])
        policy = _policy(cluster, here, known)
        yield from caveats(cluster, here, policy, known)
        yield from check_size(policy)
        found.append(policy)
    return tuple(found)


def _policy(cluster: Cluster, here: list[Placed], known: Known) -> EgressPolicy:
    posture = cluster.posture
    return EgressPolicy(
        fence=around(cluster, EGRESS_SUFFIX, goes=bool(cluster.next and not cluster.next.scoped)),
        openings=tuple(_openings(cluster, [each for placed in here for each in placed.connections], known)),
        why=f'The nodes of {cluster.owner} reach what this opens and no more: isolationProfile "{posture.name}".',
        closed_addresses=(
            *cidrs(known.options.network.api_server_addresses or ()),
            *(closed_addresses(known.catalog) if posture.internet else ()),
        ),
        # The wall would deny what the platform opens for a volume.
        cluster_wide=known.cluster_wide and not posture.volumes,
    )


def closed_addresses(catalog: Catalog) -> tuple[str, ...]:
    """CIDRs that stay closed even if the internet is open; none is inside another."""
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
    for owner, reached in sorted(reached_ports(connections).items()):
        kind, _, name = owner.partition("/")
        for serving in sorted({each.pods for each in reached}):
            ports = tuple(sorted((each.protocol, each.number) for each in reached if each.pods == serving))
            groups.setdefault((kind, ports, serving), []).append(name)
    ordered = sorted((kind, names, ports, serving) for (kind, ports, serving), names in groups.items())
    for kind, names, ports, serving in ordered:
        count = sum(pods[f"{kind}/{name}"] for name in names)
        yield Opening(peers.managed_apps(kind, tuple(names), serving), "declared connections", ports=ports, pods=count)


def _namespaces(namespace: str) -> tuple[str, ...]:
    """The namespaces of the tenant and its ancestors; tenant names have no dashes."""
    tenant, *path = namespace.split("-")
    above = {"-".join((tenant, *path[:depth])) for depth in range(1, len(path))} if tenant == "tenant" else set()
    return tuple(sorted({namespace, *above, *({ROOT} if tenant == "tenant" and path else ())}))
