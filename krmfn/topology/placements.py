"""Placements: which app runs on which cluster, and what its release then looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.results import did_you_mean
from krmfn.topology.apps import release
from krmfn.topology.names import LABEL_LENGTH, check_length, name_field
from krmfn.topology.records import Connection, Dependency, Release, Remote
from krmfn.topology.services import Service, check_paths, find_service, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.catalog import Addon, Catalog, Kind
    from krmfn.declarations import App, Placement
    from krmfn.declarations import Cluster as Declared
    from krmfn.results import Origin, Result
    from krmfn.topology.apps import Rules
    from krmfn.topology.kinds import Kinds
    from krmfn.topology.records import Cluster

READY_ONCE = "has(dep.status.history) && dep.status.history.exists(h, h.status in ['deployed', 'superseded'])"
"""True from the dependency's first success on: its later failures do not freeze this release (facts/engine.md §8)."""
RESERVED_NAMESPACES = ("default", "krmfn-system")
RESERVED_PREFIXES = ("kube-", "cozy-")
BASE_ADDONS = ("cilium", "coredns", "csi")
"""Network, names and volumes, which the platform brings into every cluster."""
AppKey = tuple[str, str]


class Route(NamedTuple):
    """Where one app goes, and who says so."""

    origin: Origin
    field: str
    cluster: str
    placement: Placement | None = None
    target_namespace: str = ""


class Namespace(NamedTuple):
    """What one namespace declares, for the rules that need more than one declaration.

    `elsewhere` has the namespaces that declare a cluster of a name, for a placement that looks in the wrong one.
    """

    name: str
    clusters: dict[str, Declared]
    apps: dict[AppKey, App]
    placements: list[Placement]
    elsewhere: Mapping[str, list[str]]


def routes(space: Namespace, kinds: Kinds, findings: list[Result]) -> dict[AppKey, Route]:
    """Every app that runs on a cluster: by a Placement, or where its kind runs by default."""
    found: dict[AppKey, list[Route]] = {}
    for placement in space.placements:
        _check_target_namespace(placement, findings)
        for app in placement.apps:
            key = (app.kind, app.name)
            if key not in space.apps:
                names = [name for kind, name in space.apps if kind == app.kind]
                message = (
                    f"no {app.kind} {app.name} is declared in namespace {space.name}{did_you_mean(app.name, names)}"
                )
                findings.append(app.origin.error("unknown-app", message, "name"))
            found.setdefault(key, []).append(
                Route(placement.origin, "cluster", placement.cluster, placement, placement.target_namespace)
            )
            _check_twice(app.origin, key, found[key], findings)
    for key in space.apps:
        cluster, origin = kinds.placement(key[0])
        if cluster and origin and key not in found:
            found[key] = [Route(origin, "", cluster)]
    for route in (route for same in found.values() for route in same):
        _check_cluster(route, space, findings)
    return {key: route[0] for key, route in found.items() if key in space.apps}


class Placed(NamedTuple):
    """An app that runs on a cluster, with all that its release is made of."""

    app: App
    kind: Kind
    route: Route
    cluster: Cluster
    services: list[Service]


def placed_release(placed: Placed, rules: Rules) -> Release:
    """The release that Flux applies on the cluster (contract §2.3)."""
    app, kind, route, cluster, services = placed
    rules.findings.extend(_check_placeable(placed))
    local = release(app, kind, app.values, rules, placed=True)
    parts = (local.name, "-on-", cluster.name)
    rules.findings.extend(check_length(parts, LABEL_LENGTH, "HelmRelease", app.origin, name_field(app.origin)))
    marks = {"cozystack.io/target-cluster-name": cluster.release} if cluster.managed else {}
    return local._replace(
        name="".join(parts),
        labels={**local.labels, **marks, "krmfn.dev/placed-on": cluster.release},
        values_from=tuple(each for service in services for each in references(service, app, rules)),
        depends_on=tuple(_dependencies(kind, cluster, rules)),
        remote=Remote(cluster.kubeconfig, local.name, route.target_namespace or local.name),
        placed_on=cluster.release,
    )


def connections_of(placed: Placed) -> Iterator[Connection]:
    """Whom the app may talk to on the management plane."""
    for service in placed.services:
        to = service.connection
        yield Connection(placed.cluster.name, placed.app.owner, to.kind, to.name, service.release, service.ports)


def services_of(
    space: Namespace, placed: set[AppKey], kinds: Kinds, findings: list[Result]
) -> dict[Placement, list[Service]]:
    """The services that each placement's apps talk to."""
    found: dict[Placement, list[Service]] = {}
    for placement in space.placements:
        services = [
            find_service(connection, space.apps, placed, kinds, findings) for connection in placement.connections
        ]
        found[placement] = [service for service in services if service]
        check_paths(found[placement], findings)
        findings.extend(_connected_twice(placement))
    return found


def _dependencies(kind: Kind, cluster: Cluster, rules: Rules) -> Iterator[Dependency]:
    """The addons without which the app could not run; an existing cluster has none that krmfn knows of."""
    needed = {*BASE_ADDONS, *kind.addons}
    expression = READY_ONCE if rules.target.has("dependsOn[].readyExpr") else ""
    for addon in rules.catalog.addons():
        if addon.name in cluster.addons and addon.name in needed:
            yield Dependency(addon_release(cluster, addon), expression)


def addon_release(cluster: Cluster, addon: Addon) -> str:
    return f"{cluster.release}-{addon.release}"


def addon_releases(clusters: Iterable[Cluster], catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The names that the platform gives, or may one day give, to addons of these clusters; with the cluster's name."""
    for cluster in clusters:
        if cluster.managed:
            yield from ((addon_release(cluster, addon), cluster.name) for addon in catalog.addons())


def _check_placeable(placed: Placed) -> Iterator[Result]:
    app, kind, route, cluster, _ = placed
    if kind.placeable == "never":
        message = f"{kind.kind} runs on the management plane only; remove it from the placement"
        yield route.origin.error("not-placeable", message, route.field)
    if kind.placeable == "operator":
        message = (
            f"{app.kind} {app.name} needs {kind.operator} in cluster {cluster.name}, "
            "which krmfn does not install; without it nothing runs"
        )
        yield route.origin.warning("needs-operator", message, route.field)
    for addon in kind.addons:
        if cluster.managed and addon not in cluster.addons:
            message = (
                f"{app.kind} {app.name} uses the addon {addon}, which cluster {cluster.name} does not have; "
                "enable it there, or see to it that the app's values do without"
            )
            yield route.origin.warning("addon-not-enabled", message, route.field)


def _check_cluster(route: Route, space: Namespace, findings: list[Result]) -> None:
    """R1: clusters of the placement's own namespace only, and no fall-back to the management plane."""
    if route.cluster in space.clusters:
        return
    others = space.elsewhere.get(route.cluster)
    if others:
        hint = (
            f"; there is one in {', '.join(sorted(others))}, and a placement reaches clusters of its own namespace only"
        )
    else:
        hint = did_you_mean(route.cluster, space.clusters) or "; declare it, or name an existing one in spec.clusters"
    message = f"namespace {space.name} has no cluster {route.cluster}{hint}"
    findings.append(route.origin.error("unknown-cluster", message, route.field))


def _check_twice(origin: Origin, key: AppKey, same: list[Route], findings: list[Result]) -> None:
    if len(same) > 1:
        clusters = ", ".join(sorted({route.cluster for route in same}))
        message = f"{key[0]} {key[1]} is placed more than once (on {clusters}); an app runs in one place"
        findings.append(origin.error("placed-twice", message, "name"))


def _check_target_namespace(placement: Placement, findings: list[Result]) -> None:
    namespace = placement.target_namespace
    if namespace in RESERVED_NAMESPACES or namespace.startswith(RESERVED_PREFIXES):
        message = (
            f"{namespace} belongs to the cluster itself; choose a namespace of the app's own, or leave it out for "
            "the release's name"
        )
        findings.append(placement.origin.error("reserved-namespace", message, "targetNamespace"))
    if namespace and len(placement.apps) > 1:
        message = (
            "every app gets a namespace of its own, and this one cannot be that of two; place them one by one, or "
            "leave it out"
        )
        findings.append(placement.origin.error("shared-namespace", message, "targetNamespace"))


def _connected_twice(placement: Placement) -> Iterator[Result]:
    seen: set[AppKey] = set()
    for connection in placement.connections:
        if (connection.kind, connection.name) in seen:
            message = (
                f"{connection.kind} {connection.name} is connected to twice; put all its credentials into one "
                "connection"
            )
            yield connection.origin.error("connected-twice", message, "to")
        seen.add((connection.kind, connection.name))
