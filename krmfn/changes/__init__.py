"""The changes between two revisions, by declaration: create, change, move, retire, replace, orphan.

It compares topologies, never the generated objects. `plan` and `check` both use `compared`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import Catalog
from krmfn.changes import loosening, protection
from krmfn.changes.adoption import as_taken_over, unprepared
from krmfn.changes.change import Action, Change, Data, Effect, Finding, Key
from krmfn.changes.dangers import dangers
from krmfn.changes.effects import effects, lives_on, reinstalls, strays
from krmfn.changes.fencechanges import fence_changes
from krmfn.changes.fieldchanges import Differ
from krmfn.changes.interlock import refusals
from krmfn.changes.renames import renames
from krmfn.changes.ways import opened, reaches
from krmfn.changes.written import HELM_RELEASE
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.changes.change import FieldChange, Reach
    from krmfn.changes.picture import Expectation, Picture
    from krmfn.resourcelist import Identity, Resource
    from krmfn.topology.model.releases import Release

REFUSED_WHOLE = frozenset({"loosened-unconfirmed", "unplaced-unconfirmed", "reinstalled-unconfirmed"})
"""Codes of refusals that say of a change already what a warning would."""
LOSES = {Action.RETIRE, Action.REPLACE, Action.MOVE}


class TakenOver(NamedTuple):
    """What Flux applied without krmfn in the earlier revision, and the applications declared in the later one."""

    applied: Mapping[Identity, Resource] = {}
    declared: Mapping[Identity, Resource] = {}


class Verdict(NamedTuple):
    """The changes between two revisions, errors for those that may not be merged, and warnings for dangerous ones."""

    changes: tuple[Change, ...] = ()
    refusals: tuple[Finding, ...] = ()
    dangers: tuple[Finding, ...] = ()


def compared(before: Picture, after: Picture, taken_over: TakenOver) -> Verdict:
    """The changes from one revision to the other, with refusals and dangers."""
    changes = tuple(as_taken_over(each, taken_over.applied) for each in between(before, after))
    # The target of the later revision; of the earlier one in namespaces that the later one does not have.
    ordering = after.ordering | (before.ordering - after.spaces())
    refused = (
        *refusals(before, after, changes, ordering),
        *loosening.unconfirmed(before, after, changes),
        *protection.lost(before, after),
        *unprepared(taken_over.applied, taken_over.declared, after),
    )
    by_now = {each.about for each in refused if each.result.code in REFUSED_WHOLE}
    told = [each for each in changes if Key(each.namespace, each.owner) not in by_now]
    return Verdict(changes, refused, tuple(dangers(told, before, ordering)))


def between(before: Picture, after: Picture) -> tuple[Change, ...]:
    """The changes from one revision to the other: by namespace, dangerous ones first."""
    differ = Differ()
    found: list[Change] = []
    renamed = dict(renames(before, after))
    for key in sorted({*before.declared, *after.declared} - set(renamed.values())):
        there = renamed.get(key, key)
        change = _change(there, before.declared.get(key), after.declared.get(there), differ)
        if change:
            found.append(change._replace(was=key.owner if key in renamed else ""))
    actions = list(Action)
    return tuple(sorted(found, key=lambda each: (each.namespace, actions.index(each.action), each.owner)))


def _change(key: Key, old: Expectation | None, new: Expectation | None, differ: Differ) -> Change | None:
    touched = effects(old.objects if old else {}, new.objects if new else {})
    gained, lost = _reach(old, new), _reach(new, old)
    side = new or old
    isolation = loosening.lost(old, new)
    if side is None or (old and new and not touched and not gained and not lost and not isolation):
        return None
    action = _action(old, new)
    was, will = old and old.release, new and new.release
    goes = was is not None and (will is None or was.name != will.name)
    return Change(
        action=action,
        origin=side.origin,
        namespace=key.namespace,
        owner=key.owner,
        touched=touched,
        data=_data(action, key, old, new),
        fields=tuple(_fields(old, new, differ)) if old and new else (),
        opened=gained,
        closed=lost,
        fences=tuple(fence_changes(old, new)) if old and new else (),
        clusters=(was.placed_on if was else "", will.placed_on if will else ""),
        protected=_leaves_protected(old, new) if goes or not new else False,
        isolation=isolation,
    )


def _action(old: Expectation | None, new: Expectation | None) -> Action:
    if old is None:
        return Action.CREATE
    if new is None:
        return Action.ORPHAN if _leaves_protected(old, new) else Action.RETIRE
    was, will = old.release, new.release
    if was is None or will is None:
        if was is will:
            return Action.CHANGE
        return Action.CREATE if was is None else Action.ORPHAN if is_kept(was) else Action.RETIRE
    if was.placed_on != will.placed_on:
        return Action.MOVE
    return Action.REPLACE if was.name != will.name or reinstalls(was, will) else Action.CHANGE


def is_kept(release: Release) -> bool:
    """True if Flux keeps the release running when it is removed from Git (R8)."""
    return not release.prune


def _leaves_protected(old: Expectation | None, new: Expectation | None) -> bool:
    """True if a release that Flux may not delete is no longer in the output."""
    remaining = new.objects if new else {}
    gone = (each for key, each in old.objects.items() if key not in remaining) if old else ()
    return any(each.key.kind == HELM_RELEASE and not each.prune for each in gone)


def _data(action: Action, key: Key, old: Expectation | None, new: Expectation | None) -> Data:
    """What happens to data; krmfn knows only for the kinds of its own catalog whether they keep data."""
    was, will = old and old.release, new and new.release
    if was is None:
        return Data.KEPT
    if action is Action.CHANGE and will and lives_on(was) != lives_on(will):
        return Data.UNKNOWN
    in_place = will is not None and was.name == will.name and reinstalls(was, will)
    if in_place and will and strays(was, will):
        return Data.UNKNOWN
    if action not in LOSES or (is_kept(was) and not in_place):
        return Data.KEPT
    if was.keeps_data:
        return Data.LOST
    return Data.KEPT if Catalog.shipped().kind(key.owner.partition("/")[0]) else Data.UNKNOWN


def _fields(old: Expectation, new: Expectation, differ: Differ) -> Iterator[FieldChange]:
    """The fields that differ in objects of both revisions, and in the declaration's own release, even if renamed."""
    pairs = [(each, new.objects[key]) for key, each in old.objects.items() if key in new.objects]
    if old.release and new.release and old.release.name != new.release.name:
        own = [
            next(each for each in side.objects.values() if each.release and each.release.name == release.name)
            for side, release in ((old, old.release), (new, new.release))
        ]
        pairs.append((own[0], own[-1]))
    for was, will in pairs:
        yield from differ.fields(was, will)


def _reach(without: Expectation | None, with_: Expectation | None) -> tuple[Reach, ...]:
    """What one revision may reach and the other may not. Open clusters are compared only if both sides have them."""
    mine, theirs = (side.ways if side else frozenset() for side in (with_, without))
    both = bool(with_ and without and with_.cluster and without.cluster)
    more = (each for each in opened(theirs, mine) if both or not each.nodes)
    return reaches(more, scoped=bool(with_ and with_.fenced))


__all__ = [
    "Action",
    "Change",
    "Data",
    "Effect",
    "Finding",
    "Key",
    "TakenOver",
    "Verdict",
    "between",
    "compared",
]
