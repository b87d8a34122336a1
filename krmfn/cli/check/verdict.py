"""`krmfn check`: only the verdict, on the files on disk or on the effects of merging them."""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.check.idle import without_effect
from krmfn.cli.inputs.changed import ChangedRuns
from krmfn.cli.inputs.changedruns import changed_on_disk
from krmfn.cli.inputs.disk import Disk, repository_of
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.cli.inputs.positions import accepted_with_positions, with_positions
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.inputs.surroundings import Surroundings, surroundings
from krmfn.cli.plan.comparison import compared
from krmfn.cli.progress import silent
from krmfn.namedtuple import NamedTuple
from krmfn.repository import WORKTREE
from krmfn.results import Severity, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.plan.comparison import Comparison
    from krmfn.cli.plan.revisions import Revisions
    from krmfn.cli.progress import Progress
    from krmfn.declarations.accepted import Accepted
    from krmfn.results import Result


class Judgement(NamedTuple):
    """The findings.

    Attributes:
        results: those to report.
        accepted: those that the configurations accept.
        runs: how many runs were checked.
        summary: one line about what was read.
        lag: how many commits the checked files are behind.
        left_out: what was not checked on purpose.
    """

    results: tuple[Result, ...]
    accepted: tuple[Accepted, ...]
    runs: int
    summary: str
    lag: int = 0
    left_out: str = ""


def alone(request: Revisions, progress: Progress = silent, *, allow_empty: bool = False) -> Judgement:
    """The verdict on the files on disk, without Git; in a folder of a fleet, paths are those of the repository."""
    question = Question(request.paths, request.config, request.catalog, Remembered(), shard=request.shard)
    top = None if request.config else repository_of(request.paths[0])
    if top:
        inside = question._replace(
            paths=tuple(Path(os.path.relpath(path, top)) for path in request.paths),
            catalog=tuple(map(Path.absolute, request.catalog)),
            widen=True,
        )
        with chdir(top):
            if surroundings(inside.paths, Disk()).is_wider:
                return _judged(inside, request, progress, allow_empty=allow_empty)
    return _judged(question, request, progress, allow_empty=allow_empty)


def _judged(question: Question, request: Revisions, progress: Progress, *, allow_empty: bool) -> Judgement:
    around = surroundings(question.paths, Disk()) if question.widen else None
    if request.since:
        changed = _changed(request, around or Surroundings(question.paths, question.paths), question.catalog)
        question = question._replace(changed=changed, since=request.since)
    found = side(question, Disk(), progress)
    # A file that cannot be read may be the one that declares something.
    empty = () if allow_empty or not found.is_empty or has_errors(found.results) else (_nothing(request),)
    idle = without_effect(found)
    results = in_order([*with_positions((*found.results, *idle.reported), Disk()), *empty])
    accepted = accepted_with_positions((*found.accepted, *idle.accepted), Disk())
    return Judgement(results, accepted, found.runs, found.summary, left_out=found.left_out)


def _changed(request: Revisions, around: Surroundings, catalog: Iterable[Path]) -> ChangedRuns:
    if request.config:
        return ChangedRuns(whole="with --config there is one run")
    return changed_on_disk(request.since, around, None, catalog)


def against(request: Revisions, progress: Progress = silent, *, strict: bool, allow_empty: bool = False) -> Judgement:
    """The verdict on the files as they would be committed, and on the effects of merging them.

    Raises:
        RepositoryError: there is no repository, or no such revision.
    """
    found = compared(request._replace(after=WORKTREE), progress)
    destroyed = [each.result for each in found.verdict.dangers]
    if strict:
        destroyed = [each._replace(severity=Severity.ERROR) for each in destroyed]
    refused = [each.result for each in found.verdict.refusals]
    empty = [] if allow_empty or not (found.before.side.is_empty and found.after.side.is_empty) else [_nothing(request)]
    there = found.after.side
    idle = without_effect(there)
    told = with_positions(idle.reported, Disk())
    results = in_order([*there.results, *told, *refused, *destroyed, *found.notes, *_uncompared(found), *empty])
    accepted = (*there.accepted, *accepted_with_positions(idle.accepted, Disk()))
    return Judgement(
        results, accepted, there.runs, f"{there.summary}; against {found.before.name}", found.lag, there.left_out
    )


def _nothing(request: Revisions) -> Result:
    """An error if nothing was checked, most often because the folder is the wrong one (R13)."""
    message = (
        "nothing was declared here, so nothing was checked; correct the path, or begin with krmfn init or krmfn "
        "import; if nothing is what there should be, use --allow-empty"
    )
    return origin_of_file((*request.paths, Path())[0]).error("nothing-to-check", message)


def _uncompared(found: Comparison) -> Iterable[Result]:
    """Errors of the earlier revision: its declarations are not known, so it is not known what would be lost."""
    for result in found.before.side.results:
        if has_errors([result]):
            message = f"in {found.before.name}, the revision to compare with: {result.message}"
            yield result._replace(message=message)
