"""Destinations: what an app connects to, as seen from the cluster that it runs on.

For a pod there, a Service of the management cluster is an outside address with the Service's port. A pod to which a
client is redirected is an outside address with the pod's port. With Cilium they are allowed by name, else by range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import join
from krmfn.topology.checks.addresses import cidrs
from krmfn.topology.model.fences import Destination

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Port
    from krmfn.declarations import Network
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.model.peers import Ports
    from krmfn.topology.placements.placed import Placed


def destinations(placed: Placed, network: Network, config: Origin) -> Rule[tuple[Destination, ...]]:
    """The destinations of all connections of an app, in order, with a result for each that cannot be expressed.

    Args:
        placed: the app.
        network: the management cluster's network, as set in `config`, the functionConfig.
    """
    found: list[Destination] = []
    for connection in placed.connections:
        if not connection.ports:
            yield from _without_ports(placed, connection)
        elif placed.cluster.cilium:
            found += _by_name(placed.app.namespace, connection, network)
        else:
            found += yield from _by_range(placed, connection, network, config)
        found += yield from _members_by_address(connection, network, config)
    return tuple(found)


def _by_name(namespace: str, connection: Connection, network: Network) -> Iterator[Destination]:
    """One for each Service with a port of the connection, and one for the pods that clients are redirected to."""
    domain = f"{namespace}.svc.{network.cluster_domain}"
    release, name = connection.release, connection.name
    for each in connection.kind.services:
        ports = _in_order((port.protocol, port.port) for port in each.ports if port in connection.ports)
        if ports:
            yield Destination(release, ports, host=f"{join(each.name, release=release, name=name)}.{domain}")
    members = connection.kind.members
    if members and members.service:
        host = f"*.{join(members.service, release=release, name=name)}.{domain}"
        yield Destination(release, _target_ports(connection.ports), host=host)


def _by_range(
    placed: Placed, connection: Connection, network: Network, config: Origin
) -> Rule[tuple[Destination, ...]]:
    """The Services' range; the policy around the nodes, if there is one, narrows it to what was declared."""
    offered = {port for each in connection.kind.services for port in each.ports}
    ports = _in_order((port.protocol, port.port) for port in connection.ports if port in offered)
    if not ports:
        return ()
    if not network.service_cidrs:
        message = (
            f"the network of cluster {placed.cluster.name} is not Cilium, so a connection is allowed by address, but "
            "krmfn does not know the networks of the management cluster's Services; set them here, or set cni: "
            "cilium on the cluster if it is Cilium"
        )
        yield config.error("service-cidrs-missing", message, "spec.network.serviceCIDRs")
        return ()
    services = Destination(connection.release, ports, cidrs=cidrs(network.service_cidrs))
    members = connection.kind.members
    if members and members.service:
        pods = yield from _pods(connection, network, config)
        if pods:
            return services, Destination(connection.release, _target_ports(connection.ports), cidrs=pods)
    return (services,)


def _members_by_address(connection: Connection, network: Network, config: Origin) -> Rule[tuple[Destination, ...]]:
    """The pods that clients are redirected to by address, if a port of the connection has such clients."""
    members = connection.kind.members
    if members is None or members.service:
        return ()
    if members.through and not any(port.port in members.through for port in connection.ports):
        return ()
    pods = yield from _pods(connection, network, config)
    return (Destination(connection.release, _target_ports(connection.ports), cidrs=pods),) if pods else ()


def _pods(connection: Connection, network: Network, config: Origin) -> Rule[tuple[str, ...]]:
    """The ranges of the management cluster's pods; a warning if they are not set."""
    if not network.pod_cidrs:
        members = connection.kind.members
        through = members.through if members else ()
        without = f", or connect without port {' and '.join(map(str, through))}" if through else ""
        message = (
            f"clients of {connection.kind.kind} {connection.name} are redirected to its pods' addresses, but krmfn "
            "does not know the networks of the management cluster's pods, so these stay closed; set them "
            f"here{without}"
        )
        yield config.warning("pod-addresses-unknown", message, "spec.network.podCIDRs")
    return cidrs(network.pod_cidrs)


def _without_ports(placed: Placed, connection: Connection) -> Iterator[Result]:
    """A result for a service without ports; not for clusters of the platform, because caveats.py reports it there."""
    if placed.cluster.managed:
        return
    kind = connection.kind
    internet = placed.cluster.posture.internet
    remedy = "only its public address can be reached" if internet else "choose a kind that has one"
    about = f" ({kind.note.rstrip('.')})" if kind.note else ""
    message = (
        f"{kind.kind} has no Service that a policy inside cluster {placed.cluster.name} could allow, so no policy can "
        f"open the way to {connection.name}{about}; {remedy}"
    )
    yield connection.origin.warning("connection-not-expressible", message, "to.kind")


def _target_ports(ports: Iterable[Port]) -> Ports:
    return _in_order((port.protocol, port.target_port) for port in ports)


def _in_order(ports: Iterable[tuple[str, int]]) -> Ports:
    return tuple(sorted(set(ports)))
