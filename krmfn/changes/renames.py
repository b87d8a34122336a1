"""Renames: pairs of a removed and a new declaration that are certainly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes.change import Key
    from krmfn.changes.picture import Expectation, Picture


def renames(before: Picture, after: Picture) -> Iterator[tuple[Key, Key]]:
    """Pairs of a removed and a new declaration of one kind, with the same content or in the same place: renames."""
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


def _by_kind(side: Picture, other: Picture) -> dict[tuple[str, str], list[Key]]:
    """The declarations that only one revision has."""
    found: dict[tuple[str, str], list[Key]] = {}
    for key in side.declared:
        if key not in other.declared:
            found.setdefault((key.namespace, key.owner.partition("/")[0]), []).append(key)
    return found


def _content(declared: Expectation) -> object:
    release = declared.release
    return release and (release.chart_ref, release.chart, release.values, release.placed_on)


def _place(declared: Expectation) -> object:
    return declared.release and declared.origin.file and (declared.origin.file, declared.origin.field)
