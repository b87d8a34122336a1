"""Lost protection: of data, and of the guards; refused until an earlier revision confirms it (R15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Finding, Key
from krmfn.marks import CONFIRM_DELETION, CONFIRM_LOOSENING, PLATFORM
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes.picture import Picture

MOST = 3
"""Guards that are named; the others are counted."""
UNPROTECTED = "data->clusters"
"""The confirmation of a loss of `protect: data`."""


def lost(before: Picture, after: Picture) -> Iterator[Finding]:
    """Errors for protection that is lost without a confirmation in the earlier revision."""
    yield from _of_data(before, after)
    yield from _of_guards(before, after)


def _of_data(before: Picture, after: Picture) -> Iterator[Finding]:
    """An error for each namespace in which Flux could from now on delete what keeps data."""
    for space, old in sorted(before.protection.items()):
        new = after.protection.get(space)
        if new and old.data and not new.data and old.confirmation != UNPROTECTED:
            same = new.origin.resource == old.origin.resource
            origin = new.origin if same else old.origin
            named = f"{origin.resource.kind} {origin.resource.name}"
            what = "spec.protect is no longer data" if same else f"{named}, which said protect: data, is gone"
            message = (
                f"{what}: Flux could then delete what keeps data in {space} as soon as it leaves Git. This is not "
                f"confirmed. Put it back, and go in two commits: 1. annotate {named} with {CONFIRM_LOOSENING}: "
                f'"{UNPROTECTED}"; 2. once that is merged, change protect, and remove the annotation'
            )
            field = "spec.protect" if origin.resource.kind == "ComputePlane" else "data.protect"
            yield Finding(Key(space, ""), origin.error("unprotected-unconfirmed", message, field))


def _of_guards(before: Picture, after: Picture) -> Iterator[Finding]:
    """An error for each platform run that is removed, or loses guards that no other run has."""
    kept = {name for key, each in after.declared.items() if key.namespace == PLATFORM for name in each.objects}
    for key, old in before.declared.items():
        if not old.platform or old.platform.confirms_deletion:
            continue
        gone = sorted(each.name for each in old.objects if each not in kept and each.kind.endswith("Policy"))
        if gone:
            origin = old.origin
            kind, _, name = old.platform.owner.partition("/")
            some = f"{', '.join(gone[:MOST])}{f' and {len(gone) - MOST} more guards' if len(gone) > MOST else ''}"
            message = (
                f"{kind} {name} no longer has {some}, which guard all tenants: Flux leaves them on the cluster, but "
                "nobody would keep them up to date. This is not "
                f"confirmed. Put it back, and go in two commits: 1. annotate {kind} {name} with {CONFIRM_DELETION}: "
                f'"{name}"; 2. once that is merged, remove them here, and delete on the cluster those that must go'
            )
            yield Finding(key, origin.error("unguarded-unconfirmed", message, name_field(origin)))
