"""Fences: what holds a cluster's nodes, its pods and its tenant to what its isolation profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.clusters.hardening import admission_configurations, guarded, hardened
from krmfn.topology.clusters.refusals import refused
from krmfn.topology.fencing.boundary import boundaries
from krmfn.topology.fencing.egress import egress_policies
from krmfn.topology.model.fences import Fences

if TYPE_CHECKING:
    from krmfn.topology.model.records import Cluster
    from krmfn.topology.placements import Placed
    from krmfn.topology.releases import Rules

__all__ = ["fence", "guarded", "hardened", "refused"]


def fence(clusters: tuple[Cluster, ...], placed: list[Placed], rules: Rules) -> Fences:
    """All that fences these clusters, which are those of one tenant, in order.

    Args:
        clusters: with those that nothing fences among them.
        placed: the apps on any of them.
        rules: what is wrong is added to its findings.
    """
    return Fences(
        egress=tuple(egress_policies(clusters, placed, rules)),
        admission=tuple(admission_configurations(clusters, rules)),
        boundaries=tuple(boundaries(clusters, placed, rules)),
    )
