"""Lost protection: of data, management plane and guards; refused until an earlier revision confirms it (R15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import Finding, Key
from krmfn.marks import CONFIRM_DELETION, CONFIRM_LOOSENING, PLATFORM
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.names import name_field
from krmfn.topology.known.confirmations import ARROW
from krmfn.topology.known.staleconfirmations import DATA, REQUIRED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.changes.picture import Picture
    from krmfn.results import Origin, Result
    from krmfn.topology.model.tenants import Protection

MOST = 3
"""Guards that are named; the others are counted."""


class Loss(NamedTuple):
    """A field of a ComputePlane that protects less than before.

    Attributes:
        field: its name in `spec`.
        before: its value in the earlier revision.
        after: its value now.
        allows: what is possible from now on, in which `{}` stands for the namespace.
    """

    field: str
    before: str
    after: str
    allows: str


def lost(before: Picture, after: Picture) -> Iterator[Finding]:
    """Errors for protection that is lost without a confirmation in the earlier revision."""
    yield from _of_runs(before, after)
    yield from _of_guards(before, after)


def _of_runs(before: Picture, after: Picture) -> Iterator[Finding]:
    """Errors for each namespace of which a ComputePlane protects less than before, field by field."""
    used = before.spaces()
    for space, old in sorted(before.protection.items()):
        if new := after.protection.get(space):
            for loss in _losses(old, new, keeps_data=space in used):
                word = f"{loss.before}{ARROW}{loss.after}"
                if old.confirmation != word:
                    yield Finding(Key(space, ""), _of_run(loss, word, space, old.origin, new.origin))


def _losses(old: Protection, new: Protection, *, keeps_data: bool) -> Iterator[Loss]:
    if keeps_data and old.data and not new.data:
        yield Loss("protect", *DATA, "Flux could then delete what keeps data in {} as soon as it leaves Git")
    if REQUIRED.index(old.required) > REQUIRED.index(new.required):
        which = "any app" if old.required == "all" else "an app that runs code of its users"
        allows = f"{which} could then be declared in {{}} without a cluster, and run on the management plane"
        yield Loss("requirePlacement", old.required, new.required, allows)


def _of_run(loss: Loss, word: str, space: str, before: Origin, after: Origin) -> Result:
    same = after.resource == before.resource
    origin = after if same else before
    named = f"{origin.resource.kind} {origin.resource.name}"
    is_plane = origin.resource.kind == "ComputePlane"
    field = f"{'spec' if is_plane else 'data'}.{loss.field}"
    lost = f"{field} is no longer {loss.before}"
    what = lost if same else f"{named}, which said {loss.field}: {loss.before}, is gone"
    message = (
        f"{what}: {loss.allows.format(space)}. This is not confirmed. Put it back, and go in two commits: 1. annotate "
        f'{named} with {CONFIRM_LOOSENING}: "{word}"; 2. once that is merged, change '
        f"{loss.field}, and remove the annotation"
    )
    return origin.error("unprotected-unconfirmed", message, field)


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
