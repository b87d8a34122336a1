"""Confirmations of a loosening (`krmfn.dev/confirm-loosening`): a word that is malformed, or that fits nothing.

A word confirms one step, which a later commit then takes (R15; docs/pull-requests.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.lookalikes import did_you_mean
from krmfn.marks import CONFIRM_DELETION, CONFIRM_LOOSENING
from krmfn.results import path_of
from krmfn.topology.known.looser import ALL_FIELDS, looser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.declarations import DeclaredApp, DeclaredCluster, Options, Profile
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.known.isolation import IsolationProfiles
    from krmfn.topology.model.clusters import Posture

MANAGEMENT_PLANE = "ManagementPlane"
"""Stands for the management plane in the word of an app, as in `placement` of a kind."""
ARROW = "->"


class Word(NamedTuple):
    """A confirmation: from what to what."""

    before: str
    after: str


def fields_of(name: str, annotations: Mapping[str, str]) -> frozenset[str]:
    """The fields of a profile whose loosening is confirmed on it."""
    word = _split(annotations.get(CONFIRM_LOOSENING, ""))
    return frozenset(word.after.split(",")) if word and word.before == name else frozenset()


def confirmed_posture(declared: DeclaredCluster, posture: Posture, profiles: IsolationProfiles) -> Rule[Posture | None]:
    """The posture that a later commit may give a cluster, as its word confirms.

    None, with a result, if the word is malformed, was used already, or confirms no loosening of this cluster.
    """
    field = annotation(declared.origin)
    word = yield from _read(declared.annotations, declared.origin, OF_A_CLUSTER)
    return (yield from _of_profiles(word, posture, profiles, declared.origin, field)) if word else None


def stale_on_app(declared: DeclaredApp, on: Posture | None, profiles: IsolationProfiles) -> Iterator[Result]:
    """A result if an app's word is malformed, was used already, or confirms nothing.

    `on` is the posture of the cluster that the app is on; None on the management plane.
    """
    origin, field = declared.origin, annotation(declared.origin)
    if word := (yield from _read(declared.annotations, origin, OF_AN_APP)):
        if on is None:
            message = f"confirms that {declared.name} leaves a cluster, but it is on none; {REMOVE}"
            yield origin.warning("stale-confirmation", message, field)
        elif word != (on.name, MANAGEMENT_PLANE):
            yield from _of_profiles(word, on, profiles, origin, field)


def stale_on_profile(profile: Profile, posture: Posture | None) -> Iterator[Result]:
    """A result if a profile's word is malformed, names what no profile has, or what this one does not hold."""
    origin, field = profile.origin, annotation(profile.origin)
    word = yield from _read(profile.annotations, origin, f'"{profile.name}{ARROW}" and the fields that will be looser')
    if not word or posture is None:
        return
    if word.before != profile.name:
        message = f"confirms a step of {word.before}, but is set on {profile.name}; {REMOVE}"
        yield origin.warning("stale-confirmation", message, field)
        return
    for name in word.after.split(","):
        if name not in ALL_FIELDS:
            message = f"{name} is no field that can be loosened{did_you_mean(name, ALL_FIELDS)}; there are "
            yield origin.warning("stale-confirmation", message + ", ".join(ALL_FIELDS), field)
        elif name not in _held(posture):
            message = f"confirms that {name} is loosened, but {profile.name} holds nothing there; {REMOVE}"
            yield origin.warning("stale-confirmation", message, field)


def stale_on_run(options: Options) -> Iterator[Result]:
    """A result if the word of a ComputePlane is malformed, or if it has no protection of data to lose."""
    origin, field = options.origin, annotation(options.origin)
    if options.scope != "platform" and CONFIRM_DELETION in options.annotations:
        message = "confirms nothing: only with scope: platform a ComputePlane has something to delete; remove it"
        yield origin.warning("stale-confirmation", message, annotation(origin, CONFIRM_DELETION))
    if word := (yield from _read(options.annotations, origin, f'"data{ARROW}clusters"')):
        if word != ("data", "clusters"):
            message = f"a ComputePlane can only confirm data{ARROW}clusters, for spec.protect; {REMOVE}"
            yield origin.warning("stale-confirmation", message, field)
        elif options.protect != "data" or options.scope == "platform":
            message = f"confirms that spec.protect is no longer data, but it is not; {REMOVE}"
            yield origin.warning("stale-confirmation", message, field)


OF_A_CLUSTER = f'"<from>{ARROW}<to>": the profile that the cluster has, and the looser one that it will get'
OF_AN_APP = (
    f'"<from>{ARROW}<to>": the profile of the cluster that the app is on, and that of the looser cluster, or '
    f"{MANAGEMENT_PLANE}"
)
REMOVE = "it was used already, or fits nothing: remove it"


def annotation(origin: Origin, key: str = CONFIRM_LOOSENING) -> str:
    """The field of an annotation in a declaration."""
    return path_of("annotations", key) if origin.field else path_of("metadata", "annotations", key)


def _of_profiles(
    word: Word, posture: Posture, profiles: IsolationProfiles, origin: Origin, field: str
) -> Rule[Posture | None]:
    """The posture to which a word leads; None, with a result, if it is no step that can be taken from this one."""
    after = profiles.posture(word.after)
    if word.before != posture.name:
        message = f"confirms a step from {word.before}, but the profile is {posture.name}; {REMOVE}"
    elif after is None:
        message = (
            f"there is no profile {word.after}{did_you_mean(word.after, profiles.names())}; write one that there is"
        )
    elif not looser(posture, after):
        message = f"{word.after} is not looser than {word.before}, so there is nothing to confirm; remove it"
    else:
        return after
    yield origin.warning("stale-confirmation", message, field)
    return None


def _read(annotations: Mapping[str, str], origin: Origin, wanted: str) -> Rule[Word | None]:
    """The word; None, with an error, if it is not two names with an arrow between them."""
    written = annotations.get(CONFIRM_LOOSENING)
    word = None if written is None else _split(written)
    if written is not None and word is None:
        message = f"must be {wanted}; correct it, or remove it"
        yield origin.error("wrong-confirmation", message, annotation(origin))
    return word


def _split(written: str) -> Word | None:
    before, arrow, after = written.partition(ARROW)
    return Word(before, after) if arrow and before.strip() and after.strip() else None


def _held(posture: Posture) -> frozenset[str]:
    """The fields in which a posture holds something."""
    held = {
        "egress.scope": posture.scoped,
        "egress.internet": posture.scoped and not posture.internet,
        "egress.volumes": posture.scoped and not posture.volumes,
        "egress.monitoring": posture.scoped and not posture.monitoring,
        "egress.ownIngress": posture.scoped and not posture.own_ingress,
        "podSecurity": posture.hardened,
        "kubeconfig": posture.withheld,
        "mesh": not posture.meshed,
        "quota": bool(posture.quota),
        "limits": bool(posture.limits),
        "pins": bool(posture.pins),
    }
    return frozenset(field for field, holds in held.items() if holds)
