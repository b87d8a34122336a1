"""Fences: what holds a cluster's nodes, its pods and its tenant to what its isolation profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.fencing.boundary import boundaries
from krmfn.topology.fencing.egress import egress_policies
from krmfn.topology.fencing.hardening import admission_configurations, guarded, hardened
from krmfn.topology.fencing.records import Fences
from krmfn.topology.fencing.refusals import refused

if TYPE_CHECKING:
    from krmfn.topology.apps import Rules
    from krmfn.topology.placements import Placed
    from krmfn.topology.records import Cluster

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
