"""What differs between the runs of two revisions themselves: their configurations, and their folders."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.changes.differences import differing_paths
from krmfn.fleet import Run, spec_of
from krmfn.fleet.declared import claimed
from krmfn.marks import PLATFORM
from krmfn.resourcelist import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

    Configs = Mapping[str, Resource]

INLINE = ("clusters", "apps", "placements", "meshes", "accepted")
"""Fields of a ComputePlane that contain declarations; their changes are reported separately."""


def run_changes(old: Configs, new: Configs, before: str, after: str, *, is_part: bool = False) -> Iterator[Result]:
    """Results for runs whose folder or configuration differs, because each side is expanded with its own.

    Args:
        old: the configurations of the earlier revision, by folder.
        new: those of the later revision.
        before: the name of the earlier revision.
        after: the name of the later one.
        is_part: whether these are a part of a fleet, of which others are left out.
    """
    moved = dict(_moved(old, new))
    for folder, will in sorted(new.items()):
        was_in = moved.get(folder, folder)
        if folder in moved:
            yield _moved_result(was_in, folder, will)
        yield from _differs(old.get(was_in), will, before, is_fleet=is_part or len(old) > 1)
    for folder, was in sorted(old.items()):
        if folder not in new and folder not in moved.values():
            yield from _differs(None, was, after, is_fleet=is_part or len(new) > 1)


def _moved(old: Configs, new: Configs) -> Iterator[tuple[str, str]]:
    """The new and the old folder of each run that moved; a run is recognized by its namespaces."""
    gone = {_known_by(config): folder for folder, config in sorted(old.items()) if folder not in new}
    for folder, config in sorted(new.items()):
        key = _known_by(config)
        if folder not in old and key and key in gone:
            yield folder, gone.pop(key)


def _known_by(config: Resource) -> frozenset[str]:
    run = Run("", (), config)
    return frozenset({PLATFORM}) if run.is_platform else frozenset(each.namespace for each in claimed(run))


def _moved_result(was: str, folder: str, config: Resource) -> Result:
    message = (
        f"its run moved from {was} to {folder}: its objects on the cluster stay the same, but krmfn renders each run "
        "of a fleet into a folder of the same name. In the same commit, set the new spec.path in the Flux "
        "Kustomization that applies it, and keep the Kustomization's name: if it is removed, Flux may delete its "
        "objects before another one takes them over"
    )
    return origin_of(config).warning("run-moved", message)


def _differs(was: Resource | None, will: Resource, other: str, *, is_fleet: bool) -> Iterator[Result]:
    if was is None and is_fleet:
        return  # One tenant more or less: its declarations say so.
    if was is None:
        what = f"is not in {other}, where another ComputePlane applies to these files, or none"
    elif fields := differing_paths(_options(was), _options(will)):
        what = f"differs from the one in {other} in {', '.join(fields)}"
    else:
        return
    yield origin_of(will).info("config-differs", f"{what}; each revision was rendered with its own", "spec")


def _options(config: Resource) -> Resource:
    said = spec_of(config) if config.get("kind") == "ComputePlane" else config.get("data")
    options = said if isinstance(said, dict) else {}
    return {"spec": {key: _by_kind(value) for key, value in options.items() if key not in INLINE}}


def _by_kind(value: Any) -> Any:
    """A list of kinds by their names, each as one value: what is added or removed is said as one."""
    entries = value if isinstance(value, list) else ()
    is_of_kinds = bool(entries) and all(
        isinstance(each, dict) and isinstance(each.get("kind"), str) for each in entries
    )
    return {each["kind"]: dumps(each, sort_keys=True, default=str) for each in entries} if is_of_kinds else value
