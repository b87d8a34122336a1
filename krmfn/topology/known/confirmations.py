"""Reads confirmations of a loosening (`krmfn.dev/confirm-loosening`), and checks those on profiles.

An annotation confirms one change, which a later commit then makes (R15; docs/pull-requests.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fieldpaths import path_of
from krmfn.lookalikes import did_you_mean
from krmfn.marks import CONFIRM_LOOSENING
from krmfn.namedtuple import NamedTuple
from krmfn.topology.known.looser import ALL_FIELDS
from krmfn.topology.model.postures import CARVE_OUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.declarations import Profile
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.model.postures import Posture

ARROW = "->"
REMOVE = "it was used already, or never had an effect: remove it"


class Confirmation(NamedTuple):
    """What may be changed, and to what."""

    before: str
    after: str


def read(annotations: Mapping[str, str], origin: Origin, wanted: str) -> Rule[Confirmation | None]:
    """The confirmation of a declaration; None, with an error, if it is not two names with an arrow between them."""
    written = annotations.get(CONFIRM_LOOSENING)
    confirmed = None if written is None else _split(written)
    if written is not None and confirmed is None:
        message = f"must be {wanted}; correct it, or remove it"
        yield origin.error("wrong-confirmation", message, annotation(origin))
    return confirmed


def _split(written: str) -> Confirmation | None:
    before, arrow, after = written.partition(ARROW)
    return Confirmation(before, after) if arrow and before.strip() and after.strip() else None


def annotation(origin: Origin, key: str = CONFIRM_LOOSENING) -> str:
    """The field of an annotation in a declaration."""
    return path_of("annotations", key) if origin.field else path_of("metadata", "annotations", key)


def annotated(origin: Origin, declared: str) -> str:
    """What is to be annotated, for a sentence: the declared object itself, or its entry in a ComputePlane."""
    if not origin.field:
        return declared
    entry, _, inside = origin.field.partition("[")
    _, _, part = inside.partition("].")
    where = f"its {part}, in its entry" if part else "its entry"
    return f"{where} in {entry} of {origin.resource.kind} {origin.resource.name}, under annotations,"


def fields_of(name: str, annotations: Mapping[str, str]) -> frozenset[str]:
    """The fields of a profile whose loosening is confirmed on it."""
    confirmed = _split(annotations.get(CONFIRM_LOOSENING, ""))
    return frozenset(confirmed.after.split(",")) if confirmed and confirmed.before == name else frozenset()


def stale_on_profile(profile: Profile, posture: Posture | None) -> Iterator[Result]:
    """A result if a profile's confirmation is malformed, or names a field that no profile or not this one restricts."""
    origin, field = profile.origin, annotation(profile.origin)
    confirmed = yield from read(
        profile.annotations, origin, f'"{profile.name}{ARROW}" and the fields that will be looser'
    )
    if not confirmed or posture is None:
        return
    if confirmed.before != profile.name:
        message = f"confirms a change of {confirmed.before}, but is set on {profile.name}; {REMOVE}"
        yield origin.warning("stale-confirmation", message, field)
        return
    for name in confirmed.after.split(","):
        if name not in ALL_FIELDS:
            message = f"{name} is not a field that can be loosened{did_you_mean(name, ALL_FIELDS)}; the fields are "
            yield origin.warning("stale-confirmation", message + ", ".join(ALL_FIELDS), field)
        elif name not in _held(posture):
            message = f"confirms that {name} is loosened, but {profile.name} does not restrict it; {REMOVE}"
            yield origin.warning("stale-confirmation", message, field)


def _held(posture: Posture) -> frozenset[str]:
    """The fields in which a posture restricts something."""
    held = {
        "egress.scope": posture.scoped,
        **{each.path: posture.scoped and not each.is_open(posture) for each in CARVE_OUTS},
        "podSecurity": posture.hardened,
        "kubeconfig": posture.withheld,
        "mesh": not posture.meshed,
        "quota": bool(posture.quota),
        "limits": bool(posture.limits),
        "pins": bool(posture.pins),
    }
    return frozenset(field for field, holds in held.items() if holds)
