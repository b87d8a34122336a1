"""Applications that Flux applies as they stand, and that become declarations: Flux would prune them (contract §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.outcomes import is_protected
from krmfn.resourcelist import origin_of
from krmfn.resources.metadata import PRUNE
from krmfn.results import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Result


def unprepared(applied: Mapping[Identity, Resource], declared: Mapping[Identity, Resource]) -> Iterator[Result]:
    """An error for each application that would be pruned with its data.

    Args:
        applied: the applications of the earlier revision that krmfn had nothing to do with.
        declared: those of the later one that are declarations.
    """
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
