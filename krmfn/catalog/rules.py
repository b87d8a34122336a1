"""The table of rules.yaml: why generated fields have their values.

The row with the longest field counts, for everything below its field. `[]` is any item of a list, the kind `*` is every
kind, and `inside` marks objects that a boundary's chart applies inside a cluster.
"""

from __future__ import annotations

import re
from typing import Any

from krmfn.catalog.keychecks import check
from krmfn.namedtuple import NamedTuple

INDEX = re.compile(r"\[\d+\]")
ANY_KIND = "*"


class FieldRule(NamedTuple):
    """Why a field of generated objects has its value.

    Attributes:
        kind: the kind of the objects; `*` for every kind.
        inside: whether they are inside a cluster, in the values of a boundary; what is not, of every kind, counts there
            too where nothing else is said.
        field: the path; `[]` stands for any item of a list.
        says: one sentence.
        page: the page of the documentation that says more.
    """

    kind: str
    inside: bool
    field: str
    says: str
    page: str

    def covers(self, path: str) -> bool:
        """True for the field and everything below it."""
        return path == self.field or path.startswith((f"{self.field}.", f"{self.field}["))


class FieldRules(NamedTuple):
    """All rows of the table."""

    rows: tuple[FieldRule, ...]

    def of(self, kind: str, path: str, *, inside: bool) -> FieldRule:
        """The rule of a field: the one with the longest path.

        Raises:
            LookupError: no row covers the field; a test walks all fields, so this is a mistake of ours.
        """
        pattern = INDEX.sub("[]", path)
        found = [
            row
            for row in self.rows
            if row.covers(pattern)
            and (row.inside == inside or (row.kind == ANY_KIND and not row.inside))
            and row.kind in {ANY_KIND, kind}
        ]
        if not found:
            message = f"catalog/rules.yaml has no row for {path} of {kind}"
            raise LookupError(message)
        return max(found, key=lambda row: (len(row.field), row.kind != ANY_KIND, row.inside))


def read_rules(data: Any) -> FieldRules:
    """rules.yaml."""
    rows = (check(each, required=("kind", "field", "says", "page"), optional=("inside",)) for each in data)
    return FieldRules(tuple(FieldRule(**{"inside": False, **row}) for row in rows))
