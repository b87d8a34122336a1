"""`krmfn reach`: the question, the worlds of its revisions, and the answers with the lines of declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.plan.comparison import both_sides
from krmfn.cli.plan.revisions import Revisions
from krmfn.cli.reach.question import asked_about, every_port, is_about, many, one
from krmfn.cli.reach.world import with_lines, world_of
from krmfn.namedtuple import NamedTuple
from krmfn.reach.pairs import ReachChange, compared
from krmfn.reach.spellings import NotThereError
from krmfn.repository import WORKTREE
from krmfn.results import Result, has_errors

if TYPE_CHECKING:
    from krmfn.cli.reach.question import ReachQuestion
    from krmfn.reach.answers import ReachAnswer


class ReachAnswers(NamedTuple):
    """The answers.

    Attributes:
        reaches: in order.
        is_single: the question names both parties.
        left_out: namespaces with errors, which have no answer.
        errors: why they are left out, or why there is no answer at all.
    """

    reaches: tuple[ReachAnswer, ...]
    is_single: bool
    left_out: tuple[str, ...]
    errors: tuple[Result, ...]


class ReachDifferences(NamedTuple):
    """What a change opens and closes, and the names of both revisions; the rest is as in ReachAnswers."""

    before: str
    after: str
    change: ReachChange
    left_out: tuple[str, ...]
    errors: tuple[Result, ...]


def answered(asked: ReachQuestion) -> ReachAnswers:
    """The answers for the files on disk.

    Raises:
        NotThereError: a party in the question does not exist, or a port is invalid.
    """
    files = Disk()
    found = side(Question(asked.paths, asked.config, asked.catalog, Remembered(), widen=asked.config is None), files)
    errors = with_positions(filter(_is_error, found.results), files)
    if found.refused:
        return ReachAnswers((), is_single=False, left_out=(), errors=errors)
    world = world_of(found, without=found.at_fault)
    target, port = asked_about(asked)
    is_single = bool(target) and not asked.is_from_anybody
    reaches = tuple(one(world, asked, target, port) if is_single else many(world, asked, target, port))
    return ReachAnswers(with_lines(reaches, files), is_single, tuple(sorted(found.at_fault)), errors)


def changed(asked: ReachQuestion, before: str, after: str) -> ReachDifferences:
    """What the later revision opens and closes.

    Raises:
        NotThereError: a party in the question is in neither revision, or a port is invalid.
        RepositoryError: there is no repository, or no such revision.
    """
    target, port = asked_about(asked)
    with both_sides(Revisions(asked.paths, before, after or WORKTREE, asked.config, asked.catalog)) as sides:
        revisions = (sides.before, sides.after)
        errors = tuple(
            each
            for revision, files in zip(revisions, sides.snapshots, strict=True)
            for each in with_positions(filter(_is_error, revision.side.results), files)
        )
        at_fault = sides.before.side.at_fault | sides.after.side.at_fault
        names = sides.before.name, sides.after.name
        if any(each.side.refused for each in revisions):
            return ReachDifferences(*names, ReachChange((), ()), (), errors)
        answers: list[list[ReachAnswer]] = []
        missing: list[NotThereError] = []
        for each in revisions:
            world = world_of(each.side, without=at_fault)
            try:
                answers.append(list(every_port(world, asked, target)))
            except NotThereError as error:
                # A party that is in only one revision cannot be reached in the other.
                missing.append(error)
                answers.append([])
        if len(missing) == len(revisions):
            raise missing[-1]
        change = compared(*answers)
        first, second = sides.snapshots
        opened, closed = (
            with_lines(tuple(each for each in part if port is None or is_about(each, port)), second, first)
            for part in change
        )
        return ReachDifferences(*names, ReachChange(opened, closed), tuple(sorted(at_fault)), errors)


def _is_error(result: Result) -> bool:
    return has_errors([result])
