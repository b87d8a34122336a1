"""Places: what only the platform may write is read from a run's own folder, not from folders below it (R14).

The platform writes in `tenants/acme/`, and acme in `tenants/acme/declared/`.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from krmfn.declarations import Role, role_of
from krmfn.fleet.declared import spaces
from krmfn.fleet.fleets import folder_of, is_definition, is_plane
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import group_of, origin_of
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule


class Ground(NamedTuple):
    """What is known about the folders themselves: links with their targets, by path, and folders that krmfn writes."""

    links: Mapping[str, str] = {}
    outputs: frozenset[str] = frozenset()


def misplaced(fleet: Fleet, ground: Ground) -> Rule[frozenset[str]]:
    """Errors for what is in a wrong place; returns the namespaces of runs for which it is unclear what they contain."""
    folders = frozenset(run.folder for run in fleet.runs if run.config and fleet.is_several)
    around = {run.folder: next(_around(run.folder, folders), "") for run in fleet.runs if run.folder in folders}
    inside = {outer: folder for folder, outer in sorted(around.items(), reverse=True) if outer}
    unclear: set[str] = set()
    for run in fleet.runs:
        nested = _nested(run, around.get(run.folder, ""), inside.get(run.folder, ""))
        faults = [*_definitions(run), *_in_output(run, ground.outputs), *nested]
        yield from faults
        unclear |= spaces(run) if faults else set()
    if fleet.is_several:
        for run in fleet.runs:
            yield from _unreached(run)
        yield from _links(folders, ground.links)
    return frozenset(unclear)


def _definitions(run: Run) -> Iterator[Result]:
    """Errors for what only the platform may write, in a folder in which tenants may write."""
    own = {folder_of(run.config)} if run.config else set()
    for item in run.items:
        if is_definition(item) and own and folder_of(item) not in own:
            (folder,) = own
            message = (
                f"is read only from {folder}, the folder of the ComputePlane, because tenants write in folders below "
                "it; move it there, or, for all runs, into the folder of the run with scope: platform"
            )
            yield _kind(item, message)


def _kind(item: Resource, message: str) -> Result:
    return origin_of(item).error("definition-out-of-place", message, "kind")


def _nested(run: Run, outer: str, inner: str) -> Iterator[Result]:
    """Errors for a run in the folder of another: its items would belong to both."""
    if run.config and outer:
        message = (
            f"is in the folder of another run, {outer}, in which a tenant may write; move it into a folder of its "
            "own beside that, or remove it"
        )
        yield origin_of(run.config).error("nested-run", message, "metadata.name")
    if run.config and inner:
        message = (
            f"has another run in its folder, {inner}; move one of the two, so that neither is in the other's folder"
        )
        yield origin_of(run.config).error("nested-run", message, "metadata.name")


def _in_output(run: Run, outputs: frozenset[str]) -> Iterator[Result]:
    found = next((each for each in (run.folder, *_around(run.folder, outputs)) if each in outputs), None)
    if run.config and found is not None:
        message = (
            f"is in {found}, which krmfn render writes, so nobody would review it as a declaration; move it to the "
            "folder of a run, or leave that folder out with .krmignore"
        )
        yield origin_of(run.config).error("run-in-output", message, "metadata.name")


def _unreached(run: Run) -> Iterator[Result]:
    """Errors for krmfn's kinds outside of all runs, where nothing reads them; an app there may be for another tool."""
    for item in () if run.config else run.items:
        if is_definition(item):
            message = (
                "is in no run, so nothing would read it; for all runs, move it into the folder of the run with scope: "
                "platform, else into the folder of the run that needs it"
            )
            yield _kind(item, message)
        elif role_of(item) is Role.DECLARATION and group_of(item) == "krmfn.dev" and not is_plane(item):
            message = "is in no run, so nothing would read it; move it into a run's folder, or add a ComputePlane here"
            yield origin_of(item).error("unreached", message, "kind")


def _links(folders: frozenset[str], links: Mapping[str, str]) -> Iterator[Result]:
    """Errors for links to what is in a run: it would be read only once, under one of its two names."""
    above = {str(each) for folder in folders for each in PurePosixPath(folder).parents}
    for link, target in sorted(links.items()):
        if any(path in folders or path in above or any(_around(path, folders)) for path in (link, target)):
            message = (
                f"is a link to {target}, but the files of a run are read under one name only; replace the link by its "
                "target, or remove it"
            )
            yield Origin(ResourceRef("v1", "File", "", link), File(link)).error("link-in-fleet", message)


def _around(path: str, folders: frozenset[str]) -> Iterator[str]:
    """The folders, of these, that the path is below: the nearest first."""
    return (each for each in map(str, PurePosixPath(path).parents) if each in folders)
