"""Destinations: where an app's connections lead, as the cluster that it runs on sees it (facts/cilium.md §5).

To a pod there, a Service of the management cluster is an address outside, with the Service's port; a pod that a client
is sent on to is one with the pod's port. Where the network is Cilium's they are told by name, elsewhere by range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import join
from krmfn.topology.checks.addresses import cidrs
from krmfn.topology.model.fences import Destination

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Port
    from krmfn.topology.model.fences import Ports
    from krmfn.topology.placements import Placed
    from krmfn.topology.placements.services import Service
    from krmfn.topology.releases import Rules


def destinations(placed: Placed, rules: Rules) -> Iterator[Destination]:
    """Of all connections of an app, in their order; what cannot be expressed is told."""
    for service in placed.services:
        if not service.ports:
            _tell_of_none(placed, service, rules)
        elif placed.cluster.cilium:
            yield from _by_name(placed, service, rules)
        else:
            yield from _by_range(placed, service, rules)
        if members := _members_by_address(service, rules):
            yield members


def _by_name(placed: Placed, service: Service, rules: Rules) -> Iterator[Destination]:
    """One for each Service that has a port of the connection, and one for the pods that its clients are sent on to."""
    domain = f"{placed.app.namespace}.svc.{rules.options.network.cluster_domain}"
    name = service.connection.name
    for each in service.kind.services:
        ports = _numbers((port.protocol, port.port) for port in each.ports if port in service.ports)
        if ports:
            host = f"{join(each.name, release=service.release, name=name)}.{domain}"
            yield Destination(service.release, ports, host=host)
    members = service.kind.members
    if members and members.service:
        host = f"*.{join(members.service, release=service.release, name=name)}.{domain}"
        yield Destination(service.release, _target_ports(service.ports), host=host)


def _by_range(placed: Placed, service: Service, rules: Rules) -> Iterator[Destination]:
    """The policy outside the cluster, if there is one, cuts the range to what was declared."""
    network, origin = rules.options.network, rules.options.origin
    offered = {port for each in service.kind.services for port in each.ports}
    ports = _numbers((port.protocol, port.port) for port in service.ports if port in offered)
    if not ports:
        return
    if not network.service_cidrs:
        message = (
            f"the network of cluster {placed.cluster.name} is not Cilium's, so a connection is let through by address, "
            "and krmfn does not know where the management cluster's Services are; name their ranges here, or say cni: "
            "cilium on the cluster if it is"
        )
        rules.findings.append(origin.error("service-cidrs-missing", message, "spec.network.serviceCIDRs"))
        return
    yield Destination(service.release, ports, cidrs=cidrs(network.service_cidrs))
    members = service.kind.members
    if members and members.service and (pods := _pods(service, rules)):
        yield Destination(service.release, _target_ports(service.ports), cidrs=pods)


def _members_by_address(service: Service, rules: Rules) -> Destination | None:
    """The pods whose addresses a client is told, where it uses a port through which it is."""
    members = service.kind.members
    if members is None or members.service:
        return None
    if members.through and not any(port.port in members.through for port in service.ports):
        return None
    pods = _pods(service, rules)
    return Destination(service.release, _target_ports(service.ports), cidrs=pods) if pods else None


def _pods(service: Service, rules: Rules) -> tuple[str, ...]:
    """The ranges of the management cluster's pods; a warning where nobody says them."""
    network, origin, to = rules.options.network, rules.options.origin, service.connection
    if not network.pod_cidrs:
        through = service.kind.members.through if service.kind.members else ()
        without = f", or connect without port {' and '.join(map(str, through))}" if through else ""
        message = (
            f"clients of {to.kind} {to.name} are sent on to its pods' addresses, and krmfn does not know where the "
            f"management cluster's pods are, so that way stays closed; name their ranges here{without}"
        )
        rules.findings.append(origin.warning("pod-addresses-unknown", message, "spec.network.podCIDRs"))
    return cidrs(network.pod_cidrs)


def _tell_of_none(placed: Placed, service: Service, rules: Rules) -> None:
    """What surrounds the nodes of a cluster that the platform runs says the same of it already."""
    if placed.cluster.managed:
        return
    to, kind = service.connection, service.kind
    open_internet = placed.cluster.isolation.egress.internet != "deny"
    remedy = "only a public address of it is reached" if open_internet else "choose a kind that has one"
    about = f" ({kind.note.rstrip('.')})" if kind.note else ""
    message = (
        f"{to.kind} has no Service that a policy inside cluster {placed.cluster.name} could name, so none opens the "
        f"way to {to.name}{about}; {remedy}"
    )
    rules.findings.append(to.origin.warning("connection-not-expressible", message, "to.kind"))


def _target_ports(ports: Iterable[Port]) -> Ports:
    return _numbers((port.protocol, port.target_port) for port in ports)


def _numbers(ports: Iterable[tuple[str, int]]) -> Ports:
    return tuple(sorted(set(ports)))
