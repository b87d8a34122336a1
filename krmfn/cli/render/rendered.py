"""What Flux gets of folders of declarations, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.findings import counted
from krmfn.cli.inputs.changed import ChangedRuns
from krmfn.cli.inputs.configured import chosen, expanded, ground, not_followed
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.manifests import read, summary
from krmfn.cli.inputs.overlays import refuse
from krmfn.cli.inputs.piped import Piped, piped
from krmfn.cli.inputs.portions import Portion
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.inputs.runfolders import run_folders
from krmfn.cli.inputs.surroundings import Surroundings, surroundings
from krmfn.cli.progress import silent
from krmfn.cli.render.changed import changed_for, gone_of, run_name, written_before
from krmfn.cli.render.intended import has_runs
from krmfn.cli.render.outcome import Outcome, Rendered
from krmfn.cli.render.runobjects import built, differences, generated, inside
from krmfn.declarations import Role, role_of
from krmfn.fleet import Fleet, Run, Shard, fleet_of, folder_of, is_definition, one_owner
from krmfn.fleet.shards import home_of_object
from krmfn.results import gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.runfolders import RunFolder
    from krmfn.cli.progress import Progress
    from krmfn.cli.render.outcome import Request
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule


class Given(NamedTuple):
    """What was read.

    Attributes:
        whole: the fleet around the paths.
        asked: its runs that are in the paths.
        fleet: those of them that are rendered.
        parts: of each of these, what is in its folder.
        definitions: those of --catalog.
        items: every object that was read and may be rendered.
        results: what was found on the way.
        summary: one line about what was read.
        is_fleet: each run has a folder of its own in the output.
    """

    whole: Fleet
    asked: Fleet
    fleet: Fleet
    parts: list[RunFolder]
    definitions: tuple[Resource, ...]
    items: list[Resource]
    results: tuple[Result, ...]
    summary: str
    is_fleet: bool


def rendered(request: Request, progress: Progress = silent) -> Outcome:
    """Reads the files and runs the function for each run; again without invalid namespaces if asked to."""
    around = _around(request)
    changed = changed_for(request, around) if request.since else None
    if changed == ChangedRuns():
        return Outcome((), (), f"read no file{changed.left_out(request.since)}", is_fleet=True, gone=frozenset())
    given = _given(request, around, Portion(Disk(), request.shard, changed), progress)
    results, said, asked = given.results, given.summary, given.asked
    if has_errors(results):
        return Outcome((), with_positions(in_order(results), Disk()), said)
    runs: list[Rendered] = []
    for run, part in progress(zip(given.fleet.runs, given.parts, strict=True), "rendering runs", len(given.parts)):
        if asked.is_several and run.config is None:
            # What is in no run's folder; krmfn check refuses declarations there.
            continue
        done, found = _run(request, run, part, given)
        results += found
        runs.append(done)
    said += "" if request.generated_only else _outside(asked, given.items)
    here = {run.folder for run in runs}
    others = frozenset(run_name(run.folder, request.paths) for run in asked.runs if run.config and run.folder) - here
    said += _left_out(request, changed, len(others))
    gone = None
    if changed and not changed.whole:
        gone, others = gone_of(request, changed), others | written_before(request)
    return Outcome(tuple(runs), with_positions(in_order(results), Disk()), said, given.is_fleet, others, gone)


def _given(request: Request, around: Surroundings, portion: Portion, progress: Progress) -> Given:
    """Reads the files, the catalog and stdin, and divides them among the runs."""
    tree = read(around.paths, request.output_dir, files=portion, progress=progress)
    catalog = read(request.catalog, seen=tree.seen)
    stdin, results = gathered(piped(request.stdin)) if request.stdin is not None else (Piped(), ())
    tree.items.extend(stdin.items)
    whole, found = gathered(_fleet(request, tree, stdin, is_part=portion.is_of_fleet))
    asked = _asked(around, whole) if around.is_wider else whole
    fleet = portion.of(asked)
    results = (*tree.results, *catalog.results, *results, *found)
    results += tuple(refuse(tree.overlays, [item for item in tree.items if role_of(item) is Role.DECLARATION]))
    parts = run_folders(fleet, tree)
    for run, part in zip(fleet.runs, parts, strict=True):
        results += tuple(differences(run, part, generated_only=request.generated_only))
    items = [item for run in asked.runs for item in run.items] if around.is_wider else tree.items
    return Given(
        whole,
        asked,
        fleet,
        parts,
        tuple(filter(is_definition, catalog.items)),
        items,
        tuple(portion.in_scope(around.in_scope(results, asked.runs))),
        summary(tree.counts, items),
        asked.is_several or (request.output_dir is not None and has_runs(request.output_dir)),
    )


def _run(request: Request, run: Run, part: RunFolder, given: Given) -> tuple[Rendered, tuple[Result, ...]]:
    """The objects of a run, and what was found while they were made."""
    items = (*given.fleet.inputs(run), *given.definitions)
    answer = expanded(items, run.config, keep_going=request.keep_going)
    objects = generated(answer, items) if request.generated_only else built(run, part, answer)
    if given.is_fleet and not given.asked.is_several:
        objects = inside(run, objects)
    shard = request.shard.within(run)
    mine = tuple(each for each in objects if shard.has(home_of_object(each)))
    failed = has_errors(answer.expansion.answer.results)
    name = run_name(run.folder or (folder_of(run.config) if run.config else ""), request.paths)
    done = Rendered(name, None if failed else mine, answer.left_out, answer.accepted, shard)
    return done, tuple(not_followed(answer.results, given.whole))


def _left_out(request: Request, changed: ChangedRuns | None, others: int) -> str:
    """What is not rendered on purpose."""
    if changed:
        return changed.left_out(request.since)
    return f"; left out {counted(others, 'run')} of other shards" if others else ""


def others_are_rendered(outcome: Outcome, request: Request) -> bool:
    """True if the runs may come to nothing: others come to something, so the paths are right."""
    if outcome.gone is not None:
        return True
    if not outcome.others or any(run.objects for run in outcome.runs):
        return False
    return any(run.objects for run in rendered(request._replace(shard=Shard())).runs)


def _around(request: Request) -> Surroundings:
    """The fleet around the paths, as far as it is in the current folder; --config and stdin stand for themselves."""
    if request.config or request.stdin is not None:
        return Surroundings(request.paths, request.paths)
    return surroundings(request.paths, Disk())


def _asked(around: Surroundings, fleet: Fleet) -> Fleet:
    """The runs of the fleet around some paths that are in these paths; the one that a path is in is rendered alone."""
    mine = [run for run in fleet.runs if run.config and around.wants(run.folder)]
    inside = any(each.is_relative_to(run.folder) for run in mine for each in around.scope)
    return fleet.only(mine)._replace(is_part=fleet.is_part and not inside)


def _fleet(request: Request, tree: Tree, stdin: Piped, *, is_part: bool) -> Rule[Fleet]:
    if request.config:
        configs = read([request.config])
        yield from configs.results
        config = yield from chosen(request.config, configs)
        return Fleet((Run("", tuple(tree.items), config),))
    fleet = yield from fleet_of(tree.items, is_part=is_part)
    yield from one_owner(fleet, ground(tree))
    if stdin.config and not fleet.is_several and fleet.runs[0].config is None:
        return fleet._replace(runs=(fleet.runs[0]._replace(config=stdin.config),))
    return fleet


def _outside(fleet: Fleet, items: Iterable[Resource]) -> str:
    """What is in no run of a fleet, and is not rendered."""
    runs = [run for run in fleet.runs if run.config or not fleet.is_several]
    inside = {id(item) for run in runs for item in fleet.inputs(run)}
    count = sum(id(item) not in inside for item in items)
    return f"; left out {count} objects that are in the folder of no run" if count else ""
