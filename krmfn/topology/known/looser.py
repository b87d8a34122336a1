"""What makes one posture looser than another, field by field of the profile (R15; docs/pull-requests.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.chartvalues import at, scalars
from krmfn.topology.known.tightening import TIGHTENING, Toward, amounts_of
from krmfn.topology.model.postures import CARVE_OUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.topology.model.postures import Posture

ALL_FIELDS = (
    *("egress.scope", *(each.path for each in CARVE_OUTS)),
    *("podSecurity", "kubeconfig", "mesh", "quota", "limits", "pins"),
)
"""The fields of a profile that can be loosened, as a confirmation names them; `mesh` is the profile that it extends."""
NOUNS = {"quota": "quota", "limits": "limit"}


class Loosening(NamedTuple):
    """A field of a profile that restricts less than before, and what that means for a cluster."""

    field: str
    meaning: str


def looser(before: Posture, after: Posture) -> tuple[Loosening, ...]:
    """Everything that the first posture restricts and the second does not; empty if nothing is lost."""
    return tuple(_looser(before, after))


def _looser(before: Posture, after: Posture) -> Iterator[Loosening]:
    if before.scoped and not after.scoped:
        yield Loosening("egress.scope", "its nodes may reach everything")
    elif before.scoped:
        for each in CARVE_OUTS:
            if each.is_open(after) and not each.is_open(before):
                yield Loosening(each.path, f"its nodes may reach {each.reached}")
    levels = TIGHTENING["podSecurity"]
    old, new = before.pod_security or "privileged", after.pod_security or "privileged"
    if isinstance(levels, tuple) and levels.index(new) < levels.index(old):
        yield Loosening("podSecurity", f"Pod Security is {new}, and was {old}")
    if before.withheld and not after.withheld:
        yield Loosening("kubeconfig", "its tenant gets the kubeconfig")
    if after.meshed and not before.meshed:
        yield Loosening("mesh", "it may be joined with other clusters")
    yield from _amounts(before, after)
    for steps, pin in scalars(before.pins):
        if at(after.pins, steps) != (True, pin):
            yield Loosening("pins", f"{path_of(*steps)} is not pinned as before")


def _amounts(before: Posture, after: Posture) -> Iterator[Loosening]:
    """Amounts of the quota and the limits that were removed, or that changed so that they allow more."""
    from krmfn.topology.checks.quantities import quantity  # noqa: PLC0415  (loaded only where there are any)

    said = {each.place: each.written for each in amounts_of(_spec(after))}
    gone: dict[str, list[str]] = {}
    for field, place, _, written in amounts_of(_spec(before)):
        will = said.get(place)
        old, new = quantity(written), quantity(will)
        way = TIGHTENING[field]
        if old is None or (new is not None and (new == old or way is (Toward.MORE if new > old else Toward.LESS))):
            continue
        top = field.partition(".")[0]
        what = " ".join(place[1:]) if top == "quota" else f"{' '.join(place[1:])} ({place[0].removeprefix('limits.')})"
        if will is None:
            gone.setdefault(top, []).append(f"{what} (was {written})")
        else:
            yield Loosening(top, f"the {NOUNS[top]} of {what} is {will}, and was {written}")
    for top, amounts in gone.items():
        yield Loosening(top, f"no {NOUNS[top]} any more for {', '.join(amounts)}")


def _spec(posture: Posture) -> Mapping[str, Any]:
    return {"quota": posture.quota, "limits": posture.limits}
