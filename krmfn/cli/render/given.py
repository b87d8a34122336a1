"""What `krmfn render` reads: the files, the catalog and stdin, divided among the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.configured import chosen, ground
from krmfn.cli.inputs.manifests import read, summary
from krmfn.cli.inputs.piped import Piped, piped
from krmfn.cli.inputs.runfolders import run_folders
from krmfn.cli.render.intended import has_runs
from krmfn.cli.render.runobjects import differences
from krmfn.fleet import Fleet, Run, fleet_of, is_definition, one_owner
from krmfn.namedtuple import NamedTuple
from krmfn.results import gathered

if TYPE_CHECKING:
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.portions import Portion
    from krmfn.cli.inputs.runfolders import RunFolder
    from krmfn.cli.inputs.surroundings import Surroundings
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


def read_for(request: Request, around: Surroundings, portion: Portion, progress: Progress) -> Given:
    """Reads the files, the catalog and stdin, and divides them among the runs."""
    tree = read(around.paths, request.output_dir, files=portion, progress=progress)
    catalog = read(request.catalog, seen=tree.seen)
    stdin, results = gathered(piped(request.stdin)) if request.stdin is not None else (Piped(), ())
    tree.items.extend(stdin.items)
    whole, found = gathered(_fleet(request, tree, stdin, is_part=portion.is_of_fleet))
    asked = _asked(around, whole) if around.is_wider else whole
    fleet = portion.of(asked)
    results = (*tree.results, *catalog.results, *results, *found)
    results += tuple(portion.refused(tree))
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
