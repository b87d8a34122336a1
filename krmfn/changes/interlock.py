"""Refuses deletions in an order that Flux cannot keep (R8); each refusal names the commits to make, in order.

Why the order matters, and what Flux does without it: docs/decisions/017-deletion-has-no-order.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.changes.change import Action, Effect, Finding, Key
from krmfn.changes.effects import lives_on, reinstalls, strays
from krmfn.changes.picture import Place
from krmfn.marks import CONFIRM_DELETION
from krmfn.topology.checks.names import name_field
from krmfn.topology.clusters import MODULE_RELEASE
from krmfn.topology.known.confirmations import annotated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.changes.change import Change
    from krmfn.changes.picture import Picture
    from krmfn.results import Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

MODULE = MODULE_RELEASE.removesuffix("-cluster")
"""The release of the module whose chart creates the module cluster (docs/platform.md#module-cluster)."""


def refusals(before: Picture, after: Picture, changes: Iterable[Change], ordering: frozenset[str]) -> Iterator[Finding]:
    """Errors for changes that may not be merged.

    Args:
        before: what Flux has applied.
        after: what it would get.
        changes: the changes between them.
        ordering: namespaces in which Flux retries objects that it could not prune.
    """
    unconfirmed = {change.before for change in changes if change.protected}
    yield from (_unconfirmed(change, before) for change in changes if change.protected)
    for place, cluster in before.clusters.items():
        key, apps = Key(place.namespace, cluster.owner), before.placed.get(place, ())
        goes = place not in after.clusters and (cluster.created or cluster.boundary)
        if apps and goes and place.namespace not in ordering and key not in unconfirmed:
            yield Finding(key, _together(cluster, apps))
    for place, cluster in after.clusters.items():
        if cluster.prune and (apps := after.placed.get(place, ())):
            yield Finding(Key(place.namespace, cluster.owner), _in_use(cluster, apps))
    yield from _reinstalled(before, after)
    yield from _modules(before, after)
    yield from _namespaces(before, after)


def _unconfirmed(change: Change, before: Picture) -> Finding:
    kind, _, name = change.before.owner.partition("/")
    left = [each.name for each in change.touched if each.effect is Effect.LEFT_RUNNING]
    there = before.declared.get(change.before)
    origin, cluster = (there.origin, there.cluster) if there else (change.origin, None)
    apps = before.placed.get(Place(change.namespace, cluster.release), ()) if cluster else ()
    said = {Action.MOVE: "moves", Action.REPLACE: f"becomes {change.owner}"}.get(change.action, "is removed")
    where = cluster.name if cluster else name
    declared = f"{kind} {where}"
    also = f"remove or move {join(apps)}, and " if apps else ""
    message = (
        f"{said}, but its deletion is not confirmed: Flux would leave {join(left)} running without an owner. "
        f"Put {'it' if origin.field else declared} back, then in two commits: 1. {also}"
        f'annotate {annotated(origin, declared)} with {CONFIRM_DELETION}: "{where}"; '
        f"2. once Flux has applied that, {'move' if change.action is Action.MOVE else 'remove'} it"
    )
    return Finding(change.before, origin.error("removed-unconfirmed", message, name_field(origin)))


def _reinstalled(before: Picture, after: Picture) -> Iterator[Finding]:
    """Refusals for another chart: Flux uninstalls the release, with its data, and installs it again (R8)."""
    for place, old in before.releases.items():
        new = after.releases.get(place)
        if new is None or old.prune or strays(old, new) or not reinstalls(old, new) or not old.keeps_data:
            continue
        kind, _, name = new.owner.partition("/")
        message = (
            f"would be uninstalled, with its data, and installed again, because {new.name} gets another chart. This is "
            "not confirmed. Keep the chart, and go in two commits: 1. "
            f"annotate {annotated(new.origin, f'{kind} {name}')} with "
            f'{CONFIRM_DELETION}: "{name}"; 2. once Flux has applied that, change the chart, and remove the annotation'
        )
        error = new.origin.error("reinstalled-unconfirmed", message, name_field(new.origin))
        yield Finding(Key(new.namespace, new.owner), error)


def _together(cluster: Cluster, apps: Iterable[str]) -> Result:
    # Of an existing cluster, Flux has only the boundary.
    goes = cluster.release if cluster.created else cluster.boundary
    message = (
        f"is removed together with {join(apps)}: Flux before 2.9 tries only once to delete {goes}, while they still "
        f"run on the cluster, and then forgets it. In two commits: 1. remove or move {join(apps)}, and keep the "
        "cluster; 2. once Flux has uninstalled them, remove the cluster"
    )
    return cluster.origin.error("removed-together", message, name_field(cluster.origin))


def _in_use(cluster: Cluster, apps: Iterable[str]) -> Result:
    message = (
        f"its deletion is confirmed, with {join(apps)} still on it: removing it by mistake would delete them and "
        f"their data. Remove the confirmation, or, in two commits: 1. remove or move {join(apps)}; 2. once Flux has "
        "uninstalled them, remove the cluster"
    )
    inside = "" if cluster.origin.field else "metadata."
    return cluster.origin.error("confirmed-in-use", message, f'{inside}annotations["{CONFIRM_DELETION}"]')


def _modules(before: Picture, after: Picture) -> Iterator[Finding]:
    """Refusals for removing the module cluster: with the module's release, or by switching it off in the tenant."""
    for cluster, apps in before.placed.items():
        if cluster.release != MODULE_RELEASE:
            continue
        space = cluster.namespace
        for place, release in before.releases.items():
            remaining = after.releases.get(place)
            gone = place == Place(space, MODULE) and remaining is None
            if gone or (_switches(release, space) and not (remaining and _switches(remaining, space))):
                message = (
                    f"removes the module cluster of {space} with {join(apps)} still on it. In two commits: 1. "
                    f"remove or move {join(apps)}, and keep the module; 2. once Flux has uninstalled them, remove the "
                    "module"
                )
                origin = remaining.origin if remaining else release.origin
                refused = origin.error("module-cluster-removed", message, name_field(origin))
                yield Finding(Key(release.namespace, release.owner), refused)


def _namespaces(before: Picture, after: Picture) -> Iterator[Finding]:
    """Refusals for a changed namespace: Flux would uninstall in the new one, so the old one must be empty first."""
    for place, old in before.releases.items():
        new = after.releases.get(place)
        if not (new and old.remote and new.remote and lives_on(old) == lives_on(new)):
            continue
        was, will = old.remote.target_namespace, new.remote.target_namespace
        if was != will:
            kind, _, name = new.owner.partition("/")
            message = (
                f"its namespace on the cluster changes from {was} to {will} while it is installed: Flux would look "
                f"in {will} for what it installed in {was}, and leave that running. In two commits: 1. remove {kind} "
                f"{name} and its placement; 2. once Flux has uninstalled it, declare both again, as they are here"
            )
            refused = new.origin.error("namespace-changed", message, name_field(new.origin))
            yield Finding(Key(new.namespace, new.owner), refused)


def _switches(release: Release, space: str) -> bool:
    """True if it is the release of the namespace's tenant, with the module switched on."""
    values: dict[str, Any] = release.values or {}
    kind, _, name = release.owner.partition("/")
    named = space in {f"{release.namespace}-{name}", f"tenant-{name}"}
    return kind == "Tenant" and named and values.get("computeplane") is True


def join(names: Iterable[str]) -> str:
    """The names for a sentence, without duplicates."""
    *most, last = sorted(set(names)) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last
