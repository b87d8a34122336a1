"""What a policy around nodes cannot do, or does beyond what is declared, as results."""

from __future__ import annotations

from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from krmfn.topology.checks.names import spec_field
from krmfn.topology.fencing.podports import reached_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Result
    from krmfn.topology.fencing.podports import PodPort
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.fences import EgressPolicy
    from krmfn.topology.placements.placed import Placed

SHOWN = 8
"""The most services that a message names; the others are counted."""


def caveats(cluster: Cluster, here: list[Placed], policy: EgressPolicy, known: Known) -> Iterator[Result]:
    """A result for each of them; `here` are the apps on the cluster."""
    yield from _inexpressible(cluster, here)
    yield from _shared(cluster, here)
    yield from _unheard(cluster)
    yield from _unknown_address(cluster, known)
    yield from _not_cluster_wide(cluster, policy, known)


def not_enforced(cluster: Cluster) -> Result:
    """The result for an existing cluster: krmfn does not know its nodes, so there is no policy around them."""
    message = (
        f'profile "{cluster.posture.name}" scopes egress, but krmfn does not know the nodes of an existing '
        "cluster: no policy is around them, and only the policies inside the cluster apply; restrict their "
        "egress where they run"
    )
    return cluster.origin.warning("egress-not-enforced", message, spec_field(cluster.origin, "isolationProfile"))


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
            f"the pods of {kind.kind} have no ports that a policy could open, so the nodes of cluster {cluster.name} "
            f"cannot reach {to.name}; {remedy}{about}"
        )
        yield to.origin.warning("connection-not-expressible", message, "to.kind")


def _shared(cluster: Cluster, here: list[Placed]) -> Iterator[Result]:
    """A result for apps that can reach more than they declare: the policy around shared nodes applies to all apps."""
    reached = dict(sorted(reached_ports(each for placed in here for each in placed.connections).items()))
    together: dict[tuple[object, str], list[Placed]] = {}
    for placed in here:
        # All apps of a placement share its connections.
        together.setdefault((placed.route.placement or placed.app.owner, placed.route.field), []).append(placed)
    for apps in together.values():
        own = reached_ports(each for placed in apps for each in placed.connections)
        # Only as many as are shown: walking all of them for each placement would take quadratic time.
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


def _numbers(ports: set[PodPort]) -> str:
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
    if known.cluster_wide and not policy.cluster_wide:
        message = (
            f'profile "{cluster.posture.name}" opens volumes, which a ClusterNetworkPolicy cannot leave to the '
            "platform, so the policy around the nodes is a CiliumNetworkPolicy, as for older Cilium; for a "
            "ClusterNetworkPolicy, use a profile with volumes closed"
        )
        yield cluster.origin.info("not-cluster-wide", message, spec_field(cluster.origin, "isolationProfile"))
