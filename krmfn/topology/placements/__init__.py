"""Placements: what the release of an app that runs on a cluster looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.topology.checks.names import LABEL_LENGTH, check_length, name_field
from krmfn.topology.model.records import Connection, Dependency, Release, Remote
from krmfn.topology.placements.routes import is_reserved
from krmfn.topology.placements.secretrefs import check_paths, references
from krmfn.topology.placements.services import Service, find_service
from krmfn.topology.releases import release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Addon, Catalog, Kind
    from krmfn.declarations import App, Placement
    from krmfn.results import Result
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import AppKey, Namespace
    from krmfn.topology.model.records import Cluster
    from krmfn.topology.placements.routes import Route
    from krmfn.topology.releases import Rules

FENCED = (
    "dep.spec.values.objects.exists(o, o.kind == 'Namespace' && o.metadata.name == self.spec.targetNamespace) && "
    "has(dep.status.lastAttemptedGeneration) && dep.status.lastAttemptedGeneration == dep.metadata.generation && "
    "dep.status.observedGeneration == dep.metadata.generation && "
    "dep.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')"
)
"""True once the boundary that is there fences this app too, and has been installed as it is.

By itself Flux takes one for ready that a large commit is yet to change, or whose change is suspended (run: an app that
came back into its namespace was installed with no policy there).
"""
READY_ONCE = "has(dep.status.history) && dep.status.history.exists(h, h.status in ['deployed', 'superseded'])"
"""True from the dependency's first success on: its later failures do not freeze this release (facts/engine.md §8)."""
BASE_ADDONS = ("cilium", "coredns", "csi")
"""Network, names and volumes, which the platform brings into every cluster."""


class Placed(NamedTuple):
    """An app that runs on a cluster, with all that its release is made of."""

    app: App
    kind: Kind
    route: Route
    cluster: Cluster
    services: list[Service]

    @property
    def namespace(self) -> str:
        """Its namespace on the cluster: the release's name, unless the placement says otherwise."""
        return self.route.target_namespace or self.kind.prefix + self.app.name


def placed_release(placed: Placed, rules: Rules) -> Release:
    """The release that Flux applies on the cluster (contract §2.3)."""
    app, kind, _, cluster, services = placed
    rules.findings.extend(_check_placeable(placed))
    local = release(app, kind, app.values, rules, _referenced(services))
    if is_reserved(placed.namespace) and not placed.route.target_namespace:
        message = (
            f"would get the namespace {placed.namespace}, which belongs to the cluster itself; rename it, or give its "
            "placement a targetNamespace"
        )
        rules.findings.append(app.origin.error("reserved-namespace", message, name_field(app.origin)))
    parts = (local.name, "-on-", cluster.name)
    rules.findings.extend(check_length(parts, LABEL_LENGTH, "HelmRelease", app.origin, name_field(app.origin)))
    marks = {"cozystack.io/target-cluster-name": cluster.release} if cluster.managed else {}
    return local._replace(
        name="".join(parts),
        labels={**local.labels, **marks, "krmfn.dev/placed-on": cluster.release},
        values_from=tuple(each for service in services for each in references(service, app, rules)),
        depends_on=tuple(_dependencies(kind, cluster, rules)),
        remote=Remote(cluster.kubeconfig, local.name, placed.namespace, create_namespace=not cluster.boundary),
        placed_on=cluster.release,
    )


def _referenced(services: list[Service]) -> tuple[str, ...]:
    return tuple(each.target_path for service in services for each in service.connection.credentials)


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
        services = [find_service(connection, space, placed, kinds, findings) for connection in placement.connections]
        found[placement] = [service for service in services if service]
        check_paths(found[placement], findings)
        findings.extend(_connected_twice(placement))
    return found


def _dependencies(kind: Kind, cluster: Cluster, rules: Rules) -> Iterator[Dependency]:
    """The cluster's boundary, and the addons without which the app could not run.

    An upgrade waits for its new fence, so the boundary has to be ready each time (contract §2.3). An existing cluster
    has no addons that krmfn knows of.
    """
    if cluster.boundary:
        yield Dependency(cluster.boundary, FENCED if rules.target.has("dependsOn[].readyExpr") else "")
    needed = {*BASE_ADDONS, *kind.addons}
    expression = READY_ONCE if rules.target.has("dependsOn[].readyExpr") else ""
    for addon in rules.catalog.addons():
        if addon.name in cluster.addons and addon.name in needed:
            yield Dependency(addon_release(cluster, addon), expression)


def addon_release(cluster: Cluster, addon: Addon) -> str:
    return f"{cluster.release}-{addon.release}"


def addon_releases(clusters: Iterable[Cluster], catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The names of releases that belong to these clusters: their addons, and what fences them in; with their name.

    That of the module cluster itself is the platform's. The one that krmfn writes is among the releases anyway.
    """
    for cluster in clusters:
        if cluster.managed and not cluster.created:
            yield cluster.release, cluster.name
        if cluster.managed:
            yield from ((addon_release(cluster, addon), cluster.name) for addon in catalog.addons())
        yield f"{cluster.release}-boundary", cluster.name


def _check_placeable(placed: Placed) -> Iterator[Result]:
    app, kind, route, cluster, _ = placed
    origin, field = route.about_app()
    if kind.placeable == "never":
        message = f"{kind.kind} runs on the management plane only; remove it from the placement"
        yield origin.error("not-placeable", message, field)
    if kind.placeable == "operator":
        message = (
            f"{app.kind} {app.name} needs {kind.operator} in cluster {cluster.name}; krmfn installs none there, "
            "and without it nothing runs"
        )
        yield origin.warning("needs-operator", message, field)
    for addon in kind.addons:
        if cluster.managed and addon not in cluster.addons:
            message = (
                f"{app.kind} {app.name} uses the addon {addon}, which cluster {cluster.name} does not have; "
                "enable it there, or see to it that the app's values do without"
            )
            yield origin.warning("addon-not-enabled", message, field)


def shared_namespaces(all_placed: Iterable[Placed]) -> Iterator[Result]:
    """Two releases in one namespace of one cluster: every app gets its own (contract §6)."""
    found: dict[tuple[str, str], list[Placed]] = {}
    for placed in all_placed:
        found.setdefault((placed.cluster.name, placed.namespace), []).append(placed)
    for (cluster, namespace), same in found.items():
        if len(same) > 1:
            owners = " and ".join(sorted(placed.app.owner for placed in same))
            message = (
                f"{owners} would share the namespace {namespace} of cluster {cluster}; every app gets one of its own, "
                "so place them one by one, or leave targetNamespace out"
            )
            for route in (placed.route for placed in same if placed.route.target_namespace):
                yield route.origin.error("shared-namespace", message, "targetNamespace")


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
