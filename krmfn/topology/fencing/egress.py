"""Egress of a cluster's nodes: which policies there are, and whom each lets them reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.checks.addresses import CLUSTER_NETWORK_POLICY, cidrs
from krmfn.topology.checks.names import spec_field
from krmfn.topology.fencing.mapsize import check_size, estimated_pods
from krmfn.topology.known.isolation import is_scoped
from krmfn.topology.model.fences import EgressPolicy, Fence, ReachableService

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.results import Result
    from krmfn.topology.known.namespaces import AppKey
    from krmfn.topology.model.fences import Ports
    from krmfn.topology.model.records import Cluster
    from krmfn.topology.placements import Placed
    from krmfn.topology.placements.services import Service
    from krmfn.topology.releases import Rules

METADATA_SERVICE = "169.254.169.254/32"
"""Where clouds tell a machine its own credentials; they would take a node of a sandbox for its host."""
ROOT = "tenant-root"
SHOWN = 8
"""How many services a message names before it only counts them."""


def egress_policies(clusters: tuple[Cluster, ...], placed: list[Placed], rules: Rules) -> Iterator[EgressPolicy]:
    """One for each cluster whose profile scopes egress, and whose nodes the management cluster runs.

    Args:
        clusters: of one tenant, in order; the others among them get none.
        placed: the apps on any of them; what a cluster's nodes reach is the union of their connections (contract §6).
        rules: its findings get what no policy can express, whose reach is wider than declared, and what is too large.
    """
    for cluster in clusters:
        if not is_scoped(cluster.isolation):
            continue
        if not cluster.managed:
            message = (
                f'profile "{cluster.isolation.name}" scopes egress, and krmfn does not know the nodes of an existing '
                "cluster: no policy is around them, only what is inside the cluster holds; see to it where they run"
            )
            field = spec_field(cluster.origin, "isolationProfile")
            rules.findings.append(cluster.origin.warning("egress-not-enforced", message, field))
            continue
        here = [each for each in placed if each.cluster.name == cluster.name]
        policy = _policy(cluster, here, rules)
        pods = {_key(service): estimated_pods(service.values) for each in here for service in each.services}
        rules.findings.extend(_inexpressible(cluster, here))
        rules.findings.extend(_shared(cluster, here))
        rules.findings.extend(check_size(policy, pods))
        rules.findings.extend(_unknown_address(policy, rules))
        rules.findings.extend(_not_cluster_wide(cluster, policy, rules))
        yield policy


def _policy(cluster: Cluster, here: list[Placed], rules: Rules) -> EgressPolicy:
    network, egress = rules.options.network, cluster.isolation.egress
    around = _namespaces(cluster.namespace)
    return EgressPolicy(
        fence=Fence.around(cluster, "egress"),
        services=_grouped(_reached(here)),
        internet=egress.internet != "deny",
        volumes=bool(egress.volumes),
        monitoring=around if egress.monitoring else (),
        ingress=around if egress.own_ingress else (),
        closed_addresses=(
            *cidrs(network.api_server_addresses or ()),
            *([] if egress.internet == "deny" else [METADATA_SERVICE]),
        ),
        # Its wall would deny what the platform opens for a volume, whoever opens it.
        cluster_wide=_may_be_cluster_wide(rules) and not egress.volumes,
    )


def _may_be_cluster_wide(rules: Rules) -> bool:
    return rules.options.network.cluster_network_policy and rules.target.has(CLUSTER_NETWORK_POLICY)


def _reached(apps: Iterable[Placed]) -> dict[AppKey, set[tuple[str, int]]]:
    """The pod ports of each service that any of the apps is connected to, by protocol and number."""
    reached: dict[AppKey, set[tuple[str, int]]] = {}
    for placed in apps:
        for service in placed.services:
            ports = {(port.protocol, port.target_port) for port in service.ports}
            if ports:
                reached.setdefault(_key(service), set()).update(ports)
    return reached


def _grouped(reached: dict[AppKey, set[tuple[str, int]]]) -> tuple[ReachableService, ...]:
    groups: dict[tuple[str, Ports], list[str]] = {}
    for (kind, name), ports in sorted(reached.items()):
        groups.setdefault((kind, tuple(sorted(ports))), []).append(name)
    return tuple(sorted(ReachableService(kind, tuple(names), ports) for (kind, ports), names in groups.items()))


def _key(service: Service) -> AppKey:
    return service.connection.kind, service.connection.name


def _namespaces(namespace: str) -> tuple[str, ...]:
    """The tenant's namespace and its ancestors'; names of tenants have no dashes (facts/cozystack.md §1.2)."""
    tenant, *path = namespace.split("-")
    above = {"-".join((tenant, *path[:depth])) for depth in range(1, len(path))} if tenant == "tenant" else set()
    return tuple(sorted({namespace, *above, *({ROOT} if tenant == "tenant" and path else ())}))


def _inexpressible(cluster: Cluster, here: list[Placed]) -> Iterator[Result]:
    """A policy is about the ports of pods; some kinds have none that a client connects to."""
    for placed in here:
        for service in placed.services:
            to, kind = service.connection, service.kind
            if service.ports or (kind.behind_ingress and cluster.isolation.egress.own_ingress):
                continue
            remedy = (
                "set egress.ownIngress: true in an isolation profile, which opens the tenant's ingress controller"
                if kind.behind_ingress
                else "choose a kind that has, or a profile with egress.scope: open"
            )
            about = f". {kind.note.rstrip('.')}" if kind.note else ""
            message = (
                f"{to.kind} has no ports of its own pods that could be opened, so the nodes of cluster {cluster.name} "
                f"do not reach {to.name}; {remedy}{about}"
            )
            yield to.origin.warning("connection-not-expressible", message, "to.kind")


def _shared(cluster: Cluster, here: list[Placed]) -> Iterator[Result]:
    """Whose apps gain reach: nodes are shared, so the policy around them is about all apps at once (contract §6)."""
    reached = _reached(here)
    together: dict[tuple[object, str], list[Placed]] = {}
    for placed in here:
        # All apps of a placement have its connections.
        together.setdefault((placed.route.placement or placed.app.owner, placed.route.field), []).append(placed)
    for apps in together.values():
        own = _reached(apps)
        gained = {to: ports - own.get(to, set()) for to, ports in sorted(reached.items())}
        shown = [f"{' '.join(to)} ({_numbers(ports)})" for to, ports in gained.items() if ports]
        if shown:
            owners = " and ".join(sorted(placed.app.owner for placed in apps))
            more = [f"{len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
            message = (
                f"the nodes of cluster {cluster.name} run other apps as well, and the policy around nodes lets "
                f"{owners} reach what those declare: {' and '.join([*shown[:SHOWN], *more])}; only the policies inside "
                "the cluster keep them apart, so place them on clusters of their own where that is not enough"
            )
            route = apps[0].route
            yield route.origin.info("reach-shared", message, route.field)


def _numbers(ports: set[tuple[str, int]]) -> str:
    return ", ".join(f"{number}/{protocol}" for protocol, number in sorted(ports))


def _unknown_address(policy: EgressPolicy, rules: Rules) -> Iterator[Result]:
    if policy.internet and rules.options.network.api_server_addresses is None:
        message = (
            "to Cilium an address before the management cluster's API servers, a virtual IP or a load balancer's, is "
            "plain internet, and nodes with scoped egress would reach it; name it here, or say [] where there is none"
        )
        yield rules.options.origin.warning("api-server-address-unknown", message, "spec.network.apiServerAddresses")


def _not_cluster_wide(cluster: Cluster, policy: EgressPolicy, rules: Rules) -> Iterator[Result]:
    if _may_be_cluster_wide(rules) and not policy.cluster_wide:
        message = (
            f'profile "{cluster.isolation.name}" opens volumes, which a ClusterNetworkPolicy cannot leave to the '
            "platform, so the policy around the nodes is a CiliumNetworkPolicy as for older Cilium; for the shorter "
            "one, use a profile with volumes closed"
        )
        yield cluster.origin.info("not-cluster-wide", message, spec_field(cluster.origin, "isolationProfile"))
