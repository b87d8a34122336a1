"""Warnings for changes that destroy, replace or leave behind something, and that may be merged on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Action, Data, Effect, Finding, Key
from krmfn.changes.interlock import join
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes.change import Change
    from krmfn.changes.picture import Picture


SAID = {Data.LOST: "its data is lost", Data.KEPT: "it keeps no data", Data.UNKNOWN: "its data may be lost"}


def dangers(changes: Iterable[Change], before: Picture, ordering: frozenset[str]) -> Iterator[Finding]:
    """The warnings, change by change; refused changes are not reported again.

    Args:
        changes: the changes between two revisions.
        before: the revision that Flux has applied.
        ordering: namespaces in which Flux retries objects that it could not prune.
    """
    for change in changes:
        field, about = name_field(change.origin), Key(change.namespace, change.owner)
        match change.action:
            case Action.MOVE if not change.protected:
                here, there = (where or "the management plane" for where in change.clusters)
                message = (
                    f"moves from {here} to {there}: Flux uninstalls one release and installs the other in any order, "
                    f"so both may run for a while; {SAID[change.data]}. If only one may run, remove it in an earlier "
                    "commit"
                )
                yield Finding(about, change.origin.warning("will-move", message, field))
            case Action.REPLACE if not _strays(change):
                named = f"was renamed from {change.was}: " if change.was else ""
                message = f"{named}Flux uninstalls the release and installs it again; {SAID[change.data]}"
                yield Finding(about, change.origin.warning("will-replace", message, field))
            case Action.RETIRE:
                message = f"is removed: {_uninstalled(change)}; {SAID[change.data]}"
                yield Finding(about, change.origin.warning("will-retire", message, field))
                if change.namespace not in ordering:
                    yield from _forgotten(change, before)
            case Action.CHANGE | Action.CREATE:
                if change.isolation:
                    message = f"loses isolation, as confirmed: {'; '.join(change.isolation)}"
                    yield Finding(about, change.origin.warning("will-loosen", message, field))
                yield from _left(change)


def _forgotten(change: Change, before: Picture) -> Iterator[Finding]:
    """A warning for a cluster with fences: guards keep them until its boundary is gone, but Flux deletes only once."""
    cluster = before.cluster_of(change.before)
    if cluster and cluster.created and cluster.boundary:
        fences = [f"{each.kind} {each.name}" for each in change.touched if each.effect is Effect.REMOVED]
        message = (
            "is removed together with its fences. Flux before 2.9 tries only once to delete an object, but the guards "
            f"keep {cluster.release} until its boundary is gone, and the fences until {cluster.release} is gone, so "
            f"they all stay. Once the boundary is gone, delete HelmRelease {cluster.release} by hand, and then "
            f"{join(fences)}"
        )
        yield _left_behind(change, message)


def _strays(change: Change) -> bool:
    """True if the change is refused already, because Flux would not uninstall a release, as one that is protected."""
    return any(each.effect is Effect.LEFT_RUNNING for each in change.touched)


def _uninstalled(change: Change) -> str:
    names = [each.name for each in change.touched if each.effect is Effect.UNINSTALLED]
    return f"Flux uninstalls {join(names)}" if names else "nothing of it is installed"


def _left(change: Change) -> Iterator[Finding]:
    left = {Effect.LEFT, Effect.LEFT_RUNNING}
    names = [f"{each.kind} {each.name}" for each in change.touched if each.effect in left]
    if names:
        message = (
            f"Flux does not delete {join(names)}, and no longer manages it; if it is not needed, delete it by hand "
            "once this is applied"
        )
        yield _left_behind(change, message)


def _left_behind(change: Change, message: str) -> Finding:
    finding = change.origin.warning("left-behind", message, name_field(change.origin))
    return Finding(Key(change.namespace, change.owner), finding)
