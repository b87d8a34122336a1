"""The resolved declarations: resolve() decides every default, lookup, name and conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import CONFIRM_DELETION, CONFIRM_LOOSENING
from krmfn.namedtuple import NamedTuple
from krmfn.results import gathered, in_order, raise_errors, root_causes
from krmfn.topology.checks.durations import out_of_range
from krmfn.topology.checks.names import check_collisions, shared_names
from krmfn.topology.clusters import resolve_cluster
from krmfn.topology.clusters.addons import clusters_like_addons, taken_names
from krmfn.topology.clusters.kubeconfigs import check_kubeconfigs, shared_secrets, used_beside
from krmfn.topology.known import look_up
from krmfn.topology.known.namespaces import by_namespace
from krmfn.topology.model.fences import Fences
from krmfn.topology.model.targets import RETRIES_PRUNES
from krmfn.topology.model.tenants import Platform, Protection, Tenant, Topology
from krmfn.topology.placements import check_unplaced, placed_release, shared_namespaces
from krmfn.topology.placements.connections import connections_of
from krmfn.topology.placements.credentialpaths import check_paths
from krmfn.topology.placements.placed import Placed
from krmfn.topology.placements.routes import routes
from krmfn.topology.releases import on_management_plane, release
from krmfn.topology.releases.sharednames import names_not_shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations, DeclaredPlacement, Options
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.known.namespaces import Namespace
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.model.meshes import Mesh
    from krmfn.topology.model.releases import Release

__all__ = ["Platform", "Tenant", "Topology", "resolve"]


def resolve(declared: Declarations, catalog: Catalog) -> Topology:
    """Resolves the declarations into clusters, releases, fences and meshes.

    Raises:
        ResultsError: one of the findings is an error; it has all findings.
    """
    topology, findings = gathered(_topology(declared, catalog))
    told = root_causes((*declared.results, *findings))
    raise_errors(told)
    return topology._replace(results=in_order(told))


def _topology(declared: Declarations, catalog: Catalog) -> Rule[Topology]:
    looked_up = yield from look_up(declared, catalog)
    yield from _durations(declared.options)
    retries = looked_up.target.has(RETRIES_PRUNES)
    if not {CONFIRM_DELETION, CONFIRM_LOOSENING}.isdisjoint(declared.options.annotations):
        from krmfn.topology.known.staleconfirmations import stale_on_run  # noqa: PLC0415  (loaded only for one)

        yield from stale_on_run(declared.options)
    if declared.options.scope == "platform":
        from krmfn.topology.platform import platform  # noqa: PLC0415  (loaded only by the one run that needs it)

        once = yield from platform(declared, looked_up)
        return Topology({}, once, (), retries)
    tenants: dict[str, Tenant] = {}
    for name, space in sorted(by_namespace(declared, looked_up.kinds.unknown(declared)).items()):
        tenants[name] = yield from _tenant(space, looked_up)
    own = {name: posture for name, posture in looked_up.isolation.own.items() if posture}
    return Topology(tenants, None, (), retries, _protection(declared.options), own)


def _protection(options: Options) -> Protection:
    return Protection(
        origin=options.origin,
        bound_to=options.bound_to,
        data=options.protect == "data",
        required=options.require_placement,
        confirmation=options.annotations.get(CONFIRM_LOOSENING, ""),
    )


def _durations(options: Options) -> Iterator[Result]:
    """An error for each duration of the functionConfig that is out of range; their format is checked already."""
    chart = (options.objects_chart or {}).get("chart")
    for field, duration in (
        ("defaults.interval", options.interval),
        ("defaults.timeout", options.timeout),
        ("defaults.retryInterval", options.retry_interval),
        ("objectsChart.chart.spec.interval", (chart and chart["spec"]["interval"]) or "0s"),
    ):
        if wrong := out_of_range(duration):
            yield options.origin.error("invalid-value", wrong, f"spec.{field}")


def _tenant(space: Namespace, known: Known) -> Rule[Tenant]:
    """The clusters, releases, fences and meshes of one namespace."""
    clusters, created = yield from _clusters(space, known)
    placed, local = yield from _apps(space, clusters, known)
    if any(app.kind == "KubernetesNodes" for app in space.apps.values()):
        from krmfn.topology.clusters import pools  # noqa: PLC0415  (loaded only where there is one)

        yield from pools.misnamed(space.apps.values())
        yield from pools.refused(space.apps.values(), clusters)
        local = pools.guarded(local, space.apps.values(), clusters)
    releases = [*created, *local]
    for each in placed:
        releases += [(yield from placed_release(each, known))]
    yield from shared_namespaces(placed)
    yield from names_not_shared(space, known.kinds)
    yield from check_collisions(releases, taken_names(clusters.values(), known.catalog))
    in_order_of_names = tuple(clusters[key] for key in sorted(clusters))
    fences = yield from _fences(in_order_of_names, placed, known)
    meshes = yield from _meshes(space, clusters, known)
    return Tenant(
        namespace=space.name,
        clusters=in_order_of_names,
        releases=tuple(sorted(releases, key=lambda each: each.name)),
        egress=fences.egress,
        admission=fences.admission,
        boundaries=fences.boundaries,
        meshes=meshes,
    )


class Clusters(NamedTuple):
    """The clusters of a namespace by name, and the releases that create clusters."""

    by_name: dict[str, Cluster]
    created: list[Release]


def _clusters(space: Namespace, known: Known) -> Rule[Clusters]:
    clusters: dict[str, Cluster] = {}
    releases: list[Release] = []
    for declared in space.clusters.values():
        resolved = yield from resolve_cluster(declared, known)
        clusters |= {resolved.cluster.name: resolved.cluster} if resolved.cluster else {}
        releases += [resolved.created] if resolved.created else []
    # Both would get the same value of krmfn.dev/placed-on, so their apps could not be distinguished.
    same_release = "clusters {owners} would both get the release name {name}; rename one, or remove one"
    yield from shared_names(((each.release, each.name, each.origin) for each in clusters.values()), same_release)
    yield from clusters_like_addons(clusters.values(), known.catalog)
    yield from shared_secrets(clusters.values())
    yield from check_kubeconfigs(clusters.values(), known.target)
    yield from used_beside(clusters.values(), space.declared.kept.items, space.name)
    return Clusters(clusters, releases)


class Apps(NamedTuple):
    """The apps of a namespace: those that run on clusters, and the releases of those on the management plane."""

    placed: list[Placed]
    local: list[Release]


def _apps(space: Namespace, clusters: dict[str, Cluster], known: Known) -> Rule[Apps]:
    routed = yield from routes(space, known.kinds)
    connected: dict[DeclaredPlacement, tuple[Connection, ...]] = {}
    for placement in space.placements:
        connected[placement] = yield from connections_of(placement, space, frozenset(routed), known.kinds)
        yield from check_paths(connected[placement])
    placed: list[Placed] = []
    local: list[Release] = []
    for key, app in space.apps.items():
        kind = yield from known.kinds.find(app.kind, app.origin)
        route = routed.get(key)
        if CONFIRM_LOOSENING in app.annotations:
            from krmfn.topology.known.staleconfirmations import stale_on_app  # noqa: PLC0415  (loaded only for one)

            on = clusters[route.cluster].posture if route and route.cluster in clusters else None
            yield from () if route and not on else stale_on_app(app, on, known.isolation)
        if kind and route is None:
            yield from check_unplaced(app, kind, known.options)
            common = yield from release(app, kind, app.values, known)
            local.append(on_management_plane(common, app, kind, known.target))
        elif kind and route and route.cluster in clusters:
            connections = connected[route.placement] if route.placement else ()
            placed.append(Placed(app, kind, route, clusters[route.cluster], connections))
    return Apps(placed, local)


def _meshes(space: Namespace, clusters: dict[str, Cluster], known: Known) -> Rule[tuple[Mesh, ...]]:
    if not space.meshes and not any(each.posture.meshed for each in clusters.values()):
        return ()
    from krmfn.topology.meshes import resolve_meshes  # noqa: PLC0415  (loaded only where there is one, or should be)

    return (yield from resolve_meshes(space, clusters, known))


def _fences(clusters: tuple[Cluster, ...], placed: list[Placed], known: Known) -> Rule[Fences]:
    if not any(each.posture.scoped or each.posture.fenced_inside for each in clusters):
        return Fences()
    from krmfn.topology.fencing import fence  # noqa: PLC0415  (loaded only where a profile asks for it)

    return (yield from fence(clusters, placed, known))
