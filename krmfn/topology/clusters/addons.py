"""Addons: which ones the platform installs in a cluster with its values, and the names of their releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path
from krmfn.marks import BOUNDARY_SUFFIX
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.chartvalues import at
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Addon, Catalog
    from krmfn.declarations import DeclaredCluster
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster


class TakenName(NamedTuple):
    """The name of a release that belongs to a cluster, and the cluster's name."""

    release: str
    cluster: str


def enabled_addons(values: dict[str, Any], catalog: Catalog) -> frozenset[str]:
    """The names of the addons that the platform installs in a cluster with these values."""
    return frozenset(
        addon.name for addon in catalog.addons() if not addon.enabled_by or at(values, addon.enabled_by) == (True, True)
    )


def exempt_namespaces(addons: frozenset[str], catalog: Catalog) -> tuple[str, ...]:
    """The namespaces of the platform's own pods inside a cluster: those of its addons."""
    return tuple(sorted({"kube-system", *(each.namespace for each in catalog.addons() if each.name in addons)}))


def addon_release(cluster: Cluster, addon: Addon) -> str:
    return f"{cluster.release}-{addon.release}"


def taken_names(clusters: Iterable[Cluster], catalog: Catalog) -> Iterator[TakenName]:
    """The names of releases that belong to these clusters: of their addons and their fences.

    The module cluster's own release is included, because the platform writes it. Releases that krmfn writes for
    clusters are checked elsewhere.
    """
    for cluster in clusters:
        if cluster.managed and not cluster.created:
            yield TakenName(cluster.release, cluster.name)
        if cluster.managed:
            yield from (TakenName(addon_release(cluster, addon), cluster.name) for addon in catalog.addons())
        yield TakenName(f"{cluster.release}{BOUNDARY_SUFFIX}", cluster.name)


def clusters_like_addons(clusters: Iterable[Cluster], catalog: Catalog) -> Iterator[Result]:
    """Errors for clusters that krmfn does not create, and that have the name of another cluster's release.

    The label `krmfn.dev/placed-on` of their apps would name that release, and the guards would protect the wrong one.
    """
    known = list(clusters)
    for cluster in known:
        if cluster.created:
            continue  # Its release is compared with all others'.
        others = (each for each in known if each.release != cluster.release)
        if owner := dict(taken_names(others, catalog)).get(cluster.release):
            message = f"the HelmRelease {cluster.release} belongs to cluster {owner}; rename this cluster"
            yield cluster.origin.error("name-collision", message, name_field(cluster.origin))


def missing_gpus(declared: DeclaredCluster, values: dict[str, Any]) -> Iterator[Result]:
    """A warning for a GPU operator without GPUs; krmfn cannot know which GPU a node group should have."""
    groups = values.get("nodeGroups")
    with_gpus = isinstance(groups, dict) and any(
        isinstance(group, dict) and group.get("gpus") for group in groups.values()
    )
    if at(values, ("addons", "gpuOperator", "enabled")) == (True, True) and not with_gpus:
        message = "the GPU operator is on, but no node group has GPUs; list them in nodeGroups.<group>.gpus"
        yield declared.origin.warning("gpu-without-nodes", message, join_path(declared.values_field, "nodeGroups"))
