"""Fences: they enforce a cluster's isolation profile on its nodes and its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.clusters.hardening import admission_configurations, defaults_not_set
from krmfn.topology.fencing.boundary import boundaries
from krmfn.topology.fencing.egress import egress_policies
from krmfn.topology.model.fences import Fences

if TYPE_CHECKING:
    from krmfn.results import Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.placements.placed import Placed


def fence(clusters: tuple[Cluster, ...], placed: list[Placed], known: Known) -> Rule[Fences]:
    """All fences of these clusters, which are all clusters of one tenant, in order; some may have no fence."""
    egress = yield from egress_policies(clusters, placed, known)
    yield from defaults_not_set(clusters)
    around_apps = yield from boundaries(clusters, placed, known)
    return Fences(egress, admission_configurations(clusters, known.catalog), around_apps)
