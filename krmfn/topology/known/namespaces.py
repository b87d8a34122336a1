"""The declarations by tenant: a tenant's output does not depend on another tenant's declarations (R12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.lookalikes import MOST_KNOWN
from krmfn.results import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.declarations import Declarations, DeclaredApp, DeclaredCluster, DeclaredMesh, DeclaredPlacement


class AppKey(NamedTuple):
    """The identity of an app within its namespace."""

    kind: str
    name: str


class Namespace(NamedTuple):
    """The declarations of one namespace, for rules that need more than one declaration.

    `elsewhere` has, for each cluster name, the namespaces that declare it: for messages about a wrong namespace.
    """

    name: str
    clusters: dict[str, DeclaredCluster]
    apps: dict[AppKey, DeclaredApp]
    placements: list[DeclaredPlacement]
    meshes: list[DeclaredMesh]
    elsewhere: Mapping[str, list[str]]
    declared: Declarations

    def is_broken(self, kind: str, name: str) -> bool:
        return self.declared.is_broken(kind, self.name, name)

    def names_of(self, kind: str) -> list[str]:
        """The names of the apps of a kind, to suggest one; none if there are too many to look at for each finding."""
        return [each.name for each in self.apps if each.kind == kind] if len(self.apps) <= MOST_KNOWN else []


def by_namespace(declared: Declarations) -> dict[str, Namespace]:
    """One record for each namespace that has declarations."""
    elsewhere: dict[str, list[str]] = {}
    for cluster in declared.clusters:
        elsewhere.setdefault(cluster.name, []).append(cluster.namespace)
    spaces: dict[str, Namespace] = {}

    def space(namespace: str) -> Namespace:
        return spaces.setdefault(namespace, Namespace(namespace, {}, {}, [], [], elsewhere, declared))

    for cluster in sorted(declared.clusters, key=lambda each: place_of(each.origin)):
        space(cluster.namespace).clusters[cluster.name] = cluster
    for app in sorted(declared.apps, key=lambda each: place_of(each.origin)):
        space(app.namespace).apps[AppKey(app.kind, app.name)] = app
    for placement in declared.placements:
        space(placement.namespace).placements.append(placement)
    for mesh in declared.meshes:
        space(mesh.namespace).meshes.append(mesh)
    return spaces
