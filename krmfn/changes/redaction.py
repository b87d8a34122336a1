"""Shows a value only if it is short and plain, under a key that cannot hold a credential (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import Catalog
from krmfn.changes.change import Absent, Hidden
from krmfn.marks import APPLICATION, PREFIX, PRUNE, SUBSTITUTE, TARGET_CLUSTER
from krmfn.topology.checks.credentials import InlineCredentials

if TYPE_CHECKING:
    from krmfn.changes.differences import Steps

CREDENTIAL, NOT_SHOWN = Hidden("a credential"), Hidden("not shown")
METADATA = ("metadata", "annotations"), ("metadata", "labels")
OURS = (PREFIX, APPLICATION, TARGET_CLUSTER, PRUNE, SUBSTITUTE)
"""Prefixes of labels and annotations that users do not write."""
LONGEST_KEY = 63


class Redaction:
    """Decides what to show by the tables of the catalog, which are read once."""

    def __init__(self) -> None:
        catalog = Catalog.shipped()
        self._plain = catalog.plain_keys()
        self._credentials = InlineCredentials(catalog.credential_keys(), ())

    def shown(self, steps: Steps, value: Any) -> Any:
        """The value of a field that users can write, or a stand-in if it may not be shown."""
        if isinstance(value, Absent) or _is_ours(steps):
            return value
        if self._is_credential(steps, value):
            return CREDENTIAL
        return value if self._plain.shows(steps, value) else NOT_SHOWN

    def step(self, step: str | int) -> str | int:
        """A key in a path, or a stand-in: a user may have written a credential as a key."""
        if isinstance(step, int) or (len(step) <= LONGEST_KEY and not self._is_credential((), step)):
            return step
        return str(NOT_SHOWN)

    def _is_credential(self, steps: Steps, value: Any) -> bool:
        """True if it looks like a credential: by itself, or by its key, or by the name beside a `value`."""
        keys = [step for step in steps if isinstance(step, str)]
        named = next((key for key in reversed(keys) if key != "value"), "")
        return next(self._credentials.places({named: value}), None) is not None


def _is_ours(steps: Steps) -> bool:
    *above, key = steps
    return tuple(above) in METADATA and isinstance(key, str) and key.startswith(OURS)
