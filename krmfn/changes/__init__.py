"""What lies between two revisions: create, change, move, retire, replace, orphan, by declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import Catalog
from krmfn.changes.fields import Differ, bare
from krmfn.changes.index import EVERYTHING, INTERNET, Declared, Index, Key, indexed
from krmfn.changes.outcomes import is_protected, lives_on, outcomes, reinstalls, strays
from krmfn.changes.records import (
    Absent,
    Action,
    Change,
    Data,
    Field,
    Hidden,
    Outcome,
    Picture,
    Reach,
    Touched,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.topology.model.releases import Release

__all__ = [
    "EVERYTHING",
    "INTERNET",
    "Absent",
    "Action",
    "Change",
    "Data",
    "Differ",
    "Field",
    "Hidden",
    "Index",
    "Outcome",
    "Picture",
    "Reach",
    "Touched",
    "between",
    "indexed",
]
LOSES = {Action.RETIRE, Action.REPLACE, Action.MOVE}


def between(before: Index, after: Index) -> tuple[Change, ...]:
    """What happens on the way from one revision to the other: by namespace, the dangerous first."""
    differ = Differ()
    found: list[Change] = []
    renamed = dict(_renames(before, after))
    for key in sorted({*before.declared, *after.declared} - set(renamed.values())):
        old, new = before.declared.get(key), after.declared.get(renamed.get(key, key))
        change = _change(renamed.get(key, key), old, new, differ)
        if change:
            found.append(change._replace(was=key.owner if key in renamed else ""))
    actions = list(Action)
    return tuple(sorted(found, key=lambda each: (each.namespace, actions.index(each.action), each.owner)))


def _change(key: Key, old: Declared | None, new: Declared | None, differ: Differ) -> Change | None:
    touched = outcomes(old.objects if old else {}, new.objects if new else {})
    opened, closed = _reaches(old, new), _reaches(new, old)
    side = new or old
    if side is None or (old and new and not touched and not opened and not closed):
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
        fields=_fields(old, new, differ) if old and new else (),
        opened=opened,
        closed=closed,
        clusters=(was.placed_on if was else "", will.placed_on if will else ""),
        protected=_leaves_protected(old, new) if goes or not new else False,
    )


def _action(old: Declared | None, new: Declared | None) -> Action:
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
    return Action.REPLACE if was.name != will.name or _in_place(old, new, was, reinstalls) else Action.CHANGE


def is_kept(release: Release) -> bool:
    """Whether Flux leaves it running when it leaves Git (R8)."""
    return not release.prune


def _leaves_protected(old: Declared | None, new: Declared | None) -> bool:
    """Whether a release that Flux may not delete is no longer written."""
    remaining = new.objects if new else {}
    gone = [item for key, item in old.objects.items() if key not in remaining] if old else []
    return any(item["kind"] == "HelmRelease" and is_protected(item) for item in gone)


def _in_place(old: Declared, new: Declared, release: Release, happens: Callable[[Resource, Resource], bool]) -> bool:
    """Whether something happens to the release of a HelmRelease that both sides have."""
    key = next((key for key in old.objects if key.kind == "HelmRelease" and key.name == release.name), None)
    return key is not None and key in new.objects and happens(old.objects[key], new.objects[key])


def _data(action: Action, key: Key, old: Declared | None, new: Declared | None) -> Data:
    """What becomes of data: krmfn knows of its own catalog's kinds whether they keep any."""
    release = old.release if old else None
    if old is None or release is None:
        return Data.KEPT
    if action is Action.CHANGE and new and new.release and lives_on(release) != lives_on(new.release):
        return Data.UNKNOWN
    in_place = new is not None and _in_place(old, new, release, reinstalls)
    if in_place and new and _in_place(old, new, release, strays):
        return Data.UNKNOWN
    if action not in LOSES or (is_kept(release) and not in_place):
        return Data.KEPT
    if release.keeps_data:
        return Data.LOST
    return Data.KEPT if Catalog.shipped().kind(key.owner.partition("/")[0]) else Data.UNKNOWN


def _fields(old: Declared, new: Declared, differ: Differ) -> tuple[Field, ...]:
    """What differs in objects that both sides have, and in the declaration's own release, whatever it is called."""
    pairs = [(item, new.objects[key]) for key, item in old.objects.items() if key in new.objects]
    if old.release and new.release and old.release.name != new.release.name:
        releases = [
            next((item for key, item in side.objects.items() if key[1::2] == ("HelmRelease", release.name)), None)
            for side, release in ((old, old.release), (new, new.release))
        ]
        pairs += [(releases[0], releases[1])] if releases[0] and releases[1] else []
    return tuple(field for was, will in pairs if bare(was) != bare(will) for field in differ.fields(was, will))


def _reaches(without: Declared | None, with_: Declared | None) -> tuple[Reach, ...]:
    """What one side may reach and the other not; how open a cluster is, only where both sides have it."""
    mine, theirs = (side.reaches if side else frozenset() for side in (with_, without))
    known = {(each.source, each.to, each.ports) for each in theirs}
    found = sorted(each for each in mine if (each.source, each.to, each.ports) not in known)
    if with_ and without and with_.cluster and without.cluster:
        opened = with_.open_to - without.open_to
        owner, name = with_.cluster.owner, with_.cluster.name
        # Everything includes the internet.
        for to in {EVERYTHING} & opened or opened:
            found.append(Reach(owner, name, to, (), enforced=True))
    return tuple(found)


def _renames(before: Index, after: Index) -> Iterator[tuple[Key, Key]]:
    """One that went and one of its kind that came with the same content, or in the same place: it was renamed."""
    gone, come = (_by_kind(side, other) for side, other in ((before, after), (after, before)))
    for kind in gone.keys() & come.keys():
        old, new = gone[kind], come[kind]
        for same in (_content, _place):
            for key in list(old):
                mine = same(before.declared[key])
                rivals = [each for each in old if same(before.declared[each]) == mine]
                fits = [each for each in new if same(after.declared[each]) == mine]
                if mine is not None and len(rivals) == len(fits) == 1:
                    old.remove(key)
                    new.remove(fits[0])
                    yield key, fits[0]


def _by_kind(side: Index, other: Index) -> dict[tuple[str, str], list[Key]]:
    """The declarations that only one side has."""
    found: dict[tuple[str, str], list[Key]] = {}
    for key in side.declared:
        if key not in other.declared:
            found.setdefault((key.namespace, key.owner.partition("/")[0]), []).append(key)
    return found


def _content(declared: Declared) -> object:
    release = declared.release
    return release and (release.chart_ref, release.chart, release.values, release.placed_on)


def _place(declared: Declared) -> object:
    return declared.release and declared.origin.file and (declared.origin.file, declared.origin.field)
