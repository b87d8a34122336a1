"""What a run claims and declares, as written: the claims of an invalid run count as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations import Role, role_of
from krmfn.fleet.fleets import is_definition, is_plane, spec_of
from krmfn.marks import PLATFORM
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.fleet.fleets import Run
    from krmfn.results import Origin

INLINE = {"clusters": "Kubernetes", "apps": "", "placements": "", "meshes": "ClusterMesh"}
"""Fields of a ComputePlane with declarations, and the kind of what they declare; an app names its own."""


class Claim(NamedTuple):
    """A namespace that a run is bound to, and the field that says so."""

    namespace: str
    origin: Origin


class Object(NamedTuple):
    """The object of a declaration: two declarations of it would be one object on a cluster."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Declaration(NamedTuple):
    """A declaration: its object, and its place."""

    object: Object
    origin: Origin


def claimed(run: Run) -> Iterator[Claim]:
    """The namespaces that a run is bound to: that of its ComputePlane, and those that it lists."""
    if run.config is None or run.is_platform:
        return
    origin, own = origin_of(run.config), identity(run.config).namespace
    if own:
        yield Claim(own, origin.at("metadata.namespace"))
    listed = spec_of(run.config).get("namespaces")
    for i, name in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(name, str) and name != own:
            yield Claim(name, origin.at(f"spec.namespaces[{i}]"))


def declarations(run: Run) -> Iterator[Declaration]:
    """The declarations of a run, in files of their own and in its ComputePlane."""
    own = identity(run.config).namespace if run.config else ""
    for item in run.items:
        if role_of(item) is Role.DECLARATION and not is_plane(item) and not is_definition(item):
            _, kind, namespace, name = identity(item)
            yield Declaration(Object(kind, namespace or own, name), origin_of(item))
    yield from _inline(run, own)


def _inline(run: Run, own: str) -> Iterator[Declaration]:
    for field, kind in INLINE.items() if run.config else ():
        for i, entry in enumerate(_mappings(spec_of(run.config).get(field))):
            app = entry.get("app") if field == "placements" else entry
            named: dict[str, Any] = app if isinstance(app, dict) else {}
            what = Object(
                str(kind or named.get("kind") or ""), str(entry.get("namespace") or own), str(named.get("name") or "")
            )
            if run.config and not (field == "placements" and named.get("values") is None):
                yield Declaration(what, origin_of(run.config).at(f"spec.{field}[{i}]"))


def _mappings(entries: Any) -> Iterator[dict[str, Any]]:
    for entry in entries if isinstance(entries, list) else ():
        yield entry if isinstance(entry, dict) else {}


def spaces(run: Run) -> frozenset[str]:
    """Every namespace that a run is bound to or declares something in; the platform's run has that of the platform."""
    if run.is_platform:
        return frozenset({PLATFORM})
    bound: Iterable[str] = (each.namespace for each in claimed(run))
    said: Iterable[str] = (each.object.namespace for each in declarations(run))
    return frozenset(filter(None, (*bound, *said)))
