"""Differences of two values, scalar by scalar: `1`, `true` and `"1"` differ, as in Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.changes.change import Absent
from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ABSENT = Absent()
Steps = tuple[str | int, ...]


class Difference(NamedTuple):
    """A scalar that differs, with its old and new value; a list's item is shown by name if its name is unique."""

    steps: Steps
    before: Any
    after: Any


def differ(before: Any, after: Any) -> bool:
    """True if two values differ. In Python `1` and `true` are equal, so equal values are compared part by part."""
    if before is after:
        return False
    return bool(before != after) or next(differences(before, after), None) is not None


def differing_paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths at which two configurations differ."""
    return tuple(path_of(*each.steps) for each in differences(before, after))


def differences(before: Any, after: Any, steps: Steps = ()) -> Iterator[Difference]:
    """Every scalar that differs; values that only one side has are split up as well."""
    kinds = {type(before), type(after)} - {Absent}
    if kinds in ({dict}, {list}):
        old, new = _parts(before, after)
        inner = [
            each
            for key in [*old, *(key for key in new if key not in old)]
            for each in differences(old.get(key, ABSENT), new.get(key, ABSENT), (*steps, key))
        ]
        yield from inner
        if not inner and kinds == {list} and [*old] != [*new]:
            # Only the order of a list differs; the order of a map has no meaning.
            yield Difference(steps, [*old], [*new])
        if old or new:
            return
    if before != after or type(before) is not type(after):
        yield Difference(steps, before, after)


def _parts(before: Any, after: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The parts of both values, by key; list items by name if all items of both have one, else by position."""
    sides = [{} if isinstance(each, Absent) else each for each in (before, after)]
    if not any(isinstance(each, list) for each in sides):
        return sides[0], sides[1]
    named = [_names(list(each)) for each in sides]
    keys: list[Any] = [[*range(len(each))] for each in sides]
    if all(len(set(names)) == len(names) and all(names) for names in named):
        keys = named
    old, new = (dict(zip(names, each, strict=True)) for names, each in zip(keys, sides, strict=True))
    return old, new


def _names(items: list[Any]) -> list[str]:
    """The names of a list's items, so that an inserted item does not change all items after it."""
    return [_name(item) if isinstance(item, dict) else "" for item in items]


def _name(item: dict[str, Any]) -> str:
    """The name of an item; of an object also its kind and namespace. Empty if it has none."""
    if item.get("apiVersion") and item.get("kind"):
        meta = metadata_of(item)
        return "/".join(str(each) for each in (item["kind"], meta.get("namespace"), meta.get("name")) if each)
    return item["name"] if isinstance(item.get("name"), str) else ""
