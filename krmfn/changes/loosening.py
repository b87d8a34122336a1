"""Lost isolation: a looser profile, a looser cluster, or none at all; refused until an earlier revision confirms it.

What counts as looser, and how it is confirmed: docs/pull-requests.md (R15).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Finding, Key
from krmfn.fieldpaths import path_of
from krmfn.marks import CONFIRM_LOOSENING
from krmfn.topology.checks.names import name_field, spec_field
from krmfn.topology.known.confirmations import ARROW, annotated
from krmfn.topology.known.looser import looser
from krmfn.topology.known.staleconfirmations import MANAGEMENT_PLANE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes.change import Change
    from krmfn.changes.picture import Expectation, Picture
    from krmfn.results import Origin, Result
    from krmfn.topology.known.looser import Loosening
    from krmfn.topology.model.clusters import Cluster


def lost(before: Expectation | None, after: Expectation | None) -> tuple[str, ...]:
    """What isolation a declaration loses: a cluster by its profile, an app by where it runs; empty if none."""
    if before is None or after is None:
        return ()
    if before.cluster and after.cluster:
        return tuple(each.meaning for each in looser(before.cluster.posture, after.cluster.posture))
    if before.on is None or after.release is None:
        return ()
    if after.on is None:
        return ("it runs on the management plane, and no longer on a cluster",)
    if before.on.name == after.on.name:
        return ()  # Its cluster may be looser than before; that is the cluster's own change.
    return tuple(f"on {after.on.name}, {each.meaning}" for each in looser(before.on.posture, after.on.posture))


def unconfirmed(before: Picture, after: Picture, changes: Iterable[Change]) -> Iterator[Finding]:
    """Errors for isolation that is lost without a confirmation in the earlier revision."""
    for change in changes:
        old = before.declared.get(change.before)
        new = after.declared.get(Key(change.namespace, change.owner))
        if change.isolation and old and new:
            yield from _of_one(change, old, new)
    yield from _of_profiles(before, after)


def _of_one(change: Change, old: Expectation, new: Expectation) -> Iterator[Finding]:
    about = Key(change.namespace, change.owner)
    if old.cluster and new.cluster:
        was, will = old.cluster.posture.name, new.cluster.posture.name
        # A profile that keeps its name is the profile's own change.
        if was != will and old.cluster.confirmation != f"{was}{ARROW}{will}":
            yield Finding(about, _of_cluster(change, old.cluster, will))
    elif old.on and old.release:
        was, will = old.on.posture.name, new.on.posture.name if new.on else MANAGEMENT_PLANE
        if was != will and old.release.confirmation != f"{was}{ARROW}{will}":
            yield Finding(about, _of_app(change, old, new.on))


def _of_cluster(change: Change, old: Cluster, will: str) -> Result:
    was = old.posture.name
    message = (
        f"its isolationProfile changes from {was} to {will}, which is looser: {'; '.join(change.isolation)}. This is "
        f"not confirmed. Keep {was}, and go in two commits: 1. "
        f"annotate {annotated(old.origin, f'Kubernetes {old.name}')} with "
        f'{CONFIRM_LOOSENING}: "{was}{ARROW}{will}"; 2. once Flux has applied that, change the profile, and remove the '
        "annotation"
    )
    return change.origin.error("loosened-unconfirmed", message, spec_field(change.origin, "isolationProfile"))


def _of_app(change: Change, old: Expectation, on: Cluster | None) -> Result:
    kind, _, name = change.before.owner.partition("/")
    here, was = (old.on.name, old.on.posture.name) if old.on else ("", "")
    word = f"{was}{ARROW}{on.posture.name if on else MANAGEMENT_PLANE}"
    there = f"{on.name}, whose profile {on.posture.name} is looser than {was}" if on else "the management plane"
    message = (
        f"moves from cluster {here} to {there}: {'; '.join(change.isolation)}. This is not confirmed. Keep it on "
        f"{here}, and go in two commits: 1. annotate {annotated(old.origin, f'{kind} {name}')} with "
        f'{CONFIRM_LOOSENING}: "{word}"; 2. once that is merged, '
        f"{'move it' if on else 'remove its placement'}, and remove the annotation"
    )
    field = name_field(change.origin)
    if on:
        return change.origin.error("loosened-unconfirmed", message, field)
    return change.origin.error("unplaced-unconfirmed", message, field)


def _of_profiles(before: Picture, after: Picture) -> Iterator[Finding]:
    """An error for each profile of the user's own that is loosened in place, with the clusters that have it."""
    for (space, name), new in sorted(after.profiles.items()):
        old = before.profiles.get((space, name))
        having = [cluster for place, cluster in after.clusters.items() if place.namespace == space]
        using = sorted(cluster.owner for cluster in having if cluster.posture.name == name)
        found = looser(old, new) if old and using else ()
        if old and new.origin and any(each.field not in old.confirms for each in found):
            error = _loosened(name, new.origin, found)
            yield from (Finding(Key(space, owner), error) for owner in using)


def _loosened(name: str, origin: Origin, found: Iterable[Loosening]) -> Result:
    fields = list(dict.fromkeys(each.field for each in found))
    message = (
        f"is looser than before, for every cluster that has it: {'; '.join(each.meaning for each in found)}. This is "
        f"not confirmed. Keep it as it was, and go in two commits: 1. annotate IsolationProfile {name} with "
        f'{CONFIRM_LOOSENING}: "{name}{ARROW}{",".join(fields)}"; 2. once that is merged, change it, and remove the '
        "annotation"
    )
    inside = {"mesh": "extends"}.get(fields[0], fields[0])
    return origin.error("loosened-unconfirmed", message, path_of("spec", *inside.split(".")))
