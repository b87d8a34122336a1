"""Placements: the release of an app that runs on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import ON, PLACED_ON, TARGET_CLUSTER
from krmfn.topology.checks.conditions import holds, spelt
from krmfn.topology.checks.names import LABEL_LENGTH, check_length, name_field
from krmfn.topology.clusters.addons import addon_release
from krmfn.topology.model.releases import Dependency, Remote
from krmfn.topology.placements.charts import another_chart, check_chart
from krmfn.topology.placements.routes import is_reserved
from krmfn.topology.placements.secretrefs import references
from krmfn.topology.releases import release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Catalog, Kind
    from krmfn.declarations import DeclaredApp, Options
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release, ValuesReference
    from krmfn.topology.placements.placed import Placed

FENCED = (
    "dep.spec.values.objects.exists(o, o.kind == 'Namespace' && o.metadata.name == self.spec.targetNamespace) && "
    "has(dep.status.lastAttemptedGeneration) && dep.status.lastAttemptedGeneration == dep.metadata.generation && "
    "dep.status.observedGeneration == dep.metadata.generation && "
    "dep.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')"
)
"""True if the boundary in the API server fences this app too, and is installed in its current form.

By default Flux counts a boundary as ready although a large commit has not changed it yet, or although its change is
suspended (run: an app that came back to its namespace was installed there without a policy).
"""
READY_ONCE = "has(dep.status.history) && dep.status.history.exists(h, h.status in ['deployed', 'superseded'])"
"""True after the dependency's first success: its later failures do not block this release."""
BASE_ADDONS = ("cilium", "coredns", "csi")
"""Network, DNS and volumes; the platform installs them in every cluster."""


def placed_release(placed: Placed, known: Known) -> Rule[Release]:
    """The release that Flux applies on the cluster."""
    app, kind, cluster, connections = placed.app, placed.kind, placed.cluster, placed.connections
    yield from _check_placeable(placed)
    yield from check_chart(placed)
    paths = tuple(each.target_path for connection in connections for each in connection.credentials)
    common = yield from release(app, kind, app.values, known, paths)
    if is_reserved(placed.namespace) and not placed.route.target_namespace:
        message = (
            f"would get the namespace {placed.namespace}, which belongs to the cluster itself; rename it, or give its "
            "placement a targetNamespace"
        )
        yield app.origin.error("reserved-namespace", message, name_field(app.origin))
    parts = (common.name, ON, cluster.name)
    yield from check_length(parts, LABEL_LENGTH, "HelmRelease", app.origin, name_field(app.origin))
    values_from: list[ValuesReference] = []
    for connection in connections:
        values_from += yield from references(connection, app, known.target)
    marks = {TARGET_CLUSTER: cluster.release} if cluster.managed else {}
    return common._replace(
        name="".join(parts),
        labels={**common.labels, **marks, PLACED_ON: cluster.release},
        values_from=tuple(values_from),
        depends_on=tuple(_dependencies(kind, cluster, known.catalog)),
        remote=Remote(cluster.kubeconfig, common.name, placed.namespace, create_namespace=not cluster.boundary),
        placed_on=cluster.release,
        connections=connections,
    )


def _dependencies(kind: Kind, cluster: Cluster, catalog: Catalog) -> Iterator[Dependency]:
    """The cluster's boundary, and the addons that the app needs.

    The boundary must be ready before each upgrade, so that the new fence is installed first. The addons of an existing
    cluster are not known.
    """
    if cluster.boundary:
        yield Dependency(cluster.boundary, FENCED)
    needed = {*BASE_ADDONS, *kind.addons}
    for addon in catalog.addons():
        if addon.name in cluster.addons and addon.name in needed:
            yield Dependency(addon_release(cluster, addon), READY_ONCE)


def _check_placeable(placed: Placed) -> Iterator[Result]:
    app, kind, cluster = placed.app, placed.kind, placed.cluster
    origin, field = placed.route.about_app()
    if kind.placeable == "never":
        message = f"{kind.kind} runs on the management plane only; remove it from the placement"
        yield origin.error("not-placeable", message, field)
    by_its_values = kind.placeable_when and holds(kind.placeable_when, app.values or {})
    if kind.placeable == "by-another-chart" and not by_its_values:
        way_out = another_chart(kind) or "name a chart that does not need this in spec.kinds of the ComputePlane"
        if kind.placeable_when:
            way_out = f"give it values with which {spelt(kind.placeable_when)}, or {way_out}"
        message = (
            f"{app.kind} {app.name} cannot run on cluster {cluster.name}: {kind.because}; {way_out}, or leave the app "
            "on the management plane"
        )
        yield origin.error("not-placeable", message, field)
    for addon in kind.addons:
        if cluster.managed and addon not in cluster.addons:
            message = (
                f"{app.kind} {app.name} uses the addon {addon}, which cluster {cluster.name} does not have; enable it "
                "there, or change the app's values so that it does not need the addon"
            )
            yield origin.warning("addon-not-enabled", message, field)


def check_unplaced(app: DeclaredApp, kind: Kind, options: Options) -> Iterator[Result]:
    """An error for an app that `requirePlacement` wants on a cluster; modules of the platform need no cluster."""
    wanted = options.require_placement
    if kind.name or not (wanted == "all" or (wanted == "code" and kind.runs_code)):
        return
    why = "runs code that its users write" if kind.runs_code else "is an app"
    message = (
        f"{app.kind} {app.name} {why}, and spec.requirePlacement is {wanted}: it may not run on the management plane; "
        "place it on a cluster with a Placement"
    )
    yield app.origin.error("placement-required", message, name_field(app.origin))


def shared_namespaces(all_placed: Iterable[Placed]) -> Iterator[Result]:
    """An error for releases in the same namespace of a cluster: every app must have its own."""
    found: dict[tuple[str, str], list[Placed]] = {}
    for placed in all_placed:
        found.setdefault((placed.cluster.name, placed.namespace), []).append(placed)
    for (cluster, namespace), same in found.items():
        if len(same) > 1:
            owners = " and ".join(sorted(placed.app.owner for placed in same))
            message = (
                f"{owners} would share the namespace {namespace} of cluster {cluster}; every app needs its own, so "
                "place them separately, or remove targetNamespace"
            )
            for route in (placed.route for placed in same if placed.route.target_namespace):
                yield route.origin.error("shared-namespace", message, "targetNamespace")
