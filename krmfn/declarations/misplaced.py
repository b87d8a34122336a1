"""Input that looks like a declaration but would be ignored: a similar group, a misplaced profile, an unknown mark.

Rules R13 and R16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.roles import Role
from krmfn.lookalikes import did_you_mean, difference, meant
from krmfn.marks import BREAK_GLASS, CONFIRM_DELETION, CONFIRM_LOOSENING, PREFIX, WRITTEN
from krmfn.resourcelist import annotations_of, group_of, metadata_of, origin_of
from krmfn.results import join_path, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result

    Steps = tuple[str | int, ...]

VERSIONS = {
    "krmfn.dev": "krmfn.dev/v1alpha1",
    "apps.cozystack.io": "apps.cozystack.io/v1alpha1",
    "cozystack.io": "cozystack.io/v1alpha1",
}
"""The apiVersions that are read, by group."""
OF_THE_PLATFORM = frozenset({"backups.cozystack.io", "core.cozystack.io", "dashboard.cozystack.io", "sdn.cozystack.io"})
"""Groups with similar names that belong to the platform."""
TOP_LEVEL = ("apiVersion", "appVersion", "kind", "metadata", "spec", "status")
PROFILE_FIELDS = ("isolationProfile", "componentProfile")
READ = (CONFIRM_DELETION, CONFIRM_LOOSENING, BREAK_GLASS)
"""The marks that users may write; all others are written by krmfn."""

CONFIRMS = {
    CONFIRM_DELETION: "a cluster, an app, or the ComputePlane of the platform output",
    CONFIRM_LOOSENING: "a cluster, an app, an IsolationProfile or a ComputePlane",
}
"""Confirmations, with the objects on which they are read."""


def misplaced(item: Resource, role: Role) -> Iterator[Result]:
    """An error for each part of an item that krmfn would ignore although its author expects an effect."""
    if role is Role.ELSEWHERE:
        return
    origin = origin_of(item)
    if role is Role.BYSTANDER:
        yield from _near_group(item, origin)
    if role is not Role.GENERATED:
        yield from _unknown_marks(item, origin)
        yield from _unread_confirmations(item, origin)
    if role is Role.DECLARATION and group_of(item) == "apps.cozystack.io":
        is_cluster = item.get("kind") == "Kubernetes"
        yield from misplaced_profiles(item, origin, "", ("spec",) if is_cluster else None)


def _near_group(item: Resource, origin: Origin) -> Iterator[Result]:
    """An error for one of our kinds under a group that looks like ours; for a Placement's spec, under any group."""
    group, kind = group_of(item), str(item.get("kind") or "")
    near = "" if group in OF_THE_PLATFORM else meant(group, VERSIONS, mistakes=1)
    spec = item.get("spec")
    is_placement = kind == "Placement" and isinstance(spec, dict) and {"cluster", "apps"} <= spec.keys()
    if near or is_placement:
        wanted = VERSIONS[near or "krmfn.dev"]
        message = (
            f"krmfn does not read {kind} of {item.get('apiVersion')}{difference(group)}, so it would have no effect; "
            f"write apiVersion: {wanted}"
        )
        yield origin.error("unknown-group", message, "apiVersion")


def _unknown_marks(item: Resource, origin: Origin) -> Iterator[Result]:
    """An error for each annotation or label of krmfn.dev without a meaning: its author expects an effect."""
    for field, marks in (("annotations", annotations_of(item)), ("labels", metadata_of(item).get("labels"))):
        for key in marks if isinstance(marks, dict) else ():
            written = str(key)
            domain, _, name = written.rpartition("/")
            if written in READ or written in WRITTEN:
                continue
            if f"{domain}/" == PREFIX or meant(domain, (PREFIX.rstrip("/"),), mistakes=1):
                hint = did_you_mean(name, [each.removeprefix(PREFIX) for each in READ])
                message = (
                    f"krmfn knows no {field.removesuffix('s')} {written}{difference(written)}, so it would have no "
                    f"effect{hint}; you can write {', '.join(READ[:-1])} and {READ[-1]}"
                )
                yield origin.error("unknown-mark", message, path_of("metadata", field, written))


def _unread_confirmations(item: Resource, origin: Origin) -> Iterator[Result]:
    """A warning for a confirmation on an object on which it confirms nothing."""
    group, kind = group_of(item), item.get("kind")
    if group == "apps.cozystack.io" or kind == "ComputePlane":
        return
    for key in annotations_of(item):
        where = CONFIRMS.get(str(key), "")
        if where and not (key == CONFIRM_LOOSENING and (group, kind) == ("krmfn.dev", "IsolationProfile")):
            message = f"confirms nothing on {kind}; write it on {where}, or remove it"
            yield origin.warning("stale-confirmation", message, path_of("metadata", "annotations", str(key)))


def misplaced_profiles(value: Any, origin: Origin, field: str, home: Steps | None) -> Iterator[Result]:
    """An error for a profile field that is misspelt or misplaced: the cluster would not get the profile.

    Args:
        value: the value to search.
        origin: the declaration.
        field: the path of `value` in it.
        home: the path from `value` to the map in which profile fields are read; None if they are read nowhere.
    """
    # Few documents have such a key: only in those it is worth knowing where each key stands.
    wanted_by = {key: wanted for key in _names(value) if (wanted := _profile_field(key))}
    for steps in _keys(value, ()) if wanted_by else ():
        *outer, key = steps
        wanted = wanted_by.get(str(key), "")
        at_home = tuple(outer) == home
        if not wanted or (wanted == key and at_home):
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


def unknown_at_top_level(item: Resource, origin: Origin) -> Iterator[Result]:
    """A warning for each field beside spec that the platform ignores."""
    for key in item:
        if key not in (*TOP_LEVEL, *PROFILE_FIELDS):
            message = f"the platform ignores this field; values belong in spec{did_you_mean(key, TOP_LEVEL)}"
            yield origin.warning("unknown-field", message, key)


def _profile_field(key: str) -> str:
    return key if key in PROFILE_FIELDS else meant(key, PROFILE_FIELDS, mistakes=1)


def _names(value: Any) -> set[str]:
    """All keys in a value, wherever they stand."""
    found: set[str] = set()
    open_ended = [value]
    while open_ended:
        inner = open_ended.pop()
        if isinstance(inner, dict):
            found.update(map(str, inner))
            open_ended += inner.values()
        elif isinstance(inner, list):
            open_ended += inner
    return found


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
