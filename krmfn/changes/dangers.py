"""What destroys, replaces or leaves behind, and may be merged by one who means it: each a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.interlock import join
from krmfn.changes.records import Action, Data, Outcome
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes.index import Index
    from krmfn.changes.records import Change
    from krmfn.results import Result


def dangers(changes: Iterable[Change], before: Index, ordering: frozenset[str]) -> Iterator[Result]:
    """The warnings, one change after the other.

    Args:
        changes: what lies between two revisions.
        before: what Flux has applied.
        ordering: namespaces whose Flux tries again what it could not prune.
    """
    for change in changes:
        finding = change.origin.warning
        data = {Data.LOST: "its data is lost", Data.KEPT: "it keeps no data", Data.UNKNOWN: "its data may be lost"}
        lost = "the release stays with its data" if change.protected else data[change.data]
        field = name_field(change.origin)
        match change.action:
            case Action.MOVE:
                here, there = (where or "the management plane" for where in change.clusters)
                message = (
                    f"moves from {here} to {there}: uninstalled from the one, installed anew on the other, and Flux "
                    f"keeps no order, so both may run for a while; to have never two, remove it first; {lost}"
                )
                yield finding("will-move", message, field)
            case Action.REPLACE if not _strays(change):
                named = f"is {change.was} renamed: " if change.was else ""
                yield finding("will-replace", f"{named}Flux uninstalls the release and installs it anew; {lost}", field)
            case Action.RETIRE:
                yield finding("will-retire", f"is removed: {_uninstalled(change)}; {lost}", field)
                if change.namespace not in ordering:
                    yield from _forgotten(change, before)
            case Action.CHANGE | Action.CREATE:
                yield from _left(change)


def _forgotten(change: Change, before: Index) -> Iterator[Result]:
    """A cluster and its fences: the guards hold them until its boundary is gone, and Flux tries to delete them once."""
    clusters = {(each.namespace, each.owner): each for each in before.clusters.values()}
    cluster = clusters.get((change.namespace, change.owner))
    if cluster and cluster.boundary:
        fences = [f"{each.kind} {each.name}" for each in change.touched if each.outcome is Outcome.REMOVED]
        message = (
            "goes together with what fences it: Flux before 2.9 tries to delete each once, and the guards hold "
            f"{cluster.release} until its boundary is gone, and the fences until it is; then Flux has forgotten them. "
            f"Once the boundary is gone, delete by hand HelmRelease {cluster.release}, and then {join(fences)}"
        )
        yield change.origin.warning("left-behind", message, name_field(change.origin))


def _strays(change: Change) -> bool:
    """Whether it is refused already, for Flux would not uninstall but leave it."""
    return not change.protected and any(each.outcome is Outcome.LEFT_RUNNING for each in change.touched)


def _uninstalled(change: Change) -> str:
    names = [each.name for each in change.touched if each.outcome is Outcome.UNINSTALLED]
    return f"Flux uninstalls {join(names)}" if names else "nothing of it is installed"


def _left(change: Change) -> Iterator[Result]:
    left = {Outcome.LEFT, Outcome.LEFT_RUNNING}
    names = [f"{each.kind} {each.name}" for each in change.touched if each.outcome in left]
    if names:
        message = (
            f"Flux leaves {join(names)} as it is and forgets it; where it is to go, delete it by hand once this is "
            "applied"
        )
        yield change.origin.warning("left-behind", message, name_field(change.origin))
