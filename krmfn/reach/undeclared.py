"""Parties that are not declared objects: the internet, DNS, API servers, nodes, and addresses."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING

from krmfn.reach.baseline import namespace_labels
from krmfn.reach.endpoints import ANYBODY, API_SERVER, HOST, REMOTE_NODE, WORLD, Endpoint, entity, outside
from krmfn.reach.parties import DNS_NAME, Party, Pods, inside_pods
from krmfn.topology.checks.addresses import PRIVATE
from krmfn.topology.model import peers

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from krmfn.declarations import Network
    from krmfn.topology.model.clusters import Cluster


NO_ADDRESSES = (
    "krmfn does not know whether the API servers have an address of their own; set spec.network.apiServerAddresses"
)


def well_known(name: str, network: Network) -> Party:
    """The internet, DNS, the API servers or the nodes of the management cluster."""
    if name == DNS_NAME:
        labels = {**dict(peers.DNS.labels), "k8s-app": "kube-dns", **namespace_labels(peers.DNS_NAMESPACE)}
        served = frozenset(peers.DNS_PORTS)
        return Party(name, pods=(Pods(Endpoint(labels=labels, is_open=True), served),))
    if name == WORLD:
        return Party(name, pods=(Pods(outside()),))
    node = entity(REMOTE_NODE, API_SERVER)
    if name == HOST:
        return Party(name, pods=(Pods(entity(HOST)), Pods(entity(REMOTE_NODE)), Pods(node)))
    # On nodes, on none, or behind an address that Cilium takes for the internet.
    said = network.api_server_addresses
    addresses = [outside(ip_network(each, strict=False)) for each in said or ()] if said is not None else [outside()]
    servers = (node, entity(WORLD, API_SERVER), *addresses)
    unknown = "" if said is not None else NO_ADDRESSES
    return Party(name, pods=tuple(map(Pods, servers)), unknown=unknown)


def address(written: str, network: IPv4Network | IPv6Network, told: Network) -> Party:
    """Addresses: outside, unless they may be those of pods, Services or nodes, which policies know by their labels."""
    own = [ip_network(each, strict=False) for each in (*told.service_cidrs, *told.pod_cidrs, *told.node_cidrs)]
    is_complete = bool(told.service_cidrs and told.pod_cidrs and told.node_cidrs)
    may_be_inside = own if is_complete else [*own, *map(ip_network, PRIVATE)]
    if any(each.version == network.version and each.overlaps(network) for each in may_be_inside):
        why = "may be an address of the management cluster, where policies know pods by their labels; ask by name"
        if not network.prefixlen:
            why = "has the addresses of the management cluster too; ask for world, which is the internet alone"
        return Party(written, pods=(Pods(ANYBODY),), network=network, unknown=f"{written} {why}")
    return Party(written, pods=(Pods(outside(network)),), network=network)


@cache
def private_addresses(told: tuple[str, ...], names: tuple[str, ...] = ()) -> tuple[Endpoint, ...]:
    """Addresses of the management cluster as a cluster of a tenant sees them: outside, and in a private range."""
    ranges = told or tuple(each for each in PRIVATE if ":" not in each)
    return tuple(outside(ip_network(each, strict=False), names=names) for each in ranges)


def well_known_inside(name: str, cluster: Cluster) -> tuple[Pods, ...]:
    """DNS, the nodes or the API server of a cluster, as its own pods see them."""
    if name == DNS_NAME:
        return (Pods(inside_pods(peers.DNS_NAMESPACE, {"k8s-app": "kube-dns"}), frozenset(peers.DNS_PORTS)),)
    if name == HOST:
        return Pods(entity(HOST)), Pods(entity(REMOTE_NODE))
    # Its control plane runs somewhere else, at an address of the management cluster if the platform runs it.
    servers = frozenset({WORLD, API_SERVER})
    found = [each._replace(entities=servers) for each in private_addresses(cluster.api_server_addresses)]
    anywhere = [] if cluster.managed or cluster.api_server_addresses else [entity(WORLD, API_SERVER)]
    return tuple(map(Pods, (*found, *anywhere)))
