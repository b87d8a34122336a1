"""Applications that become declarations, and that Flux would then prune (docs/decisions/025-adoption.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.outcomes import is_protected
from krmfn.marks import PRUNE
from krmfn.resourcelist import origin_of
from krmfn.results import path_of
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.changes.index import Index
    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Result


def unprepared(
    applied: Mapping[Identity, Resource], declared: Mapping[Identity, Resource], after: Index
) -> Iterator[Result]:
    """An error for each application that would be pruned with its data, or left running beside a second copy.

    Args:
        applied: the applications of the earlier revision that krmfn had nothing to do with.
        declared: those of the later one that are declarations.
        after: what the later one comes to.
    """
    placed = {(each.namespace, each.owner): each.placed_on for each in after.releases.values() if each.placed_on}
    for key in applied.keys() & declared.keys():
        if not is_protected(applied[key]):
            message = (
                "Flux applies this as it stands, and once krmfn takes it for a declaration, Flux would prune it with "
                f'its data. In two commits: 1. only annotate it {PRUNE}: "disabled" (krmfn init --adopt writes that); '
                "2. once Flux has applied that, let krmfn take it over"
            )
            yield origin_of(declared[key]).error(
                "adoption-unprepared", message, path_of("metadata", "annotations", PRUNE)
            )
        elif there := placed.get((key.namespace, f"{key.kind}/{key.name}")):
            # Run: tests/engine/test_adoption.py.
            message = (
                "Flux applies this as it stands, on the management plane: taken over and placed at once, it would be "
                f"installed on {there} and run on here, and nobody would own that. In two commits: 1. let krmfn take "
                "it over as it is; 2. once Flux has applied that, place it"
            )
            origin = origin_of(declared[key])
            yield origin.error("adoption-placed", message, name_field(origin))
