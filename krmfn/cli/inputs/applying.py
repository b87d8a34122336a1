"""What is told of how Flux applies the runs of a fleet, and of what a build of them would have in it beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.runfolders import not_listed
from krmfn.cli.inputs.steering import steered_by_tenants
from krmfn.cli.inputs.tenantbuilds import beyond_a_tenant
from krmfn.fleet import unapplied, unrestricted, vanished

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.question import Question
    from krmfn.cli.inputs.surroundings import Surroundings
    from krmfn.fleet import Fleet, Run
    from krmfn.resourcelist import Resource
    from krmfn.results import Result


def of_builds(fleet: Fleet, runs: Sequence[Run], tree: Tree, files: Files) -> Iterator[Result]:
    """Findings about the files of runs.

    Args:
        fleet: all of its runs.
        runs: those to answer for, which were read as a whole.
        tree: what was read.
        files: where all of that is.
    """
    yield from unapplied(fleet, tree.items, files.is_folder)
    yield from not_listed(fleet, tree)
    yield from beyond_a_tenant(fleet, runs, tree, files)
    yield from steered_by_tenants(fleet, runs, tree, files)


def of_flux(
    question: Question, fleet: Fleet, around: Surroundings, items: Sequence[Resource], files: Files
) -> Iterator[Result]:
    """Findings about Kustomizations of Flux that apply the runs to answer for, wherever these Kustomizations are."""
    changed = question.changed if question.changed and not question.changed.whole else None
    if changed:
        # Of a run that was left out nothing is known, but of those that are gone it is known that they are.
        vanishing = vanished(fleet, items, lambda path: path.as_posix() not in changed.lost, changed.gone)
    else:
        vanishing = vanished(fleet, items, files.is_folder)
    for each in (*vanishing, *unrestricted(fleet, items)):
        if not around.is_wider or around.wants(each.folder):
            yield each.result
