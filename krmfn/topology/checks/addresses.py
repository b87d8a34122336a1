"""Addresses of the management cluster and of API servers: each must be valid, and not wider than its field allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.checks.names import is_object_name
from krmfn.topology.model.targets import CLUSTER_NETWORK_POLICY, spelt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Network, IPv6Network

    from krmfn.catalog import Catalog
    from krmfn.declarations import Options
    from krmfn.declarations.options import Network
    from krmfn.results import Origin, Result
    from krmfn.topology.model.targets import Target

WIDEST = {4: 24, 6: 64}
"""The shortest prefix length for addresses of an API server, by IP version."""
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""The ranges in which a cluster's own networks may be; everything else is the internet, or not a network."""
LINK_LOCAL = ("169.254.0.0/16",)
"""Where a node-local DNS cache usually is. A link-local address of IPv6 has no meaning without its interface."""
OF_TENANT_CLUSTERS = {"10.243.0.0/16": "pods", "10.95.0.0/16": "Services"}
"""Hard-wired in the platform's chart (docs/platform.md#chart-values)."""


def check_network(options: Options, target: Target, catalog: Catalog) -> Iterator[Result]:
    """Errors in `spec.network`, which is the same for every tenant of the run."""
    network, origin = options.network, options.origin
    if network.cluster_network_policy and not target.has(CLUSTER_NETWORK_POLICY):
        message = (
            f"{CLUSTER_NETWORK_POLICY} needs Cilium {target.since(CLUSTER_NETWORK_POLICY)}, but the target is "
            f"{spelt(target.cilium)}; raise spec.target.cilium, or remove this field to get CiliumNetworkPolicies"
        )
        yield origin.error("needs-newer-cilium", message, "spec.network.clusterNetworkPolicy")
    yield from check_addresses(network.api_server_addresses or (), origin, "spec.network.apiServerAddresses")
    if not is_object_name(network.cluster_domain):
        message = "is not a domain; write names of at most 63 characters with single dots between them, like cozy.local"
        yield origin.error("invalid-value", message, "spec.network.clusterDomain")
    for field, said in (("serviceCIDRs", network.service_cidrs), ("podCIDRs", network.pod_cidrs)):
        for i, written in enumerate(said):
            yield from _check_private(written, target, origin, f"spec.network.{field}[{i}]")
    for i, written in enumerate(network.node_cidrs):
        if _network(written) is None:
            yield origin.error("invalid-address", _no_address(written), f"spec.network.nodeCIDRs[{i}]")
    for i, written in enumerate(network.node_local_dns):
        yield from _check_cache(written, network, catalog, origin, f"spec.network.nodeLocalDNS[{i}]")


def check_addresses(said: Iterable[str], origin: Origin, field: str) -> Iterator[Result]:
    """Errors in addresses of any API server: a wrong address would open or close far more than the API server."""
    for i, written in enumerate(said):
        found = _network(written)
        if found is None:
            yield origin.error("invalid-address", _no_address(written), f"{field}[{i}]")
        elif found.prefixlen < WIDEST[found.version]:
            message = f"{written} is wider than /{WIDEST[found.version]}; write the exact addresses of the API server"
            yield origin.error("invalid-address", message, f"{field}[{i}]")
        elif found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified:
            message = (
                f"{written} is a loopback, link-local, multicast or unspecified address; write the API server's real "
                "address"
            )
            yield origin.error("invalid-address", message, f"{field}[{i}]")


def check_own_addresses(said: Iterable[str], network: Network, origin: Origin, field: str) -> Iterator[Result]:
    """Errors if addresses of an existing cluster's API server would open the management cluster as well.

    A single Service address of the management cluster is allowed, because Kamaji uses them; a range of them is not.
    """
    for i, written in enumerate(said):
        found = _network(written)
        if found is None or found.prefixlen < WIDEST[found.version]:
            continue  # Reported by check_addresses.
        taken = [
            *(network.api_server_addresses or ()),
            *((*network.service_cidrs, *network.pod_cidrs) if found.num_addresses > 1 else ()),
        ]
        for other in map(_network, taken):
            if other and found.overlaps(other):
                message = (
                    f"{written} overlaps {other} of the management cluster, which an app could then reach; write only "
                    "this cluster's own addresses, one by one"
                )
                yield origin.error("overlapping-network", message, f"{field}[{i}]")


def cidrs(said: Iterable[str]) -> tuple[str, ...]:
    """The addresses as CIDRs, sorted and without duplicates. Invalid ones are skipped; they are reported elsewhere."""
    found = {network for network in map(_network, said) if network}
    return tuple(map(str, sorted(found, key=lambda each: (each.version, each.network_address.packed, each.prefixlen))))


def _check_cache(written: str, network: Network, catalog: Catalog, origin: Origin, field: str) -> Iterator[Result]:
    """Errors in the address of a DNS cache: the nodes of a sandbox may always reach it."""
    found = _network(written)
    if found is None or found.num_addresses > 1:
        message = f'"{written}" is not one address; write that of the cache itself, like 169.254.20.10'
        yield origin.error("invalid-address", message, field)
        return
    for each in catalog.closed_addresses():
        if each.cidr not in LINK_LOCAL and _overlap(found, each.cidr):
            message = f"{written} stays closed ({each.what}); write the address of the DNS cache"
            yield origin.error("invalid-address", message, field)
            return
    api = (_network(each) for each in network.api_server_addresses or ())
    if any(each and each.overlaps(found) for each in api):
        message = (
            f"{written} is in apiServerAddresses as well, and these stay closed; remove it from one of the two fields"
        )
        yield origin.error("overlapping-network", message, field)
    elif not any(_within(found, each) for each in (*LINK_LOCAL, *PRIVATE)):
        message = (
            f"{written} is neither link-local nor private, so it cannot be a cache on the nodes; write the address of "
            "the DNS cache, or remove it if there is none"
        )
        yield origin.error("invalid-address", message, field)


def _check_private(written: str, target: Target, origin: Origin, field: str) -> Iterator[Result]:
    found = _network(written)
    if found is None:
        yield origin.error("invalid-address", _no_address(written), field)
    elif not any(_within(found, private) for private in PRIVATE):
        message = (
            f"{written} is not a private network and may include the internet; write a network inside one of "
            f"{', '.join(PRIVATE)}"
        )
        yield origin.error("invalid-address", message, field)
    elif target.platform:
        for taken, whose in OF_TENANT_CLUSTERS.items():
            if _overlap(found, taken):
                message = (
                    f"{written} overlaps {taken}, the network of the {whose} inside every tenant cluster, so tenant "
                    "clusters could not reach it; write the management cluster's own network"
                )
                yield origin.error("overlapping-network", message, field)


def _network(written: str) -> IPv4Network | IPv6Network | None:
    """An address or a range in Kubernetes' notation: no netmask, no zone, no bits after the prefix; None if invalid."""
    from ipaddress import ip_network  # noqa: PLC0415  (loaded only where an address is written)

    address, slash, length = written.partition("/")
    if "%" in address or (slash and not length.isdecimal()):
        return None
    try:
        found = ip_network(written)
    except ValueError:
        return None
    # An IPv4-mapped IPv6 address: Cilium accepts it neither as IPv4 nor as IPv6.
    return None if found.version == 6 and found.network_address.ipv4_mapped else found  # noqa: PLR2004


def _no_address(written: str) -> str:
    return (
        f'"{written}" is not an address; write one like 203.0.113.10 or 2001:db8::10, or a range that begins with its '
        "first address, like 203.0.113.0/24"
    )


def _within(found: IPv4Network | IPv6Network, outer: str) -> bool:
    from ipaddress import ip_network  # noqa: PLC0415  (as above)

    around = ip_network(outer)
    return found.overlaps(around) and found.prefixlen >= around.prefixlen


def _overlap(found: IPv4Network | IPv6Network, other: str) -> bool:
    from ipaddress import ip_network  # noqa: PLC0415  (as above)

    return found.overlaps(ip_network(other))
