"""What a run, or each run of a fleet, would change in the folder of output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.cli.inputs.manifests import read
from krmfn.cli.inputs.ownfiles import KUSTOMIZATION, each_output_folder, file_path, is_output, output_folders
from krmfn.cli.render.misleading import misleading
from krmfn.cli.render.outputfolder import ending, update
from krmfn.declarations import Role, role_of
from krmfn.fleet import Shard, is_plane
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import file_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from krmfn.cli.render.manifest import Manifest
    from krmfn.cli.render.outputfolder import Update
    from krmfn.results import Rule


class Output(NamedTuple):
    """The objects of a run and the folder for them below the output folder; None if the run has errors.

    `left_out` has the invalid namespaces that were left out, and `shard` the namespaces to render.
    """

    folder: str
    objects: Sequence[Manifest] | None
    left_out: Collection[str] = ()
    shard: Shard = Shard()


class Layout(NamedTuple):
    """What is known about a folder that a fleet is written to, besides what is written now.

    Attributes:
        others: the folders of other runs, which stay as they are.
        gone: the folders of removed runs; None for all folders that belong to no run now.
        shard: the shard in which the folders of removed runs are emptied.
        may_be_empty: the paths are right even if nothing was rendered, as other runs show.
    """

    others: frozenset[str] = frozenset()
    gone: frozenset[str] | None = None
    shard: Shard = Shard()
    may_be_empty: bool = False


class Intended(NamedTuple):
    """What a run, or a fleet, would change; `gone` are the folders of removed runs."""

    updates: list[Update]
    gone: list[Update]


def has_output(directory: Path) -> bool:
    """True if something was written here before; the search stops at the first."""
    return any(True for _ in each_output_folder(directory))


def has_runs(directory: Path) -> bool:
    """True if a fleet was written here before: a run has a folder of its own below."""
    return any(each != directory for each in output_folders(directory))


def declared_in(directory: Path) -> str:
    """A file with a declaration in a folder to which nothing was written before; empty if there is none."""
    if not directory.is_dir() or has_output(directory):
        return ""
    items = read((directory,)).items
    files = (file_of(each) for each in items if is_plane(each) or role_of(each) is Role.DECLARATION)
    return next((file.path for file in files if file), "")


def intended(directory: Path, outputs: Sequence[Output], fleet: Layout | None) -> Rule[Intended]:
    """What changes; an error for each file that is in the way, or misleads Flux."""
    yield from misleading(directory, (directory / each.folder for each in outputs))
    updates: list[Update] = []
    some = fleet is not None and (fleet.may_be_empty or any(each.objects for each in outputs))
    for each in (output for output in outputs if output.objects is not None):
        place = directory / each.folder
        found = yield from update(place, each.objects or (), each.left_out, each.shard, may_be_empty=some)
        updates.append(found)
    if fleet is None:
        return Intended(updates, [])
    known = [directory / folder for folder in (*fleet.others, *(each.folder for each in outputs), *(fleet.gone or ()))]
    if fleet.gone is not None and any(map(is_output, known)):
        mine = [directory / each for each in sorted(fleet.gone) if fleet.shard.has(each)]
        return Intended(updates, [_moved(ending(each), directory, outputs) for each in mine if is_output(each)])
    earlier = output_folders(directory)
    present = {directory / folder for folder in (*fleet.others, *(each.folder for each in outputs))}
    gone = [each for each in earlier if each not in present]
    if earlier and len(gone) == len(earlier):
        there = ", ".join(sorted(each.relative_to(directory).as_posix() for each in gone))
        message = (
            f"was written for other runs ({there}), and none of them is among these; check the paths, or choose "
            "another --output-dir; to begin anew, first delete the Flux Kustomizations that apply these folders"
        )
        yield origin_of_file(directory).error("nothing-rendered", message)
    mine = [each for each in gone if fleet.shard.has(each.relative_to(directory).as_posix())]
    return Intended(updates, [_moved(ending(each), directory, outputs) for each in mine])


def _moved(gone: Update, directory: Path, outputs: Sequence[Output]) -> Update:
    """A run that is gone, with the folder of the run that has one of its objects now."""
    files = {*gone.stale} - {KUSTOMIZATION}
    now = (each.folder for each in outputs if any(file_path(one.identity) in files for one in each.objects or ()))
    return gone._replace(now_in=next((directory / folder for folder in now), None))
