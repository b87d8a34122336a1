"""Compares two revisions, for `plan` and `check --against`."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import changes
from krmfn.changes import Key, TakenOver, Verdict
from krmfn.cli.inputs.disk import repository_of
from krmfn.cli.inputs.expansions import Side, side
from krmfn.cli.inputs.positions import accepted_with_positions, with_positions
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.plan.confirming import newly_confirmed
from krmfn.cli.plan.revisions import Revisions, about_changed, snapshots
from krmfn.cli.plan.runchanges import run_changes
from krmfn.cli.progress import silent
from krmfn.namedtuple import NamedTuple
from krmfn.repository import Repository, RepositoryError
from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes import Change, Finding
    from krmfn.cli.progress import Progress
    from krmfn.repository import Snapshot
    from krmfn.results import Result


class Revision(NamedTuple):
    """A side with its name; `commit` is empty for WORKTREE and INDEX."""

    name: str
    commit: str
    side: Side

    @property
    def is_valid(self) -> bool:
        return not has_errors(self.side.results)


class Skipped(NamedTuple):
    """A namespace that is invalid on one side, with the declarations of the other side in it."""

    namespace: str
    at_fault: str
    owners: tuple[str, ...]


class Comparison(NamedTuple):
    """The comparison of two revisions.

    Attributes:
        verdict: the changes, with their refusals and warnings.
        notes: other remarks.
        lag: how many commits the earlier one has that the later lacks; the plan shows these as undone.
    """

    before: Revision
    after: Revision
    verdict: Verdict
    notes: tuple[Result, ...]
    skipped: tuple[Skipped, ...]
    lag: int

    @property
    def is_valid(self) -> bool:
        return self.before.is_valid and self.after.is_valid

    @property
    def is_readable(self) -> bool:
        """True if the revisions were compared; an unreadable file may declare anything, so then they are not."""
        return not self.before.side.refused and not self.after.side.refused


def codes_about(change: Change, findings: Iterable[Finding]) -> list[str]:
    """The codes of the findings for a change."""
    mine = {change.before, Key(change.namespace, change.owner)}
    return sorted({each.result.code for each in findings if each.about in mine})


class Sides(NamedTuple):
    """Two revisions, and the files of both, which can be read as long as the repository is open."""

    before: Revision
    after: Revision
    snapshots: tuple[Snapshot, Snapshot]
    lag: int


def compared(request: Revisions, progress: Progress = silent) -> Comparison:
    """Reads both revisions, and compares the valid namespaces.

    Raises:
        RepositoryError: there is no repository, or a revision or path is not in it.
    """
    with both_sides(request, progress, is_outline=True) as sides:
        return _placed(_compared(sides.before, sides.after, sides.lag), *sides.snapshots)


@contextmanager
def both_sides(request: Revisions, progress: Progress = silent, *, is_outline: bool = False) -> Iterator[Sides]:
    """Both revisions, each file content read only once; of the earlier one perhaps an outline.

    Raises:
        RepositoryError: there is no repository, or a revision or path is not in it.
    """
    elsewhere = next(filter(None, map(repository_of, request.paths)), None)
    if elsewhere and not repository_of(Path()) and "GIT_DIR" not in os.environ:
        raise RepositoryError(
            f"{request.paths[0]} is in the Git repository {elsewhere}, but you are not; run this there"
        )
    with Repository(Path.cwd()) as repository:
        paths = tuple(repository.inside(path) for path in request.paths or (Path(),))
        config = repository.inside(request.config) if request.config else None
        catalog = tuple(map(repository.inside, request.catalog))
        question = Question(paths, config, catalog, Remembered(), widen=config is None, shard=request.shard)
        if request.since and not config:
            question = about_changed(repository, request, question)
        first, second = snapshots(repository, request, question)
        after = _revision(question, second, progress)
        before = _known(_revision(question._replace(is_outline=is_outline), first, progress))
        yield Sides(before, after, (first, second), repository.lacks(request.before, request.after))


def _known(before: Revision) -> Revision:
    """The earlier revision, without errors that hide nothing from a comparison, so that a change may correct them."""
    side = before.side
    if side.refused or side.at_fault:
        return before
    return before._replace(side=side._replace(results=tuple(each for each in side.results if not has_errors([each]))))


def _revision(question: Question, snapshot: Snapshot, progress: Progress) -> Revision:
    around = question.around
    there = question._replace(
        around=around and around._replace(paths=tuple(filter(snapshot.has, around.paths))),
        paths=tuple(filter(snapshot.has, question.paths)),
        catalog=tuple(filter(snapshot.has, question.catalog)),
        config=question.config if question.config and snapshot.has(question.config) else None,
    )
    return Revision(snapshot.name, snapshot.commit, side(there, snapshot, progress))


def _compared(before: Revision, after: Revision, lag: int) -> Comparison:
    configs = (before.side.configs, after.side.configs)
    notes = (
        *run_changes(*configs, before.name, after.name, is_part=after.side.is_part),
        *newly_confirmed(before.side.items, after.side.items),
    )
    found = Comparison(before, after, Verdict(), notes, tuple(_skipped(before, after)), lag)
    if not found.is_readable:
        return found
    at_fault = before.side.at_fault | after.side.at_fault
    without = at_fault | _unchanged(before.side, after.side)
    old, new = (each.side.picture(without) for each in (before, after))
    applied = {key: item for key, item in before.side.applied.items() if key.namespace not in at_fault}
    return found._replace(verdict=changes.compared(old, new, TakenOver(applied, after.side.declared)))


def _unchanged(before: Side, after: Side) -> frozenset[str]:
    """The namespaces that came to the same thing, expanded once for both."""
    old, new = (
        {name: tenant for run in each.topologies for name, tenant in run.tenants.items()} for each in (before, after)
    )
    return frozenset(name for name, tenant in new.items() if old.get(name) is tenant)


def _placed(found: Comparison, before: Snapshot, after: Snapshot) -> Comparison:
    """The comparison with the lines of its findings, looked up while the revisions can be read."""
    verdict = found.verdict

    def of_findings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        results = with_positions((each.result for each in findings), after, before)
        return tuple(each._replace(result=result) for each, result in zip(findings, results, strict=True))

    def of_side(revision: Revision, files: Snapshot) -> Revision:
        side, accepted = revision.side, accepted_with_positions(revision.side.accepted, files)
        return revision._replace(side=side._replace(results=with_positions(side.results, files), accepted=accepted))

    return found._replace(
        before=of_side(found.before, before),
        after=of_side(found.after, after),
        verdict=verdict._replace(refusals=of_findings(verdict.refusals), dangers=of_findings(verdict.dangers)),
        notes=with_positions(found.notes, after, before),
    )


def _skipped(before: Revision, after: Revision) -> Iterator[Skipped]:
    """The namespaces that cannot be compared."""
    sides = (before.side, after.side)
    spaces = {name for each in sides for name in each.at_fault}
    is_refused = any(each.refused for each in sides)
    if not spaces and not is_refused:
        return
    pictures = [each.picture() for each in sides]
    if is_refused:
        spaces |= {name for picture in pictures for name in picture.spaces()}
    for space in sorted(spaces):
        wrong = [
            name for name, each in (("from", before.side), ("to", after.side)) if each.refused or space in each.at_fault
        ]
        owners = {key.owner for picture in pictures for key in picture.declared if key.namespace == space}
        yield Skipped(space, "both" if len(wrong) > 1 else wrong[0], tuple(sorted(owners)))
