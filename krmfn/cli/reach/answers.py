"""`krmfn reach`: the question, the worlds of its revisions, and the answers with the lines of declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.catalog import Catalog
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import Question, side
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.plan.comparison import both_sides
from krmfn.cli.plan.revisions import Revisions
from krmfn.declarations import Role, role_of
from krmfn.reach.answers import ReachAnswer, brief, by_port, on_all_ports, on_port
from krmfn.reach.pairs import ReachChange, compared, reached_by, senders
from krmfn.reach.parties import NEIGHBOURS
from krmfn.reach.partynames import receiver, sender
from krmfn.reach.reading import is_policy
from krmfn.reach.spellings import NotThereError, split
from krmfn.reach.world import RunOutput, World
from krmfn.repository import WORKTREE
from krmfn.results import Result, Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from krmfn.cli.inputs.expansions import Side
    from krmfn.cli.inputs.folderwalk import Files
    from krmfn.reach.parties import Party
    from krmfn.reach.spellings import AskedPort
    from krmfn.results import Origin

ANYBODY = "any"
"""As FROM: everybody that is declared."""


class ReachQuestion(NamedTuple):
    """The arguments of the command line; a name, or the namespace of both, is empty if it was left out."""

    source: str
    target: str
    paths: tuple[Path, ...]
    config: Path | None
    catalog: tuple[Path, ...]
    namespace: str = ""


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
    found = side(Question(asked.paths, asked.config, asked.catalog, Remembered()), files)
    errors = with_positions(filter(_is_error, found.results), files)
    if found.refused:
        return ReachAnswers((), is_single=False, left_out=(), errors=errors)
    world = world_of(found, without=found.at_fault)
    target, port = split(asked.target)
    is_single = bool(target) and asked.source not in {"", ANYBODY}
    reaches = tuple(_one(world, asked, target, port) if is_single else _many(world, asked, target, port))
    return ReachAnswers(_with_lines(reaches, files), is_single, tuple(sorted(found.at_fault)), errors)


def changed(asked: ReachQuestion, before: str, after: str) -> ReachDifferences:
    """What the later revision opens and closes.

    Raises:
        NotThereError: a party in the question is in neither revision, or a port is invalid.
        RepositoryError: there is no repository, or no such revision.
    """
    target, port = split(asked.target)
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
                answers.append(list(_every_port(world, asked, target)))
            except NotThereError as error:
                # A party that is in only one revision cannot be reached in the other.
                missing.append(error)
                answers.append([])
        if len(missing) == len(revisions):
            raise missing[-1]
        change = compared(*answers)
        first, second = sides.snapshots
        opened, closed = (
            _with_lines(tuple(each for each in part if port is None or _is_about(each, port)), second, first)
            for part in change
        )
        return ReachDifferences(*names, ReachChange(opened, closed), tuple(sorted(at_fault)), errors)


def world_of(found: Side, without: frozenset[str] = frozenset()) -> World:
    """The world of a revision; policies that somebody wrote beside the declarations count as well."""
    written = tuple(each for each in found.items if is_policy(each) and role_of(each) is not Role.GENERATED)
    runs: list[RunOutput] = []
    for each in found.expansions:
        if each.topology and each.declared:
            tenants = {name: tenant for name, tenant in each.topology.tenants.items() if name not in without}
            runs.append(RunOutput(each.declared, each.topology._replace(tenants=tenants), each.generated))
    return World(runs, Catalog.shipped(), written)


def _one(world: World, asked: ReachQuestion, target: str, port: AskedPort | None) -> Iterator[ReachAnswer]:
    start = sender(world, asked.source, asked.namespace)
    end = receiver(world, target, start.namespace or asked.namespace)
    yield _on(world, start, end, port) if port else on_all_ports(world, start, end)


def _on(world: World, start: Party, end: Party, port: AskedPort) -> ReachAnswer:
    numbered = port.of(end)
    return on_port(world, start, end, numbered.protocol, numbered.number)


def _many(world: World, asked: ReachQuestion, target: str, port: AskedPort | None) -> Iterator[ReachAnswer]:
    if target:
        for start, end in _pairs(world, asked, target):
            if end != start:
                yield from [_on(world, start, end, port)] if port else brief(by_port(world, start, end))
        return
    for start in _senders(world, asked):
        by_receiver: dict[str, list[ReachAnswer]] = {}
        for each in reached_by(world, start):
            by_receiver.setdefault(each.receiver.full_name, []).append(each)
        for those in by_receiver.values():
            yield from brief(tuple(those))


def _every_port(world: World, asked: ReachQuestion, target: str) -> Iterator[ReachAnswer]:
    if target:
        for start, end in _pairs(world, asked, target):
            yield from by_port(world, start, end)
        return
    for start in _senders(world, asked):
        yield from reached_by(world, start)


def _senders(world: World, asked: ReachQuestion) -> Iterator[Party]:
    if asked.source in {"", ANYBODY}:
        yield from (each for each in senders(world) if asked.namespace in {"", each.namespace})
    else:
        yield sender(world, asked.source, asked.namespace)


def _pairs(world: World, asked: ReachQuestion, target: str) -> Iterator[tuple[Party, Party]]:
    """Each sender, and whom it means by the name; everybody means the one party that has it, whoever's it is."""
    everybody = list(_senders(world, asked))
    if asked.source in {"", ANYBODY} and target.lower() not in NEIGHBOURS:
        end = receiver(world, target, asked.namespace)
        yield from ((start, end) for start in everybody)
    else:
        yield from ((start, receiver(world, target, start.namespace)) for start in everybody)


def _is_about(reach: ReachAnswer, port: AskedPort) -> bool:
    return reach.ports.protocol in {"*", port.protocol} and reach.ports.first <= port.number <= reach.ports.last


def _is_error(result: Result) -> bool:
    return has_errors([result])


def _with_lines(reaches: tuple[ReachAnswer, ...], *files: Files) -> tuple[ReachAnswer, ...]:
    """The answers, whose declarations have the lines of their fields."""
    origins: dict[Origin, Origin] = {}
    for each in reaches:
        for cause in each.because:
            if cause.declaration is not None:
                origins.setdefault(cause.declaration, cause.declaration)
    found = _placed(origins, *files)
    return tuple(
        each._replace(
            because=tuple(
                cause._replace(declaration=found[cause.declaration]) if cause.declaration else cause
                for cause in each.because
            )
        )
        for each in reaches
    )


def _placed(origins: Iterable[Origin], *files: Files) -> dict[Origin, Origin]:
    wanted = list(origins)
    # They are no findings: only their places are looked up.
    unsaid = (Result("", Severity.INFO, "", each.resource, each.field, each.file) for each in wanted)
    results = with_positions(unsaid, *files)
    return {each: each._replace(file=result.file) for each, result in zip(wanted, results, strict=True)}
