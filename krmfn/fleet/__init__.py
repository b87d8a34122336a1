"""The runs of a repository: which there are, which of them is the platform's, and which definitions all of them share.

A run is a folder with a ComputePlane, and what is in it.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.declarations import Role, role_of
from krmfn.resourcelist import file_of, group_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

DEFINITIONS = {"ApplicationDefinition", "IsolationProfile", "ComponentProfile"}
"""Kinds of which one object is about every declaration of a run."""


class Run(NamedTuple):
    """A run of the function: its folder, the items in it, and its configuration.

    The folder is empty if there is only one run, and for what is outside of all folders with a configuration, which is
    a run with defaults.
    """

    folder: str
    items: tuple[Resource, ...]
    config: Resource | None = None

    @property
    def is_platform(self) -> bool:
        return said_by(self.config).get("scope") == "platform"


class Fleet(NamedTuple):
    """The runs, in order of their folders, and the definitions that apply to each of them beside its own."""

    runs: tuple[Run, ...]
    shared: tuple[Resource, ...] = ()

    @property
    def is_several(self) -> bool:
        """True for a fleet; a single run has no other to be compared with."""
        return len(self.runs) > 1

    @property
    def platform(self) -> Run | None:
        """The platform's run, if there is one; of several, the first."""
        return next((run for run in self.runs if run.is_platform), None)

    def inputs(self, run: Run) -> tuple[Resource, ...]:
        """The items that a run reads: its own, and the shared definitions, which are no part of its output."""
        return (*self.shared, *run.items)


def fleet_of(items: Sequence[Resource]) -> Rule[Fleet]:
    """One run for each folder with a ComputePlane, without its subfolders that have their own.

    Files outside these folders are a run with defaults; their definitions apply to all runs. With one ComputePlane or
    none, everything is one run.
    """
    planes: dict[str, list[Resource]] = {}
    for item in filter(is_plane, items):
        planes.setdefault(folder_of(item), []).append(item)
    for same in planes.values():
        yield from several(same)
    if sum(map(len, planes.values())) <= 1:
        return Fleet((Run("", tuple(items), next((same[0] for same in planes.values()), None)),))
    mine: dict[str | None, list[Resource]] = {folder: [] for folder in planes}
    home: dict[str, str | None] = {}
    for item in items:
        folder = folder_of(item)
        if folder not in home:
            home[folder] = _nearest(folder, planes)
        mine.setdefault(home[folder], []).append(item)
    outside = mine.pop(None, [])
    shared = tuple(filter(is_definition, outside))
    runs = [Run(folder or "", tuple(inside), planes[folder or ""][0]) for folder, inside in mine.items()]
    rest = tuple(item for item in outside if not is_definition(item))
    if any(role_of(item) is Role.DECLARATION for item in rest):
        runs.append(Run("", rest))
    return Fleet(tuple(sorted(runs, key=lambda run: (run.config is None, run.folder))), shared)


def is_plane(item: Resource) -> bool:
    return (group_of(item), item.get("kind")) == ("krmfn.dev", "ComputePlane")


def is_definition(item: Resource) -> bool:
    return item.get("kind") in DEFINITIONS


def folder_of(item: Resource) -> str:
    """The folder of the item's file; `.` for the topmost one, and empty if the host does not say."""
    file = file_of(item)
    return PurePosixPath(file.path).parent.as_posix() if file else ""


def said_by(config: Resource | None) -> dict[str, Any]:
    """The spec of a ComputePlane, which may be invalid; empty if there is none."""
    spec = (config or {}).get("spec")
    return spec if isinstance(spec, dict) else {}


def several(planes: Sequence[Resource]) -> Iterator[Result]:
    """An error for each ComputePlane where a run has more than one."""
    for plane in planes if len(planes) > 1 else ():
        message = (
            f"the inputs contain {len(planes)} ComputePlanes, but a run uses only one; choose it with --config "
            "FILE, or render the tenants one by one"
        )
        yield origin_of(plane).error("ambiguous-config", message, "metadata.name")


def _nearest(folder: str, planes: Iterable[str]) -> str | None:
    path = PurePosixPath(folder)
    return next((each for each in map(str, (path, *path.parents)) if each in planes), None)
