"""Confirmations that a change adds: nothing is lost yet, but whoever reviews it allows a later commit to (R15)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from krmfn.declarations import Role, role_of
from krmfn.fieldpaths import path_of
from krmfn.fleet import is_definition, is_plane, spec_of
from krmfn.marks import CONFIRM_DELETION, CONFIRM_LOOSENING
from krmfn.resourcelist import identity, origin_of
from krmfn.topology.known.confirmations import ARROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

CONFIRMS = "confirms-loss"
INLINE = ("clusters", "apps")
"""Fields of a ComputePlane with declarations that have annotations of their own."""
Word = tuple[object, tuple[str | int, ...], str]
"""A confirmation: whose it is, where it stands, and what it says."""


def newly_confirmed(before: Iterable[Resource], after: Iterable[Resource]) -> Iterator[Result]:
    """An info for each confirmation that the earlier revision does not have."""
    known = {word for item in before for word in _words(item)}
    for item in after:
        for word in _words(item):
            if word not in known:
                _, steps, said = word
                step = _step(steps[-1], said)
                message = f"confirms a loss: once this is applied, a later commit may {step}"
                yield origin_of(item).info("confirms-loss", message, path_of(*steps))


def _words(item: Resource) -> Iterator[Word]:
    for (steps, inside), key in product(_places(item), (CONFIRM_DELETION, CONFIRM_LOOSENING)):
        annotations = inside.get("annotations") if isinstance(inside, dict) else None
        said = str(annotations.get(key) or "") if isinstance(annotations, dict) else ""
        # What confirms nothing is a finding of its own.
        confirms = ARROW in said if key == CONFIRM_LOOSENING else said and said == inside.get("name")
        if confirms and (role_of(item) is Role.DECLARATION or is_plane(item) or is_definition(item)):
            yield identity(item), (*steps, "annotations", key), said


def _places(item: Resource) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """What may have annotations, with the path to it."""
    yield ("metadata",), item.get("metadata")
    for field in INLINE if item.get("kind") == "ComputePlane" else ():
        entries = spec_of(item).get(field)
        yield from ((("spec", field, i), each) for i, each in enumerate(entries if isinstance(entries, list) else ()))


def _step(key: str | int, said: str) -> str:
    before, _, after = said.partition(ARROW)
    return f"remove {said}, with what it keeps" if key == CONFIRM_DELETION else f"loosen {before} to {after}"
