"""Files in a folder of output by which Flux would apply something else than what was written (R14).

Whoever may change what is rendered may add them, and no comparison of the files that krmfn writes shows it.
Run: docs/decisions/068-what-steers-flux-in-the-output.md.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import KUSTOMIZATIONS, origin_of_file
from krmfn.cli.inputs.ownfiles import KUSTOMIZATION, is_folder, is_output, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.results import Result

SOURCE_IGNORE, ATTRIBUTES = ".sourceignore", ".gitattributes"
ENCODING = b"working-tree-encoding"
OTHERS = frozenset(KUSTOMIZATIONS) - {KUSTOMIZATION}


def misleading(directory: Path, runs: Iterable[Path]) -> Iterator[Result]:
    """An error for each such file below the folder of output, and for each link in the place of a run's folder.

    Args:
        directory: the folder of output.
        runs: the folders in it that runs are written to.
    """
    for folder, _, names in os.walk(directory):
        place = Path(folder)
        if SOURCE_IGNORE in names:
            yield _refused(place / SOURCE_IGNORE, "Flux leaves out what it names, and then removes it from the cluster")
        if ENCODING in (text_of(place / ATTRIBUTES) or b""):
            yield _refused(place / ATTRIBUTES, "with its encoding Flux gets other files from Git than there are here")
        for name in sorted(OTHERS.intersection(names)) if is_output(place) else ():
            yield _refused(place / name, f"Flux builds no folder that has this beside {KUSTOMIZATION}")
    steps = {each for run in runs for each in (run, *run.parents) if directory in each.parents}
    for each in sorted(steps):
        if os.path.lexists(each) and not is_folder(each):
            yield _refused(each, "Flux follows no link")


def _refused(path: Path, why: str) -> Result:
    message = f"krmfn did not write this, and {why}; remove it"
    return origin_of_file(path).error("file-in-the-way", message)
