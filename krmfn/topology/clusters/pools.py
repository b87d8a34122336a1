"""Pools of nodes (KubernetesNodes): the isolation profile of the cluster that they join applies to them as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fieldpaths import join_path, path_of
from krmfn.marks import ISOLATION
from krmfn.topology.checks.names import name_field
from krmfn.topology.clusters.refusals import NODES, UNPRINTABLE, VERSION, against, unprintable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.declarations import DeclaredApp
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

POOL = "KubernetesNodes"


def refused(apps: Iterable[DeclaredApp], clusters: Mapping[str, Cluster]) -> Iterator[Result]:
    """Errors for values of pools that contradict the profile of the cluster that they join."""
    for pool, cluster in _joining(apps, clusters):
        values = pool.values or {}
        tree = NODES if cluster.posture.withheld else {}
        for steps, reason in (*against(values, tree), *unprintable(values)):
            message = (
                f'isolationProfile "{cluster.posture.name}" of cluster {cluster.name}, which these nodes join, '
                f"refuses this: {reason}; {'correct it' if reason in {VERSION, UNPRINTABLE} else 'remove it'}"
            )
            yield pool.origin.error("value-refused", message, join_path(pool.values_field, path_of(*steps)))


def misnamed(apps: Iterable[DeclaredApp]) -> Iterator[Result]:
    """Errors for pools whose chart would fail: their name must be the cluster's name, a dash, and the pool's name."""
    for pool in apps:
        if pool.kind != POOL:
            continue
        cluster = (pool.values or {}).get("cluster")
        if not cluster or not isinstance(cluster, str):
            message = "the chart fails without the name of the cluster that these nodes join; set it"
            yield pool.origin.error("invalid-value", message, join_path(pool.values_field, "cluster"))
        elif not pool.name.startswith(f"{cluster}-"):
            message = (
                f"the chart fails unless the name begins with {cluster}-, the cluster that these nodes join; rename "
                f"this to {cluster}-{pool.name}"
            )
            yield pool.origin.error("invalid-name", message, name_field(pool.origin))


def guarded(releases: Iterable[Release], apps: Iterable[DeclaredApp], clusters: Mapping[str, Cluster]) -> list[Release]:
    """The releases of a tenant; those of pools are guarded like the release of the cluster that they join."""
    profiles = {pool.owner: cluster.posture.name for pool, cluster in _joining(apps, clusters)}
    return [
        each._replace(labels={**each.labels, ISOLATION: profiles[each.owner]}) if each.owner in profiles else each
        for each in releases
    ]


def _joining(apps: Iterable[DeclaredApp], clusters: Mapping[str, Cluster]) -> Iterator[tuple[DeclaredApp, Cluster]]:
    """The pools that join a cluster that krmfn creates with a restricting profile, each with that cluster.

    The chart uses only the value `cluster` to join nodes (cozystack v1.6.2,
    packages/apps/kubernetes-nodes/templates/_helpers.tpl).
    """
    releases = {cluster.release: cluster for cluster in clusters.values()}
    for pool in apps:
        values = (pool.values or {}) if pool.kind == POOL else {}
        cluster = releases.get(f"kubernetes-{values.get('cluster')}")
        if cluster and cluster.created and cluster.posture.changes_release:
            yield pool, cluster
