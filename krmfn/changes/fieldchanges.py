"""Which fields of an object differ, down to scalars, and which of their values may be shown (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import FieldChange
from krmfn.changes.differences import ABSENT, differences
from krmfn.changes.manifestpaths import FREE
from krmfn.changes.redaction import Redaction
from krmfn.fieldpaths import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes.written import Written


class Differ:
    """Compares objects; the catalog's table of what may be shown is read once."""

    def __init__(self) -> None:
        self._redaction = Redaction()

    def fields(self, before: Written, after: Written) -> Iterator[FieldChange]:
        """The scalars that differ, in the order of the manifest."""
        name = "/".join(after.key)
        for path in {**before.fields, **after.fields}:
            old, new = before.fields.get(path, ABSENT), after.fields.get(path, ABSENT)
            for each in differences(old, new, tuple(path.split("."))):
                was, will = each.before, each.after
                if path in FREE:
                    was, will = (self._redaction.shown(each.steps, value) for value in (was, will))
                yield FieldChange(name, path_of(*map(self._redaction.step, each.steps)), was, will)
