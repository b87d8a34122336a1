"""The resolved picture: resolve() settles every default, lookup, name and conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.results import in_order, raise_errors
from krmfn.topology.checks.addresses import check_network
from krmfn.topology.checks.chartvalues import check_reserved
from krmfn.topology.checks.credentials import InlineCredentials
from krmfn.topology.checks.durations import out_of_range
from krmfn.topology.checks.names import check_collisions, shared_names
from krmfn.topology.clusters import Profiles, resolve_cluster
from krmfn.topology.clusters.kubeconfigs import check_kubeconfigs, used_beside
from krmfn.topology.known.components import ComponentProfiles
from krmfn.topology.known.isolation import IsolationProfiles, is_fenced_inside, is_meshed, is_scoped
from krmfn.topology.known.kinds import Kinds
from krmfn.topology.known.namespaces import by_namespace
from krmfn.topology.known.targets import resolve_target
from krmfn.topology.model.fences import Fences
from krmfn.topology.model.records import (
    Action,
    Cluster,
    Connection,
    Dependency,
    Platform,
    Release,
    Remote,
    SecretKey,
    Tenant,
    Topology,
    ValuesReference,
)
from krmfn.topology.placements import (
    Placed,
    addon_releases,
    connections_of,
    placed_release,
    services_of,
    shared_namespaces,
)
from krmfn.topology.placements.routes import routes
from krmfn.topology.releases import Rules, on_management_plane, release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog
    from krmfn.declarations import Declarations, Options
    from krmfn.results import Result
    from krmfn.topology.known.namespaces import Namespace
    from krmfn.topology.meshes import Mesh

__all__ = [
    "Action",
    "Cluster",
    "Connection",
    "Dependency",
    "Platform",
    "Release",
    "Remote",
    "SecretKey",
    "Tenant",
    "Topology",
    "ValuesReference",
    "resolve",
]


def resolve(declared: Declarations, catalog: Catalog) -> Topology:
    """Resolves what was declared into what there will be.

    Raises:
        ResultsError: with every finding, when one of them is an error.
    """
    findings = list(declared.results)
    target = resolve_target(declared.options, catalog, findings)
    check_network(declared.options, target, findings)
    credentials = InlineCredentials(catalog.credential_keys(), declared.options.variables)
    rules = Rules(declared.options, target, catalog, credentials, findings)
    kinds = Kinds(declared, catalog, findings)
    for fields, own in (("pins", declared.isolation_profiles), ("values", declared.component_profiles)):
        for profile in own:
            findings.extend(credentials.in_profile(profile, fields))
            findings.extend(check_reserved(profile.spec.get(fields), profile.origin, f"spec.{fields}"))
    profiles = Profiles(
        IsolationProfiles(declared, catalog, findings),
        ComponentProfiles(declared, catalog, findings),
    )
    findings.extend(_durations(declared.options))
    if declared.options.scope == "platform":
        from krmfn.topology.platform import platform  # noqa: PLC0415  (loaded only by the one run that needs it)

        once = platform(declared, kinds, rules)
        raise_errors(findings)
        return Topology({}, once, in_order(findings))
    spaces = by_namespace(declared)
    tenants = {name: _tenant(spaces[name], kinds, profiles, rules) for name in sorted(spaces)}
    raise_errors(findings)
    return Topology(tenants, None, in_order(findings))


def _durations(options: Options) -> Iterator[Result]:
    """Those of the functionConfig; that they are durations is known."""
    chart = (options.objects_chart or {}).get("chart")
    for field, duration in (
        ("defaults.interval", options.interval),
        ("defaults.timeout", options.timeout),
        ("defaults.retryInterval", options.retry_interval),
        ("objectsChart.chart.spec.interval", (chart and chart["spec"]["interval"]) or "0s"),
    ):
        if wrong := out_of_range(duration):
            yield options.origin.error("invalid-value", wrong, f"spec.{field}")


def _tenant(space: Namespace, kinds: Kinds, profiles: Profiles, rules: Rules) -> Tenant:
    """What one namespace comes to."""
    findings = rules.findings
    clusters: dict[str, Cluster] = {}
    releases: list[Release] = []
    placed: list[Placed] = []
    for declared in space.clusters.values():
        cluster, created = resolve_cluster(declared, kinds, profiles, rules)
        clusters |= {cluster.name: cluster} if cluster else {}
        releases += [created] if created else []
    # krmfn.dev/placed-on would say the same of both, and nothing could tell their apps apart.
    same_release = "clusters {owners} are both {name} to their releases; rename one, or keep one"
    findings.extend(shared_names(((each.release, each.name, each.origin) for each in clusters.values()), same_release))
    findings.extend(check_kubeconfigs(clusters.values(), rules.target))
    findings.extend(used_beside(clusters.values(), space.declared.kept.items, space.name))
    routed = routes(space, kinds, findings)
    services = services_of(space, set(routed), kinds, findings)
    for key, app in space.apps.items():
        kind = kinds.find(app.kind, app.origin)
        route = routed.get(key)
        if kind and route is None:
            releases.append(on_management_plane(release(app, kind, app.values, rules), app, kind, rules))
        elif kind and route and route.cluster in clusters:
            reached = services[route.placement] if route.placement else []
            placed.append(Placed(app, kind, route, clusters[route.cluster], reached))
    if any(app.kind == "KubernetesNodes" for app in space.apps.values()):
        from krmfn.topology.fencing import pools  # noqa: PLC0415  (loaded only where there is one)

        findings.extend(pools.refused(space.apps.values(), clusters))
        releases = pools.guarded(releases, space.apps.values(), clusters)
    releases += [placed_release(each, rules) for each in placed]
    findings.extend(shared_namespaces(placed))
    findings.extend(check_collisions(releases, addon_releases(clusters.values(), rules.catalog)))
    in_order_of_names = tuple(clusters[key] for key in sorted(clusters))
    egress, admission, boundaries = _fences(in_order_of_names, placed, rules)
    return Tenant(
        namespace=space.name,
        clusters=in_order_of_names,
        releases=tuple(sorted(releases, key=lambda each: each.name)),
        connections=tuple(sorted(connection for each in placed for connection in connections_of(each))),
        egress=egress,
        admission=admission,
        boundaries=boundaries,
        meshes=_meshes(space, clusters, rules),
    )


def _meshes(space: Namespace, clusters: dict[str, Cluster], rules: Rules) -> tuple[Mesh, ...]:
    if not space.meshes and not any(is_meshed(each.isolation) for each in clusters.values()):
        return ()
    from krmfn.topology.meshes import resolve_meshes  # noqa: PLC0415  (loaded only where there is one, or should be)

    return resolve_meshes(space, clusters, rules)


def _fences(clusters: tuple[Cluster, ...], placed: list[Placed], rules: Rules) -> Fences:
    if not any(is_scoped(each.isolation) or is_fenced_inside(each.isolation) for each in clusters):
        return Fences()
    from krmfn.topology.fencing import fence  # noqa: PLC0415  (loaded only where a profile asks for it)

    return fence(clusters, placed, rules)
