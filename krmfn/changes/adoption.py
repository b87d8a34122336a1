"""Objects that Flux applies directly and krmfn takes over: Flux would prune them (docs/decisions/025-adoption.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Action, Effect, Finding, Key
from krmfn.fieldpaths import path_of
from krmfn.marks import PRUNE
from krmfn.resourcelist import Identity, annotations_of, file_of, origin_of
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.changes.change import Change
    from krmfn.changes.picture import Picture
    from krmfn.resourcelist import Resource

HELM_GROUP = "helm.toolkit.fluxcd.io"


def is_protected(resource: Resource) -> bool:
    """True if Flux keeps the object when it is removed from Git."""
    return bool(annotations_of(resource).get(PRUNE) == "disabled")


def as_taken_over(change: Change, applied: Mapping[Identity, Resource]) -> Change:
    """The change; of a new declaration whose release Flux applies already, a change that installs nothing.

    Run: tests/engine/test_imported.py.
    """
    touched = tuple(
        each._replace(effect=Effect.RECONFIGURED)
        if each.effect is Effect.INSTALLED and Identity(HELM_GROUP, each.kind, change.namespace, each.name) in applied
        else each
        for each in change.touched
    )
    taken_over = change.action is Action.CREATE and touched != change.touched
    return change._replace(action=Action.CHANGE, touched=touched) if taken_over else change


def unprepared(
    applied: Mapping[Identity, Resource], declared: Mapping[Identity, Resource], after: Picture
) -> Iterator[Finding]:
    """An error for each object that would be pruned with its data, or left running beside a second copy.

    Args:
        applied: the applications and HelmReleases of the earlier revision that Flux applied without krmfn.
        declared: the applications of the later revision that are declarations.
        after: the output of the later revision.
    """
    for identity in sorted(applied.keys() & declared.keys()):
        key, origin = Key(identity.namespace, f"{identity.kind}/{identity.name}"), origin_of(declared[identity])
        release = after.declared[key].release if key in after.declared else None
        if not is_protected(applied[identity]):
            message = (
                "Flux applies this directly; if krmfn takes it over now, Flux prunes it, and its data is lost. In two "
                f'commits: 1. annotate it {PRUNE}: "disabled" and change nothing else (krmfn init --adopt does that); '
                "2. once Flux has applied that, let krmfn take it over"
            )
            field = path_of("metadata", "annotations", PRUNE)
            yield Finding(key, origin.error("adoption-unprepared", message, field))
        elif release and release.placed_on:
            # Run: tests/engine/test_adoption.py.
            message = (
                "Flux applies this directly, on the management plane; if krmfn takes it over and places it at the same "
                f"time, it is installed on {release.placed_on}, and also keeps running here without an owner. In two "
                "commits: 1. let krmfn take it over as it is; 2. once Flux has applied that, place it"
            )
            yield Finding(key, origin.error("adoption-placed", message, name_field(origin)))
    yield from _releases(applied, after)


def _releases(applied: Mapping[Identity, Resource], after: Picture) -> Iterator[Finding]:
    """An error for each HelmRelease that a declaration takes over while Flux would prune the user's own."""
    for key, expected in after.declared.items():
        release = expected.release
        users_own = applied.get(Identity(HELM_GROUP, "HelmRelease", key.namespace, release.name)) if release else None
        if release and users_own and not is_protected(users_own):
            file = file_of(users_own)
            where = f" from {file.path}" if file else ""
            message = (
                f"makes the HelmRelease {release.name}, which Flux applies directly{where}; if krmfn takes over now, "
                f'Flux prunes it, and its data is lost. In two commits: 1. annotate it {PRUNE}: "disabled" and change '
                "nothing else (krmfn init --adopt does that); 2. once Flux has applied that, let krmfn take it over"
            )
            yield Finding(key, release.origin.error("adoption-unprepared", message, name_field(release.origin)))
