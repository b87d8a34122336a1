"""Networks of the sides of a mesh: they must be valid and disjoint, and not networks of the management cluster."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.addresses import OF_TENANT_CLUSTERS, PRIVATE, cidrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from krmfn.declarations import DeclaredMesh, DeclaredSide, Network
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster

    IPNetwork = IPv4Network | IPv6Network

POD_NETWORK, SERVICE_NETWORK = map(ip_network, OF_TENANT_CLUSTERS)
UPSTREAM = "cozystack/cozystack#2515, #2516 and #4161"


class SideNetwork(NamedTuple):
    """A network of a side, and its origin."""

    side: DeclaredSide
    field: str
    network: IPNetwork


def wrong_networks(mesh: DeclaredMesh, clusters: Mapping[str, Cluster], network: Network) -> Iterator[Result]:
    """Errors in the networks of a mesh, and warnings about what only the user can check."""
    ours = {side.name for side in mesh.sides if _is_the_platforms(side, clusters)}
    networks: list[SideNetwork] = []
    for side in mesh.sides:
        for index, written in enumerate(side.allowed_networks):
            found = _read(written)
            if isinstance(found, str):
                yield side.origin.error("invalid-network", found, f"allowedNetworks[{index}]")
            else:
                networks.append(SideNetwork(side, f"allowedNetworks[{index}]", found))
    yield from _overlapping(networks, ours)
    if len(ours) > 1:
        message = (
            f"the platform gives the pods of {', '.join(sorted(ours))} the same network, {POD_NETWORK}, so they "
            f"cannot be in one mesh until {UPSTREAM} are solved; keep one of them"
        )
        sides = (side for side in mesh.sides if side.name in ours)
        yield from (side.origin.error("meshed-clusters-overlap", message, "name") for side in sides)
    for side in mesh.sides:
        if side.name in ours and str(POD_NETWORK) not in side.allowed_networks:
            message = (
                f"lacks {POD_NETWORK}, the pod network of every cluster that the platform creates ({UPSTREAM}); add "
                "it unchanged"
            )
            yield side.origin.error("mesh-without-pod-network", message, "allowedNetworks")
    yield from _of_management(networks, network)
    yield from _warnings(mesh, clusters)
    own = (("nodeCIDRs", network.node_cidrs), ("podCIDRs", network.pod_cidrs), ("serviceCIDRs", network.service_cidrs))
    if missing := [field for field, said in own if not said]:
        message = (
            f"spec.network does not say the {', '.join(missing)} of the management cluster, and a side with one of "
            "its addresses would take the traffic of all tenants into the mesh; add them"
        )
        yield mesh.origin.error("mesh-networks-unchecked", message, "clusters")


def _is_the_platforms(side: DeclaredSide, clusters: Mapping[str, Cluster]) -> bool:
    cluster = clusters.get(side.name)
    return not side.local and cluster is not None and cluster.managed


def _read(written: str) -> IPNetwork | str:
    """The network; if it is invalid, the message."""
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        return f"{written} is not a network; write one like {POD_NETWORK}"
    # How an IPv4-mapped IPv6 address is spelled depends on the version of Python; it is inside of none below.
    is_mapped = network.version == 6 and network.network_address.ipv4_mapped is not None  # noqa: PLR2004
    if str(network) != written and not is_mapped:
        return f"{written} is not in canonical form; write {network}"
    if not any(_overlap(network, outer) and network.prefixlen >= outer.prefixlen for outer in map(ip_network, PRIVATE)):
        return (
            f"{written} is not inside one of {', '.join(PRIVATE)}, so the management cluster would send traffic for "
            "other addresses into the mesh; write only networks of the cluster itself"
        )
    return network


def _overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)


def _overlapping(networks: list[SideNetwork], ours: set[str]) -> Iterator[Result]:
    """An error at the later of two networks that overlap; two clusters of the platform get a message of their own."""
    for position, later in enumerate(networks):
        for earlier in networks[:position]:
            fixed = {later.network, earlier.network} <= {POD_NETWORK, SERVICE_NETWORK}
            told = fixed and later.side.name != earlier.side.name and {later.side.name, earlier.side.name} <= ours
            if _overlap(later.network, earlier.network) and not told:
                message = (
                    f"{later.network} overlaps {earlier.network} of {earlier.side.name}, and the operator would stop "
                    "all meshes of the namespace; networks must be disjoint"
                )
                yield later.side.origin.error("networks-overlap", message, later.field)


def _of_management(networks: list[SideNetwork], declared: Network) -> Iterator[Result]:
    """Errors for networks of a remote side that overlap the management cluster's: it would lose its traffic."""
    said = (
        *(declared.api_server_addresses or ()),
        *declared.service_cidrs,
        *declared.pod_cidrs,
        *declared.node_cidrs,
    )
    taken = [ip_network(each) for each in cidrs(said)]
    for each in networks:
        own = next((network for network in taken if _overlap(each.network, network)), None)
        if own and each.side.local:
            message = (
                f"brings {own} of the management cluster, with all tenants' services, into the mesh: the other sides "
                "can reach them, and the platform's policies around a tenant's nodes do not apply; list only what "
                "the mesh needs"
            )
            yield each.side.origin.warning("mesh-opens-management-cluster", message, each.field)
        elif own:
            message = (
                f"{each.network} overlaps {own} of the management cluster (spec.network), whose own traffic would go "
                "into the mesh; only the local side may list that"
            )
            yield each.side.origin.error("management-network-in-mesh", message, each.field)


def _warnings(mesh: DeclaredMesh, clusters: Mapping[str, Cluster]) -> Iterator[Result]:
    for side in mesh.sides:
        if not _is_the_platforms(side, clusters):
            continue
        message = (
            f"every cluster of the platform has pods in {POD_NETWORK} ({UPSTREAM}), and networks of different "
            "namespaces are not compared; make sure that no other tenant's cluster is in a mesh with this management "
            "cluster"
        )
        yield side.origin.warning("mesh-shares-pod-network", message, "allowedNetworks")
        if {str(POD_NETWORK), str(SERVICE_NETWORK)}.issuperset(side.allowed_networks):
            message = (
                "has no network for the WireGuard addresses of Kilo, and the operator skips nodes whose address is "
                "not in one of these networks; add the network that Kilo uses in this cluster"
            )
            yield side.origin.warning("mesh-without-wireguard-network", message, "allowedNetworks")
