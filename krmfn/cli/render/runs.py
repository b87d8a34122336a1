"""`krmfn render`: reads folders of declarations, and returns what Flux gets, run by run."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.inputs.builds import build_of, in_build_order, is_dropped
from krmfn.cli.inputs.configured import chosen, expanded, ground, not_followed
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.manifests import read, summary
from krmfn.cli.inputs.overlays import refuse
from krmfn.cli.inputs.piped import Piped, piped
from krmfn.cli.inputs.positions import accepted_with_positions, with_positions
from krmfn.cli.inputs.runfolders import run_folders
from krmfn.cli.inputs.surroundings import Surroundings, surroundings
from krmfn.cli.render.writing import has_runs
from krmfn.declarations import Role, role_of
from krmfn.fleet import Fleet, Run, fleet_of, folder_of, is_definition, one_owner
from krmfn.resourcelist import identity
from krmfn.results import gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from krmfn.cli.inputs.configured import Expanded
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.runfolders import RunFolder
    from krmfn.declarations.accepted import Accepted
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule


class Request(NamedTuple):
    """The arguments of the command line; `stdin` has what `-` among the paths stands for."""

    paths: tuple[Path, ...]
    config: Path | None = None
    catalog: tuple[Path, ...] = ()
    output_dir: Path | None = None
    keep_going: bool = False
    generated_only: bool = False
    stdin: bytes | None = None


class Rendered(NamedTuple):
    """The objects of a run, or None if it has errors; `left_out` has the invalid namespaces that were left out.

    `folder` is the run's folder, relative to the paths; empty for a run that is not known by its folder.
    """

    folder: str
    objects: tuple[Resource, ...] | None
    left_out: frozenset[str] = frozenset()
    accepted: tuple[Accepted, ...] = ()


class Outcome(NamedTuple):
    """What the runs come to; none of them is to be written if one has errors, unless it was asked to continue."""

    runs: tuple[Rendered, ...]
    results: tuple[Result, ...]
    summary: str
    is_fleet: bool = False

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        return accepted_with_positions((each for run in self.runs for each in run.accepted), Disk())

    def written(self, *, keep_going: bool) -> tuple[Rendered, ...]:
        """The runs whose objects are to be written."""
        whole = tuple(run for run in self.runs if run.objects is not None)
        return whole if keep_going or len(whole) == len(self.runs) else ()


def rendered(request: Request) -> Outcome:
    """Reads the files and runs the function for each run; again without invalid namespaces if asked to."""
    around = _around(request)
    tree = read(around.paths, request.output_dir)
    catalog = read(request.catalog, seen=tree.seen)
    stdin, results = gathered(piped(request.stdin)) if request.stdin is not None else (Piped(), ())
    tree.items.extend(stdin.items)
    fleet, found = gathered(_fleet(request, tree, stdin))
    if around.is_wider:
        fleet = fleet.only(run for run in fleet.runs if run.config and around.wants(run.folder))
    is_fleet = fleet.is_several or (request.output_dir is not None and has_runs(request.output_dir))
    results = (*tree.results, *catalog.results, *results, *found)
    results += tuple(refuse(tree.overlays, [item for item in tree.items if role_of(item) is Role.DECLARATION]))
    parts = run_folders(fleet, tree)
    for run, part in zip(fleet.runs, parts, strict=True):
        results += tuple(_differences(run, part, generated_only=request.generated_only))
    results = tuple(around.told(results, fleet.runs))
    items = [item for run in fleet.runs for item in run.items] if around.is_wider else tree.items
    said = summary(tree.counts, items)
    if has_errors(results):
        return Outcome((), with_positions(in_order(results), Disk()), said)
    definitions = tuple(filter(is_definition, catalog.items))
    runs: list[Rendered] = []
    for run, part in zip(fleet.runs, parts, strict=True):
        if fleet.is_several and run.config is None:
            # What is in no run's folder; krmfn check refuses declarations there.
            continue
        given = (*fleet.inputs(run), *definitions)
        answer = expanded(given, run.config, keep_going=request.keep_going)
        results += tuple(not_followed(answer.results, fleet))
        objects = _generated(answer, given) if request.generated_only else _built(run, part, answer)
        if is_fleet and not fleet.is_several:
            objects = _inside(run, objects)
        failed = has_errors(answer.expansion.answer.results)
        runs.append(Rendered(_name(run, request.paths), None if failed else objects, answer.left_out, answer.accepted))
    said += "" if request.generated_only else _outside(fleet, items)
    return Outcome(tuple(runs), with_positions(in_order(results), Disk()), said, is_fleet)


def _around(request: Request) -> Surroundings:
    """The fleet around the paths, as far as it is in the current folder; --config and stdin stand for themselves."""
    if request.config or request.stdin is not None:
        return Surroundings(request.paths, request.paths)
    return surroundings(request.paths, Disk())


def _fleet(request: Request, tree: Tree, stdin: Piped) -> Rule[Fleet]:
    if request.config:
        configs = read([request.config])
        yield from configs.results
        config = yield from chosen(request.config, configs)
        return Fleet((Run("", tuple(tree.items), config),))
    fleet = yield from fleet_of(tree.items)
    yield from one_owner(fleet, ground(tree))
    if stdin.config and not fleet.is_several and fleet.runs[0].config is None:
        return fleet._replace(runs=(fleet.runs[0]._replace(config=stdin.config),))
    return fleet


def _differences(run: Run, part: RunFolder, *, generated_only: bool) -> Iterator[Result]:
    """Where the output is another than that of `kustomize build`."""
    build = build_of(run.items, part.overlays)
    yield from build.told(generated_only=generated_only)
    if not generated_only:
        yield from build.not_applied(part.files)


def _generated(answer: Expanded, given: Iterable[Resource]) -> tuple[Resource, ...]:
    """Krmfn's own objects, without those that an earlier run left among the items."""
    came = {id(item) for item in given}
    items = answer.expansion.answer.items
    return tuple(item for item in items if role_of(item) is Role.GENERATED and id(item) not in came)


def _built(run: Run, part: RunFolder, answer: Expanded) -> tuple[Resource, ...]:
    """The run's other objects as well, without what kustomize drops, in the order of its build."""
    mine, build = {id(item) for item in run.items}, build_of(run.items, part.overlays)
    kept = {id(item) for item in build.kept()}
    config = identity(run.config) if run.config else None
    items = [
        item
        for item in answer.expansion.answer.items
        if not is_dropped(item) and (id(item) in kept or (id(item) not in mine and role_of(item) is Role.GENERATED))
    ]
    return tuple(in_build_order(item for item in items if identity(item) != config))


def _inside(run: Run, objects: Iterable[Resource]) -> tuple[Resource, ...]:
    """The objects without others' that are outside of the folder of the only run that a fleet still has."""
    folder = PurePosixPath(folder_of(run.config)) if run.config else PurePosixPath()
    return tuple(
        item
        for item in objects
        if role_of(item) is not Role.BYSTANDER
        or folder in {PurePosixPath(folder_of(item)), *PurePosixPath(folder_of(item)).parents}
    )


def _name(run: Run, paths: Collection[Path]) -> str:
    """The folder of a run, relative to the paths."""
    folder = run.folder or (folder_of(run.config) if run.config else "")
    if not folder:
        return ""
    tops = [os.path.abspath(path if path.is_dir() else path.parent) for path in paths]  # noqa: PTH100  (without links)
    return PurePosixPath(os.path.relpath(folder, os.path.commonpath(tops))).as_posix()


def _outside(fleet: Fleet, items: Iterable[Resource]) -> str:
    """What is in no run of a fleet, and is not rendered."""
    runs = [run for run in fleet.runs if run.config or not fleet.is_several]
    inside = {id(item) for run in runs for item in fleet.inputs(run)}
    count = sum(id(item) not in inside for item in items)
    return f"; left out {count} objects that are in the folder of no run" if count else ""
