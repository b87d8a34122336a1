"""What is in the folders of runs beside their items: which kustomizations are over a run, and which files it has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.builds import build_of
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.overlays import Overlay
    from krmfn.fleet import Fleet
    from krmfn.results import Result


class RunFolder(NamedTuple):
    """What is in the folder of a run beside its items: the kustomizations, and all files that were read."""

    overlays: list[Overlay]
    files: set[Path]


def run_folders(fleet: Fleet, tree: Tree) -> list[RunFolder]:
    """What is in the folder of each run; of a run that is not known by its folder, all that was read."""
    if [run.folder for run in fleet.runs] == [""]:
        return [RunFolder(tree.overlays, tree.seen)]
    parts = [RunFolder([], set()) for _ in fleet.runs]
    by_folder = {Path(os.path.realpath(run.folder)): part for run, part in zip(fleet.runs, parts, strict=True)}
    for overlay in tree.overlays:
        folder = Path(os.path.realpath(overlay.path.parent))
        home = next((by_folder[each] for each in (folder, *folder.parents) if each in by_folder), None)
        if home:
            home.overlays.append(overlay)
    for file in tree.seen:
        home = next((by_folder[each] for each in file.parents if each in by_folder), None)
        if home:
            home.files.add(file)
    return parts


def not_listed(fleet: Fleet, tree: Tree) -> Iterator[Result]:
    """A warning for each file in the folder of a run that a kustomization leaves out of its build."""
    for run, part in zip(fleet.runs, run_folders(fleet, tree), strict=True):
        if run.config or not fleet.is_several:
            yield from build_of(run.items, part.overlays).unlisted(generated_only=False)
