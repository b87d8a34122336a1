"""Routes: which app of a namespace runs on which cluster of it, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.results import did_you_mean, place_of
from krmfn.topology.releases import CLUSTER

if TYPE_CHECKING:
    from krmfn.declarations import Placement
    from krmfn.results import Origin, Result
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import AppKey, Namespace

RESERVED_NAMESPACES = ("cilium-secrets", "default", "krmfn-system")
RESERVED_PREFIXES = ("kube-", "cozy-")


class Route(NamedTuple):
    """Where one app goes, and who says so."""

    origin: Origin
    field: str
    cluster: str
    placement: Placement | None = None
    target_namespace: str = ""
    app: Origin | None = None

    def about_app(self) -> tuple[Origin, str]:
        """Where a finding about the app itself points: its entry in the placement, or who placed its kind."""
        return (self.app, "kind") if self.app else (self.origin, self.field)


def routes(space: Namespace, kinds: Kinds, findings: list[Result]) -> dict[AppKey, Route]:
    """Every app that runs on a cluster: by a Placement, or where its kind runs by default."""
    found: dict[AppKey, list[Route]] = {}
    for placement in space.placements:
        _check_target_namespace(placement, findings)
        for app in placement.apps:
            key = (app.kind, app.name)
            if app.kind == CLUSTER:
                message = "a cluster does not run on a cluster; remove it from the placement"
                findings.append(app.origin.error("not-placeable", message, "kind"))
            elif key not in space.apps and not space.is_broken(*key):
                names = [name for kind, name in space.apps if kind == app.kind]
                message = (
                    f"no {app.kind} {app.name} is declared in namespace {space.name}{did_you_mean(app.name, names)}"
                )
                findings.append(app.origin.error("unknown-app", message, "name"))
            found.setdefault(key, []).append(
                Route(placement.origin, "cluster", placement.cluster, placement, placement.target_namespace, app.origin)
            )
    for key in space.apps:
        cluster, origin = kinds.placement(key[0])
        if cluster and origin and key not in found:
            found[key] = [Route(origin, "", cluster)]
    for key, same in found.items():
        same.sort(key=lambda route: place_of(route.origin))
        _check_twice(key, same, findings)
        for route in same:
            _check_cluster(route, space, findings)
    return {key: route[0] for key, route in found.items() if key in space.apps}


def _check_cluster(route: Route, space: Namespace, findings: list[Result]) -> None:
    """R1: clusters of the placement's own namespace only, and no fall-back to the management plane."""
    if route.cluster in space.clusters or space.is_broken(CLUSTER, route.cluster):
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


def _check_twice(key: AppKey, same: list[Route], findings: list[Result]) -> None:
    """Told at every entry: which of them is the one too many, the order of files cannot say (R4)."""
    if len(same) > 1:
        clusters = ", ".join(sorted({route.cluster for route in same}))
        message = f"{key[0]} {key[1]} is placed more than once (on {clusters}); an app runs in one place"
        findings.extend(route.app.error("placed-twice", message, "name") for route in same if route.app)


def is_reserved(namespace: str) -> bool:
    return namespace in RESERVED_NAMESPACES or namespace.startswith(RESERVED_PREFIXES)


def _check_target_namespace(placement: Placement, findings: list[Result]) -> None:
    namespace = placement.target_namespace
    if is_reserved(namespace):
        message = (
            f"{namespace} belongs to the cluster itself; choose a namespace of the app's own, or leave it out for "
            "the release's name"
        )
        findings.append(placement.origin.error("reserved-namespace", message, "targetNamespace"))
