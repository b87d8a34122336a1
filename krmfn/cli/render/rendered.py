"""What Flux gets of folders of declarations, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.findings import counted
from krmfn.cli.inputs.changed import ChangedRuns
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.portions import Portion
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.inputs.surroundings import Surroundings, surroundings
from krmfn.cli.progress import silent
from krmfn.cli.render.changed import changed_for, gone_of, run_name, written_before
from krmfn.cli.render.given import read_for
from krmfn.cli.render.outcome import Outcome
from krmfn.cli.render.renderedruns import rendered_runs
from krmfn.fleet import Shard, folder_of
from krmfn.results import has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.progress import Progress
    from krmfn.cli.render.outcome import Request
    from krmfn.fleet import Fleet
    from krmfn.resourcelist import Resource


def rendered(request: Request, progress: Progress = silent) -> Outcome:
    """Reads the files and runs the function for each run; again without invalid namespaces if asked to."""
    around = _around(request)
    changed = changed_for(request, around) if request.since else None
    if changed == ChangedRuns():
        return Outcome((), (), f"read no file{changed.left_out(request.since)}", is_fleet=True, gone=frozenset())
    given = read_for(request, around, Portion(Disk(), request.shard, around, changed), progress)
    said, asked = given.summary, given.asked
    if has_errors(given.results):
        return Outcome((), with_positions(in_order(given.results), Disk()), said)
    done = rendered_runs(request, given, progress)
    runs = tuple(each.rendered for each in done)
    results = in_order((*given.results, *(result for each in done for result in each.results)))
    said += "" if request.generated_only else _outside(asked, given.items)
    here = {run.folder for run in runs}
    # The folder of the only run is known by its file alone.
    known = [run.folder or (folder_of(run.config) if given.is_fleet else "") for run in asked.runs if run.config]
    others = frozenset(run_name(folder, request.paths) for folder in known if folder) - here
    said += _left_out(request, changed, len(others))
    gone = None
    if changed and not changed.whole:
        gone, others = gone_of(request, changed), others | written_before(request)
    return Outcome(runs, with_positions(results, Disk()), said, given.is_fleet, others, gone)


def _around(request: Request) -> Surroundings:
    """The fleet around the paths, as far as it is in the current folder; --config and stdin stand for themselves."""
    if request.config or request.stdin is not None:
        return Surroundings(request.paths, request.paths)
    return surroundings(request.paths, Disk())


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


def _outside(fleet: Fleet, items: Iterable[Resource]) -> str:
    """What is in no run of a fleet, and is not rendered."""
    runs = [run for run in fleet.runs if run.config or not fleet.is_several]
    inside = {id(item) for run in runs for item in fleet.inputs(run)}
    count = sum(id(item) not in inside for item in items)
    return f"; left out {count} objects that are in the folder of no run" if count else ""
