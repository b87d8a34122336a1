"""The runs of a repository: which there are, who owns what, and what only the platform may say (R14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fleet.agreement import disagreements
from krmfn.fleet.applied import unapplied, unrestricted, vanished
from krmfn.fleet.bystanders import foreign_objects
from krmfn.fleet.fleets import Fleet, Run, fleet_of, folder_of, is_definition, is_plane, several, spec_of
from krmfn.fleet.layout import Ground, misplaced
from krmfn.fleet.owners import claims
from krmfn.fleet.shards import Shard

if TYPE_CHECKING:
    from krmfn.results import Rule

__all__ = [
    "Fleet",
    "Ground",
    "Run",
    "Shard",
    "fleet_of",
    "folder_of",
    "is_definition",
    "is_plane",
    "one_owner",
    "several",
    "spec_of",
    "unapplied",
    "unrestricted",
    "vanished",
]


def one_owner(fleet: Fleet, ground: Ground) -> Rule[frozenset[str]]:
    """Errors for what R14 forbids in a repository.

    Returns:
        The namespaces in which more than one run declares, so that it is not known what they get.
    """
    unclear = yield from misplaced(fleet, ground)
    contested: frozenset[str] = frozenset()
    if fleet.is_several:
        contested = yield from claims(fleet)
        yield from foreign_objects(fleet)
        yield from disagreements(fleet)
    return unclear | contested
