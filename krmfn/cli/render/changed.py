"""What changed for `krmfn render --changed-since`: runs to render, runs that are gone, and output that stays."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from krmfn.cli.inputs.changed import ChangedRuns
from krmfn.cli.inputs.changedoutput import WrittenTo, is_in_order, top_of
from krmfn.cli.inputs.changedruns import changed_on_disk
from krmfn.cli.inputs.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from krmfn.cli.inputs.surroundings import Surroundings
    from krmfn.cli.render.outcome import Request


def changed_for(request: Request, around: Surroundings) -> ChangedRuns:
    """What changed, also of the output.

    Raises:
        RepositoryError: there is no repository or revision, or a path is outside of the repository.
    """
    if request.config:
        return ChangedRuns(whole="with --config there is one run")
    output = _output(request)
    if output and not is_in_order(output.folder, around, Disk()):
        return ChangedRuns(whole=f"there is one run in these paths, or {output.folder.as_posix()} was written for one")
    return changed_on_disk(request.since, around, output, request.catalog)


def gone_of(request: Request, changed: ChangedRuns) -> frozenset[str]:
    """The runs that are gone, of those that the paths are about: the output of others may be beside this one."""
    names = (run_name(each, request.paths) for each in changed.gone)
    return frozenset(each for each in names if not each.startswith(os.pardir))


def written_before(request: Request) -> frozenset[str]:
    """A run that was written before and is still there, which shows that the output is that of these paths."""
    output = _output(request)
    return frozenset(output.written_before(Disk())) if output else frozenset()


def run_name(folder: str, paths: Collection[Path]) -> str:
    """The folder of a run, relative to the paths."""
    if not folder:
        return ""
    return PurePosixPath(os.path.relpath(folder, top_of(paths))).as_posix()


def _output(request: Request) -> WrittenTo | None:
    return WrittenTo(request.output_dir, top_of(request.paths)) if request.output_dir else None
