"""One revision, read and expanded: what `plan` and `check` compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.picture import Picture, pictured
from krmfn.cli.inputs.applications import applications
from krmfn.cli.inputs.applying import of_builds, of_flux
from krmfn.cli.inputs.configured import Expanded, chosen, expanded, ground, not_followed, without_repeated
from krmfn.cli.inputs.manifests import read, summary
from krmfn.cli.inputs.outlines import ExpandedRun, outlined
from krmfn.cli.inputs.portions import Portion
from krmfn.cli.inputs.surroundings import Surroundings, surroundings
from krmfn.cli.progress import silent
from krmfn.declarations import Role, role_of
from krmfn.fleet import (
    Fleet,
    Run,
    fleet_of,
    folder_of,
    is_definition,
    one_owner,
)
from krmfn.fleet.declared import claimed, spaces
from krmfn.marks import PLATFORM
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity
from krmfn.results import gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.question import Question
    from krmfn.cli.progress import Progress
    from krmfn.declarations.accepted import Accepted
    from krmfn.function import Expansion
    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Result, Rule
    from krmfn.topology import Topology


class Side(NamedTuple):
    """The output of a revision.

    Attributes:
        topologies: one a run, without the namespaces at fault.
        expansions: the runs with these topologies; of an outline, nothing else may be in them.
        items: every object that was read.
        results: what was found on the way; errors included.
        at_fault: namespaces that could not be expanded.
        refused: there is no answer, because a file that could not be read may declare anything.
        configs: the configurations, by folder.
        applied: applications and releases of platform charts that Flux applies without krmfn, as the files show.
        declared: applications that are declarations of krmfn.
        summary: one line about what was read.
        is_empty: nothing was declared.
        accepted: what the configurations accept; not among the results.
        runs: how many runs there are.
        left_out: what was not read on purpose.
        is_part: the runs are known to be a part of a fleet.
    """

    topologies: tuple[Topology, ...]
    expansions: tuple[Expansion, ...]
    items: tuple[Resource, ...]
    results: tuple[Result, ...]
    at_fault: frozenset[str]
    refused: bool
    configs: dict[str, Resource]
    applied: dict[Identity, Resource]
    declared: dict[Identity, Resource]
    summary: str
    is_empty: bool
    accepted: tuple[Accepted, ...]
    runs: int
    left_out: str
    is_part: bool

    def picture(self, without: frozenset[str] = frozenset()) -> Picture:
        """The output of the revision by declaration, without the namespaces that are not compared."""
        return pictured(
            each._replace(tenants={name: tenant for name, tenant in each.tenants.items() if name not in without})
            for each in self.topologies
            if not each.platform or PLATFORM not in without
        )


def side(question: Question, files: Files, progress: Progress = silent) -> Side:
    """Reads a revision, and runs the function over each of its configurations."""
    around = question.around or Surroundings(question.paths, question.paths)
    if question.widen and not question.around:
        around = surroundings(question.paths, files)
    portion = Portion(files, question.shard, around, question.changed)
    tree = read(around.paths, files=portion, remembered=question.remembered, progress=progress)
    catalog = read(question.catalog, seen=tree.seen, files=files, remembered=question.remembered)
    results = [*tree.results, *catalog.results]
    results += portion.refused(tree)
    fleet, found = gathered(_fleet(question, tree, files, is_part=portion.is_of_fleet))
    contested, owned = gathered(one_owner(fleet, ground(tree)))
    asked = [run for run in fleet.runs if not around.is_wider or (run.config and around.wants(run.folder))]
    results = [*portion.in_scope(around.in_scope((*results, *found), asked))]
    runs = portion.of(fleet.only(asked)).runs
    owned = (*owned, *of_builds(fleet, runs, tree, files))
    owned = (*portion.in_scope(around.in_scope(owned, asked)), *of_flux(question, fleet, around, tree.items, files))
    known = tuple(filter(is_definition, catalog.items))
    refused = has_errors(results)
    given = () if refused else progress(runs, "expanding runs", len(runs))
    answers = [_answer(question, fleet, run, known, contested) for run in given]
    of_runs = without_repeated((result for each in answers for result in each.results), owned)
    results += (*owned, *not_followed(of_runs, has_platform=fleet.platform is not None))
    mine = frozenset(space for run in runs for space in spaces(run))
    is_part = around.is_wider or question.is_part
    at_fault = {*(contested & mine if is_part else contested), *(n for each in answers for n in each.left_out)}
    for run, each in zip(runs, answers, strict=False):
        at_fault |= set() if each.expansion.topology else spaces(run)
    applied, declared = applications(runs, tree)
    items = [item for run in runs for item in run.items] if is_part else tree.items
    valid = tuple(each.expansion for each in answers if each.expansion.topology)
    return Side(
        topologies=tuple(each.topology for each in valid if each.topology),
        expansions=valid,
        items=tuple(items),
        results=in_order(results),
        at_fault=frozenset(at_fault),
        refused=refused,
        configs={run.folder or folder_of(run.config): run.config for run in runs if run.config},
        applied=applied,
        declared=declared,
        summary=summary(tree.counts, items),
        is_empty=not question.is_part and not any(role_of(item) is Role.DECLARATION for item in items),
        accepted=tuple(found for each in answers for found in each.accepted),
        runs=len(runs),
        is_part=portion.is_of_fleet,
        left_out=question.changed.left_out(question.since) if question.changed else "",
    )


def _answer(
    question: Question, fleet: Fleet, run: Run, known: Iterable[Resource], contested: frozenset[str]
) -> Expanded:
    """The expansion of a run, without its declarations in other runs' namespaces; these are only reported.

    A run that has the same objects on both sides is expanded once: the function depends on nothing else. Of one that
    has others in some namespaces, an outline expands only these.
    """
    foreign = contested - {claim.namespace for claim in claimed(run)} if fleet.is_several else frozenset()
    items = (item for item in fleet.inputs(run) if not foreign or identity(item).namespace not in foreign)
    inputs = ((*items, *known), run.config)
    key = (*map(id, inputs[0]), id(run.config))
    answers, runs = question.remembered.answers, question.remembered.runs
    if key in answers:
        found: Expanded = answers[key][1]
        return found
    other: ExpandedRun | None = runs.get(id(run.config)) if question.is_outline else None
    outline = outlined(*inputs, other) if other else None
    if outline:
        return outline
    # With its inputs, so that no other object gets an id of theirs.
    answer = expanded(*inputs, keep_going=True)
    answers[key] = (inputs, answer)
    runs[id(run.config)] = ExpandedRun(inputs[0], answer)
    return answer


def _fleet(question: Question, tree: Tree, files: Files, *, is_part: bool) -> Rule[Fleet]:
    if question.config is None:
        return (yield from fleet_of(tree.items, is_part=is_part))
    configs = read([question.config], files=files, remembered=question.remembered)
    yield from configs.results
    config = yield from chosen(question.config, configs)
    return Fleet((Run("", tuple(tree.items), config),))
