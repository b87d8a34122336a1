"""The new names of kinds that the platform has renamed or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krmfn.catalog import Catalog


def renamed(kind: str, catalog: Catalog) -> str:
    """What to write instead of an old kind; empty if it was never a kind of the platform."""
    found = catalog.renamed(kind)
    if found is None:
        return ""
    now = " and ".join(found.now)
    return f"since Cozystack {found.since} there is no {kind}: declare {now} instead, whose fields have other names"
