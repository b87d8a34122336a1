"""Routes: which app of a namespace runs on which of its clusters, and which declaration says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.lookalikes import did_you_mean, some
from krmfn.namedtuple import NamedTuple
from krmfn.results import place_of
from krmfn.topology.known.namespaces import AppKey
from krmfn.topology.releases import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.declarations import AppRef, DeclaredPlacement
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import Namespace

RESERVED_NAMESPACES = ("cilium-secrets", "default", "krmfn-system")
RESERVED_PREFIXES = ("kube-", "cozy-")


class Route(NamedTuple):
    """The cluster of one app, and the declaration that says so."""

    origin: Origin
    field: str
    cluster: str
    placement: DeclaredPlacement | None = None
    target_namespace: str = ""
    app: Origin | None = None

    def about_app(self) -> tuple[Origin, str]:
        """The origin and field for findings about the app: its entry in the placement, or the default of its kind."""
        return (self.app, "kind") if self.app else (self.origin, self.field)


def routes(space: Namespace, kinds: Kinds) -> Rule[dict[AppKey, Route]]:
    """Every app that runs on a cluster: by a Placement, or by the default of its kind."""
    found: dict[AppKey, list[Route]] = {}
    for placement in space.placements:
        yield from _check_target_namespace(placement)
        for app in placement.apps:
            key = AppKey(app.kind, app.name)
            yield from _check_app(app, key, space)
            found.setdefault(key, []).append(
                Route(placement.origin, "cluster", placement.cluster, placement, placement.target_namespace, app.origin)
            )
    for key in space.apps:
        by_default = kinds.placed.get(key.kind)
        if by_default and key not in found:
            found[key] = [Route(by_default.origin, "", by_default.cluster)]
    for key, same in found.items():
        same.sort(key=lambda route: place_of(route.origin))
        yield from _check_twice(key, same)
        for route in same:
            yield from _check_cluster(route, space)
    return {key: same[0] for key, same in found.items() if key in space.apps}


def _check_app(app: AppRef, key: AppKey, space: Namespace) -> Iterator[Result]:
    if app.kind == CLUSTER:
        message = "a cluster cannot run on a cluster; remove it from the placement"
        yield app.origin.error("not-placeable", message, "kind")
    elif key not in space.apps and not space.is_broken(app.kind, app.name):
        hint = did_you_mean(app.name, space.names_of(app.kind)) or space.of_another_kind(app.name, app.kind)
        message = f"no {app.kind} {app.name} is declared in namespace {space.name}{hint}"
        yield app.origin.error("unknown-app", message, "name")


def _check_cluster(route: Route, space: Namespace) -> Iterator[Result]:
    """Refuses a cluster outside the placement's own namespace; there is no fall-back to the management plane (R1)."""
    if route.cluster in space.clusters or space.is_broken(CLUSTER, route.cluster):
        return
    others = space.elsewhere.get(route.cluster)
    if others:
        hint = f"; there is one in {some(sorted(others))}, but a placement can use only clusters of its own namespace"
    else:
        hint = did_you_mean(route.cluster, space.clusters)
        hint = hint or "; declare it, or add an existing cluster to spec.clusters"
    message = f"namespace {space.name} has no cluster {route.cluster}{hint}"
    yield route.origin.error("unknown-cluster", message, route.field)


def _check_twice(key: AppKey, same: list[Route]) -> Iterator[Result]:
    """An error at every entry for the same app: the order of files must not decide which one is wrong (R4)."""
    if len(same) > 1:
        clusters = some(sorted({route.cluster for route in same}))
        message = (
            f"{key.kind} {key.name} is placed more than once (on {clusters}); an app runs in one place only, so keep "
            "one"
        )
        yield from (route.app.error("placed-twice", message, "name") for route in same if route.app)


def is_reserved(namespace: str) -> bool:
    return namespace in RESERVED_NAMESPACES or namespace.startswith(RESERVED_PREFIXES)


def _check_target_namespace(placement: DeclaredPlacement) -> Iterator[Result]:
    namespace = placement.target_namespace
    if is_reserved(namespace):
        message = (
            f"{namespace} belongs to the cluster itself; choose another namespace, or remove targetNamespace to use "
            "the release's name"
        )
        yield placement.origin.error("reserved-namespace", message, "targetNamespace")
