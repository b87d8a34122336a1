"""Applications that become declarations, and that Flux would then prune (docs/decisions/025-adoption.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Finding, Key
from krmfn.marks import PRUNE
from krmfn.resourcelist import annotations_of, origin_of
from krmfn.results import path_of
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.changes.picture import Picture
    from krmfn.resourcelist import Identity, Resource


def is_protected(resource: Resource) -> bool:
    """True if Flux keeps the object when it is removed from Git."""
    return bool(annotations_of(resource).get(PRUNE) == "disabled")


def unprepared(
    applied: Mapping[Identity, Resource], declared: Mapping[Identity, Resource], after: Picture
) -> Iterator[Finding]:
    """An error for each application that would be pruned with its data, or left running beside a second copy.

    Args:
        applied: the applications of the earlier revision that Flux applied without krmfn.
        declared: the applications of the later revision that are declarations.
        after: the output of the later revision.
    """
    for identity in sorted(applied.keys() & declared.keys()):
        key, origin = Key(identity.namespace, f"{identity.kind}/{identity.name}"), origin_of(declared[identity])
        release = after.declared[key].release if key in after.declared else None
        if not is_protected(applied[identity]):
            message = (
                "Flux applies this as it stands, and once krmfn takes it for a declaration, Flux would prune it with "
                f'its data. In two commits: 1. only annotate it {PRUNE}: "disabled" (krmfn init --adopt writes that); '
                "2. once Flux has applied that, let krmfn take it over"
            )
            field = path_of("metadata", "annotations", PRUNE)
            yield Finding(key, origin.error("adoption-unprepared", message, field))
        elif release and release.placed_on:
            # Run: tests/engine/test_adoption.py.
            message = (
                "Flux applies this as it stands, on the management plane: taken over and placed at once, it would be "
                f"installed on {release.placed_on} and run on here, and nobody would own that. In two commits: 1. let "
                "krmfn take it over as it is; 2. once Flux has applied that, place it"
            )
            yield Finding(key, origin.error("adoption-placed", message, name_field(origin)))
