"""The profile fields of clusters: misspelt, misplaced or empty ones would leave a cluster open (R13, R16)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.lookalikes import difference, meant
from krmfn.yaml.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result

    Steps = tuple[str | int, ...]

PROFILE_FIELDS = ("isolationProfile", "componentProfile")
SHORTER = {"isolation": "isolationProfile", "profile": "isolationProfile"}
"""Halves of a field's name; in spec of a Kubernetes the platform's chart has no such values."""


def empty_profiles(item: Resource, origin: Origin) -> Iterator[Result]:
    """An error for a profile without a name: a value that got lost must not leave a cluster open."""
    spec = item.get("spec")
    empty = [key for key in PROFILE_FIELDS if key in spec and spec[key] is None] if isinstance(spec, dict) else []
    for key in empty:
        yield origin.error("invalid-value", "has no value; write a profile's name, or remove this field", f"spec.{key}")


def misplaced_profiles(value: Any, origin: Origin, field: str, home: Steps | None) -> Iterator[Result]:
    """An error for a profile field that is misspelt or misplaced: the cluster would not get the profile.

    Args:
        value: the value to search.
        origin: the declaration.
        field: the path of `value` in it.
        home: the path from `value` to the map in which profile fields are read; None if they are read nowhere.
    """
    # Few documents have such a key; only in those is it worth computing the path of each key.
    keys = set(leaves(value)[0])
    wanted_by = {key: wanted for key in keys if (wanted := _wanted(key))}
    for steps in _keys(value, ()) if wanted_by else ():
        *outer, key = steps
        wanted = wanted_by.get(str(key), "")
        at_home = tuple(outer) == home or (home == ("spec",) and len(outer) == 1 and bool(meant(str(outer[0]), home)))
        is_half = str(key).lower() in SHORTER
        if not wanted or (wanted == key and at_home) or (is_half and not at_home):
            continue
        place = join_path(field, path_of(*steps))
        if at_home:
            message = f"krmfn does not know {key}{difference(str(key))}; write {wanted}"
            yield origin.error("unknown-field", message, place)
        elif field:
            message = f"{wanted} is not a value of the chart, so the cluster would not get it; move it next to values"
            yield origin.error("unknown-field", message, place)
        elif home is None:
            message = f"{wanted} is a field of clusters; move it into spec of a Kubernetes"
            yield origin.error("misplaced-field", message, place)
        else:
            message = f"{wanted} is not read here, so the cluster would not get it; move it into spec"
            yield origin.error("misplaced-field", message, place)


@cache
def _wanted(key: str) -> str:
    """The profile field that a key, or half of its name, may stand for; empty if none."""
    return profile_field(key) or SHORTER.get(key.lower(), "")


@cache
def profile_field(key: str) -> str:
    """The profile field that a key is or was probably meant to be; empty if none."""
    return key if key in PROFILE_FIELDS else meant(key, PROFILE_FIELDS, mistakes=1)


def _keys(value: Any, steps: Steps) -> Iterator[Steps]:
    """The path of every key in a document, except below `status`, where other objects may be quoted."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if steps or key != "status":
                yield (*steps, key)
                yield from _keys(inner, (*steps, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _keys(inner, (*steps, index))
