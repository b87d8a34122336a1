"""What is in the folders of runs beside their items: which kustomizations are over a run, and which files it has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.overlays import Overlay
    from krmfn.fleet import Fleet


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
