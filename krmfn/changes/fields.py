"""Which fields of two objects differ, to the leaf; a credential is compared and never shown (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import Catalog
from krmfn.changes.records import Absent, Field, Hidden
from krmfn.resourcelist import INDEX_ANNOTATIONS, PACKAGE_PATH, PATH_ANNOTATIONS, annotations_of, metadata_of
from krmfn.results import path_of
from krmfn.topology.checks.credentials import InlineCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource

PLACE = {*PATH_ANNOTATIONS, *INDEX_ANNOTATIONS, PACKAGE_PATH}
ABSENT = Absent()


def bare(resource: Resource) -> Resource:
    """The object without where kpt would keep it: two that differ in nothing else are the same to Flux."""
    marks = annotations_of(resource)
    if PLACE.isdisjoint(marks):
        return resource
    kept = {key: value for key, value in marks.items() if key not in PLACE}
    return {**resource, "metadata": {**metadata_of(resource), "annotations": kept}}


class Differ:
    """Compares objects; what counts as a credential is the catalog's, and read once."""

    def __init__(self) -> None:
        self._credentials = InlineCredentials(Catalog.shipped().credential_keys(), ())

    def fields(self, before: Resource, after: Resource) -> tuple[Field, ...]:
        """The leaves that differ, in the order of the object."""
        name = f"{after['kind']}/{after['metadata']['name']}"
        found = _differences(self.shown(bare(before)), self.shown(bare(after)), ())
        return tuple(Field(name, path_of(*steps), old, new) for steps, old, new in found)

    def options(self, before: Resource, after: Resource) -> tuple[str, ...]:
        """The paths at which two configurations differ."""
        return tuple(path_of(*steps) for steps, _, _ in _differences(before, after, ()))

    def shown(self, resource: Resource) -> Resource:
        """The object with `Hidden` in the place of each credential."""
        places = {steps for steps, _ in self._credentials.places(_said(resource))}
        shown: Resource = _hidden(resource, places, ())
        return shown


def _said(resource: Resource) -> Resource:
    """What a user can have written in a generated object: names of Secrets and their keys are krmfn's."""
    spec = resource.get("spec", {})
    written = {key: spec[key] for key in ("values", "postRenderers") if key in spec}
    return {"metadata": {"annotations": annotations_of(resource)}, "spec": written}


def _hidden(value: Any, places: set[tuple[str | int, ...]], steps: tuple[str | int, ...]) -> Any:
    if not places:
        return value
    if steps in places:
        return Hidden(value)
    if isinstance(value, dict):
        return {key: _hidden(inner, places, (*steps, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner, places, (*steps, index)) for index, inner in enumerate(value)]
    return value


def _differences(before: Any, after: Any, steps: tuple[str | int, ...]) -> Iterator[tuple[Any, Any, Any]]:
    """Every leaf with what was and what will be there; what only one side has is gone through to its leaves as well."""
    kinds = {type(before), type(after)} - {Absent}
    if kinds in ({dict}, {list}):
        old, new = _parts(before), _parts(after)
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differences(old.get(key, ABSENT), new.get(key, ABSENT), (*steps, key))
        if old or new:
            return
    if before != after or type(before) is not type(after):
        yield steps, before, after


def _parts(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    return _by_name(value) if isinstance(value, list) else {}


def _by_name(value: list[Any]) -> dict[Any, Any]:
    """A list's items by what tells them apart, so that one that comes between does not change all that follow."""
    names = [_name(item) for item in value]
    if all(names) and len(set(names)) == len(names):
        return dict(zip(names, value, strict=True))
    return dict(enumerate(value))


def _name(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    if item.get("apiVersion") and item.get("kind"):
        meta = metadata_of(item)
        return "/".join(str(each) for each in (item["kind"], meta.get("namespace"), meta.get("name")) if each)
    return item["name"] if isinstance(item.get("name"), str) else ""
