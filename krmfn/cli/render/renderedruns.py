"""What Flux gets of each run; of many runs or namespaces, two processes render one half each, to the same.

Where something in a divided run is wrong, or may be told otherwise of the whole, one process renders it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli import secondprocess
from krmfn.cli.division import SHARED, first_half, holds_for_each, home, only_one_warns_of_all
from krmfn.cli.inputs.builds import build_rank
from krmfn.cli.inputs.configured import expanded, not_followed
from krmfn.cli.progress import silent
from krmfn.cli.render.changed import run_name
from krmfn.cli.render.manifest import manifest_of
from krmfn.cli.render.outcome import Rendered
from krmfn.cli.render.runobjects import built, generated, inside
from krmfn.fleet import folder_of
from krmfn.fleet.shards import home_of_object
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity, package_of
from krmfn.results import has_errors

if TYPE_CHECKING:
    from krmfn.cli.inputs.runfolders import RunFolder
    from krmfn.cli.progress import Progress
    from krmfn.cli.render.given import Given
    from krmfn.cli.render.outcome import Request
    from krmfn.fleet import Run
    from krmfn.results import Result

    Work = list[tuple[Run, RunFolder]]

MANY = 500
"""Items from which on two processes are quicker than one."""


class Done(NamedTuple):
    """The objects of a run, and what was found while they were made."""

    rendered: Rendered
    results: tuple[Result, ...]


def rendered_runs(request: Request, given: Given, progress: Progress) -> list[Done]:
    """Each run that has a configuration, or the only one."""
    if secondprocess.cores() > 1 and sum(len(run.items) for run, _ in _work(given)) >= MANY:
        by_both = by_two(request, given, progress)
        if by_both is not None:
            return by_both
    return by_one(request, given, progress)


def by_one(request: Request, given: Given, progress: Progress = silent) -> list[Done]:
    """The runs, one after the other."""
    return _each(request, given, progress, _work(given))


def by_two(request: Request, given: Given, progress: Progress = silent) -> list[Done] | None:
    """The runs, or both halves of the only one, side by side; None if one process has to do it all."""
    work = _work(given)
    if len(work) > 1:
        middle = len(work) // 2
        return _side_by_side(request, given, progress, (work[:middle], work[middle:]))
    for run, part in work if request.shard.is_whole else ():
        halves = _halves(run)
        found = _side_by_side(request, given, progress, ([(halves[0], part)], [(halves[1], part)])) if halves else None
        whole = _joined(run, *found) if found else None
        return None if whole is None else [whole if request.generated_only else _in_build_order(whole)]
    return None


def _work(given: Given) -> Work:
    """The runs to render. What is in no run's folder is not; krmfn check refuses declarations there."""
    both = zip(given.fleet.runs, given.parts, strict=True)
    return [(run, part) for run, part in both if run.config is not None or not given.asked.is_several]


def _side_by_side(request: Request, given: Given, progress: Progress, work: tuple[Work, Work]) -> list[Done] | None:
    from pickle import dumps, loads  # noqa: PLC0415  (only for much work; of our own process)

    second = secondprocess.started(lambda: dumps(_each(request, given, silent, work[1])))
    if second is None:
        return None
    first = _each(request, given, progress, work[0])
    sent = secondprocess.made(second)
    return [*first, *loads(sent)] if sent else None  # noqa: S301  (as above)


def _halves(run: Run) -> tuple[Run, Run] | None:
    """A run as two of half of its namespaces each, both with what all share; None if it cannot be divided."""
    homes = [*map(home, run.items)]
    first = first_half(homes)
    # Of several packages, what is told depends on which there are.
    if not first or None in homes or not holds_for_each(run.config) or any(map(package_of, run.items)):
        return None
    items = [*zip(run.items, homes, strict=True)]
    return (
        run._replace(items=tuple(item for item, space in items if space == SHARED or space in first)),
        run._replace(items=tuple(item for item, space in items if space not in first)),
    )


def _joined(run: Run, first: Done, second: Done) -> Done | None:
    """One answer of two halves; None if the whole might be another."""
    told, theirs = set(first.results), set(second.results)
    if has_errors(told | theirs) or only_one_warns_of_all(told, theirs):
        return None
    shared = {identity(item) for item in run.items if home(item) == SHARED}
    others = [each for each in second.rendered.objects or () if each.identity not in shared]
    objects = (*(first.rendered.objects or ()), *others)
    return Done(first.rendered._replace(objects=objects), (*first.results, *second.results))


def _in_build_order(done: Done) -> Done:
    objects = done.rendered.objects or ()
    ordered = sorted(objects, key=lambda each: build_rank(each.identity, each.origin.resource.api_version))
    return done._replace(rendered=done.rendered._replace(objects=tuple(ordered)))


def _each(request: Request, given: Given, progress: Progress, work: Work) -> list[Done]:
    has_platform = given.whole.platform is not None
    done = (_run(request, run, part, given) for run, part in progress(work, "rendering runs", len(work)))
    return [each._replace(results=(*not_followed(each.results, has_platform=has_platform),)) for each in done]


def _run(request: Request, run: Run, part: RunFolder, given: Given) -> Done:
    items = (*given.fleet.inputs(run), *given.definitions)
    answer = expanded(items, run.config, keep_going=request.keep_going)
    objects = generated(answer, items) if request.generated_only else built(run, part, answer)
    if given.is_fleet and not given.asked.is_several:
        objects = inside(run, objects)
    shard = request.shard.within(run)
    failed = has_errors(answer.expansion.answer.results)
    mine = None if failed else tuple(manifest_of(each) for each in objects if shard.has(home_of_object(each)))
    name = run_name(run.folder or (folder_of(run.config) if run.config else ""), request.paths)
    done = Rendered(name, mine, answer.left_out, answer.accepted, shard)
    return Done(done, answer.results)
