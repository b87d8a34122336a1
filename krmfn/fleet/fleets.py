"""Which runs there are, which of them is the platform's, and which definitions all of them share.

A run is a folder with a ComputePlane, and what is in it.
"""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from krmfn.declarations import Role, role_of
from krmfn.lookalikes import meant
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import file_of, kind_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

OURS, PLANE = "krmfn.dev", "ComputePlane"
DEFINITIONS = {"ApplicationDefinition", "IsolationProfile", "ComponentProfile"}
"""Kinds of objects that apply to every declaration of a run."""


class Run(NamedTuple):
    """A run of the function: its folder, the items in it, and its configuration.

    The folder is empty if there is only one run. It is also empty for the items outside of all folders with a
    configuration, which are a run with defaults.
    """

    folder: str
    items: tuple[Resource, ...]
    config: Resource | None = None

    @property
    def is_platform(self) -> bool:
        # A misspelt scope is an error by itself; it does not make this a tenant's run.
        return str(spec_of(self.config).get("scope")).lower() == "platform"


class Fleet(NamedTuple):
    """The runs, in order of their folders, and the definitions of the platform's run, which apply to all of them.

    In a repository of several runs, the last may have no configuration: it has the items outside of all folders with
    one, and nothing renders them.
    """

    runs: tuple[Run, ...]
    shared: tuple[Resource, ...] = ()
    is_part: bool = False

    @property
    def is_several(self) -> bool:
        """True for a fleet, of which perhaps only a part was read; a single run has no other to be compared with."""
        return self.is_part or len(self.runs) > 1

    @property
    def platform(self) -> Run | None:
        """The platform's run, if there is one; of several, the first."""
        return next((run for run in self.runs if run.is_platform), None)

    def only(self, runs: Iterable[Run]) -> Fleet:
        """The fleet with only some of its runs; what they share with the others stays."""
        return self._replace(runs=tuple(runs))

    def inputs(self, run: Run) -> tuple[Resource, ...]:
        """The items that a run reads: its own, and the shared definitions, which are not part of its output."""
        return run.items if run.is_platform else (*self.shared, *run.items)


def fleet_of(items: Sequence[Resource], *, is_part: bool = False) -> Rule[Fleet]:
    """One run for each folder with a ComputePlane, without its subfolders that have their own.

    With one ComputePlane or none, everything is one run, unless these are known to be a part of a fleet.
    """
    planes: dict[str, list[Resource]] = {}
    for item in filter(is_plane, items):
        planes.setdefault(folder_of(item), []).append(item)
    for folder, same in planes.items():
        yield from _several(folder, same)
    if sum(map(len, planes.values())) <= 1 and not is_part:
        return Fleet((Run("", tuple(items), next((same[0] for same in planes.values()), None)),))
    mine: dict[str | None, list[Resource]] = {folder: [] for folder in planes}
    home: dict[str, str | None] = {}
    for item in items:
        folder = folder_of(item)
        if folder not in home:
            home[folder] = _nearest(folder, planes)
        mine.setdefault(home[folder], []).append(item)
    outside = tuple(mine.pop(None, []))
    runs = [Run(folder or "", tuple(inside), planes[folder or ""][0]) for folder, inside in sorted(mine.items())]
    if any(is_definition(item) or role_of(item) is Role.DECLARATION for item in outside):
        runs.append(Run("", outside))
    fleet = Fleet(tuple(runs), is_part=is_part)
    return fleet._replace(shared=tuple(_of_platform(fleet.platform)))


def _of_platform(run: Run | None) -> Iterator[Resource]:
    """The definitions directly in the folder of the platform's run: in folders below it, others may write."""
    for item in run.items if run else ():
        if run and is_definition(item) and folder_of(item) == run.folder:
            yield item


def is_plane(item: Resource) -> bool:
    """True for a ComputePlane, and for a misspelt one: the function then refuses only the misspelling."""
    group, kind = kind_of(item)
    if not _is_near_plane(kind):
        return False
    return group == OURS or bool(meant(group, (OURS,))) or group in {"krmfn.io", "cozystack.io"}


@cache
def _is_near_plane(kind: str) -> bool:
    return kind == PLANE or bool(meant(kind, (PLANE,)))


def is_definition(item: Resource) -> bool:
    return kind_of(item)[1] in DEFINITIONS


def folder_of(item: Resource) -> str:
    """The folder of the item's file; `.` for the topmost one, and empty if the host does not say."""
    file = file_of(item)
    return _parent(file.path) if file else ""


@cache
def _parent(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def spec_of(config: Resource | None) -> dict[str, Any]:
    """The spec of a ComputePlane, which may be invalid; empty if there is none."""
    return mapping((config or {}).get("spec"))


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one: what is wrong with it is reported by the run itself."""
    return value if isinstance(value, dict) else {}


def _several(folder: str, planes: Sequence[Resource]) -> Iterator[Result]:
    """An error for each ComputePlane of a folder that has more than one."""
    for plane in planes if len(planes) > 1 else ():
        others = sorted({file.path for other in planes if other is not plane and (file := file_of(other))})
        message = (
            f"folder {folder} has {len(planes)} ComputePlanes, and a run uses only one (see {' and '.join(others)}); "
            "keep one here, or choose it with --config FILE"
        )
        yield origin_of(plane).error("ambiguous-config", message, "metadata.name")


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
