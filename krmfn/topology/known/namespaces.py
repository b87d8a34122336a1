"""The declarations by tenant: a tenant's output does not depend on another tenant's declarations (R12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from krmfn.lookalikes import MOST_KNOWN, meant
from krmfn.namedtuple import NamedTuple
from krmfn.results import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.declarations import Declarations, DeclaredApp, DeclaredCluster, DeclaredMesh, DeclaredPlacement

Declared = TypeVar("Declared", "DeclaredCluster", "DeclaredApp")


class AppKey(NamedTuple):
    """The identity of an app within its namespace."""

    kind: str
    name: str


class Namespace(NamedTuple):
    """The declarations of one namespace, for rules that need more than one declaration.

    `elsewhere` has, for each cluster name, the namespaces that declare it: for messages about a wrong namespace.
    `misspelt` has, for each name of an app, the kinds it is declared with that have no definition.
    """

    name: str
    clusters: dict[str, DeclaredCluster]
    apps: dict[AppKey, DeclaredApp]
    placements: list[DeclaredPlacement]
    meshes: list[DeclaredMesh]
    elsewhere: Mapping[str, list[str]]
    declared: Declarations
    misspelt: dict[str, list[str]]

    def is_broken(self, kind: str, name: str) -> bool:
        """True if it is declared, but invalid or of a misspelt kind: that is reported, and not that it is missing."""
        misspelt = self.misspelt.get(name, ())
        return self.declared.is_broken(kind, self.name, name) or any(meant(each, (kind,)) for each in misspelt)

    def of_another_kind(self, name: str, kind: str) -> str:
        """`; there is Kind name`, for a message about a missing app; the kind that reads like it, if there is one."""
        kinds = sorted(each.kind for each in self.apps if each.name == name)[:MOST_KNOWN]
        found = meant(kind, kinds) or next(iter(kinds), "")
        return f"; there is {found} {name}" if found else ""

    def names_of(self, kind: str) -> list[str]:
        """The names of the apps of a kind, to suggest one; none if there are too many to look at for each finding."""
        return [each.name for each in self.apps if each.kind == kind] if len(self.apps) <= MOST_KNOWN else []


def by_namespace(declared: Declarations, unknown: frozenset[str]) -> dict[str, Namespace]:
    """One record for each namespace that has declarations."""
    elsewhere: dict[str, list[str]] = {}
    for cluster in declared.clusters:
        elsewhere.setdefault(cluster.name, []).append(cluster.namespace)
    spaces: dict[str, Namespace] = {}

    def space(namespace: str) -> Namespace:
        return spaces.setdefault(namespace, Namespace(namespace, {}, {}, [], [], elsewhere, declared, {}))

    for cluster in sorted(declared.clusters, key=lambda each: place_of(each.origin)):
        clusters = space(cluster.namespace).clusters
        clusters[cluster.name] = _kept(clusters.get(cluster.name), cluster)
    for app in sorted(declared.apps, key=lambda each: place_of(each.origin)):
        apps = space(app.namespace).apps
        key = AppKey(app.kind, app.name)
        apps[key] = _kept(apps.get(key), app)
        if app.kind in unknown:
            space(app.namespace).misspelt.setdefault(app.name, []).append(app.kind)
    for placement in declared.placements:
        space(placement.namespace).placements.append(placement)
    for mesh in declared.meshes:
        space(mesh.namespace).meshes.append(mesh)
    return spaces


def _kept(earlier: Declared | None, later: Declared) -> Declared:
    """One of two declarations with the same identity, an error already: the same one in any order of the input (R4)."""
    if earlier is None or place_of(earlier.origin) != place_of(later.origin):
        return later
    return max(earlier, later, key=repr)
