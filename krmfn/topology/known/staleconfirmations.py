"""Confirmations of a loosening on clusters, apps and runs: what each confirms, and errors if it is nothing (R15)."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from krmfn.lookalikes import did_you_mean
from krmfn.marks import CONFIRM_DELETION
from krmfn.topology.known.confirmations import ARROW, REMOVE, Confirmation, annotation, read
from krmfn.topology.known.looser import looser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.declarations import DeclaredApp, DeclaredCluster, Options
    from krmfn.results import Origin, Result, Rule
    from krmfn.topology.known.isolation import IsolationProfiles
    from krmfn.topology.model.postures import Posture

MANAGEMENT_PLANE = "ManagementPlane"
"""Stands for the management plane in the confirmation of an app, as in `placement` of a kind."""
DATA = Confirmation("data", "clusters")
"""Confirms that `spec.protect` of a ComputePlane is no longer data."""
REQUIRED = ("none", "code", "all")
"""The values of `spec.requirePlacement`, the loosest first."""
UNREQUIRED = tuple(Confirmation(after, before) for before, after in combinations(REQUIRED, 2))
"""Each confirms that `spec.requirePlacement` becomes looser."""


def confirmed_posture(declared: DeclaredCluster, posture: Posture, profiles: IsolationProfiles) -> Rule[Posture | None]:
    """The posture that a later commit may give a cluster, as its declaration confirms.

    None, with a result, if the confirmation is malformed, was used already, or is of no loosening of this cluster.
    """
    field = annotation(declared.origin)
    confirmed = yield from read(declared.annotations, declared.origin, OF_A_CLUSTER)
    return (yield from _of_profiles(confirmed, posture, profiles, declared.origin, field)) if confirmed else None


def stale_on_app(declared: DeclaredApp, on: Posture | None, profiles: IsolationProfiles) -> Iterator[Result]:
    """A result if an app's confirmation is malformed, was used already, or confirms nothing.

    `on` is the posture of the cluster that the app is on; None on the management plane.
    """
    origin, field = declared.origin, annotation(declared.origin)
    if confirmed := (yield from read(declared.annotations, origin, OF_AN_APP)):
        if on is None:
            message = f"confirms that {declared.name} leaves a cluster, but it runs on none; {REMOVE}"
            yield origin.warning("stale-confirmation", message, field)
        elif confirmed != (on.name, MANAGEMENT_PLANE):
            yield from _of_profiles(confirmed, on, profiles, origin, field)


def stale_on_run(options: Options) -> Iterator[Result]:
    """A result if the confirmation of a ComputePlane is malformed, or if it does not have what it confirms to lose."""
    origin, field = options.origin, annotation(options.origin)
    if options.scope != "platform" and CONFIRM_DELETION in options.annotations:
        message = "has no effect: only a ComputePlane with scope: platform needs this confirmation; remove it"
        yield origin.warning("stale-confirmation", message, annotation(origin, CONFIRM_DELETION))
    if confirmed := (yield from read(options.annotations, origin, OF_A_RUN)):
        message = ""
        if options.scope == "platform" or confirmed not in {DATA, *UNREQUIRED}:
            message = f"a ComputePlane of tenants can confirm {OF_A_RUN}, and nothing else; {REMOVE}"
        elif confirmed == DATA and options.protect != "data":
            message = f"confirms the end of protect: data, but spec.protect is not data; {REMOVE}"
        elif confirmed != DATA and options.require_placement != confirmed.before:
            was, now = confirmed.before, options.require_placement
            message = f"confirms the end of requirePlacement: {was}, but spec.requirePlacement is {now}; {REMOVE}"
        if message:
            yield origin.warning("stale-confirmation", message, field)


OF_A_RUN = (
    f'"data{ARROW}clusters" for spec.protect, or "code{ARROW}none", "all{ARROW}none" or "all{ARROW}code" for '
    "spec.requirePlacement"
)
OF_A_CLUSTER = f'"<from>{ARROW}<to>": the profile that the cluster has, and the looser one that it will get'
OF_AN_APP = (
    f'"<from>{ARROW}<to>": the profile of the cluster that the app is on, and that of the looser cluster, or '
    f"{MANAGEMENT_PLANE}"
)


def _of_profiles(
    confirmed: Confirmation, posture: Posture, profiles: IsolationProfiles, origin: Origin, field: str
) -> Rule[Posture | None]:
    """The posture that a confirmation allows; None, with a result, if it does not fit the posture of today."""
    after = profiles.posture(confirmed.after)
    if confirmed.before != posture.name:
        message = f"confirms a change from {confirmed.before}, but the profile is {posture.name}; {REMOVE}"
    elif after is None:
        hint = did_you_mean(confirmed.after, profiles.names())
        message = f"there is no profile {confirmed.after}{hint}; name an existing one"
    elif not looser(posture, after):
        message = f"{confirmed.after} is not looser than {confirmed.before}, so there is nothing to confirm; remove it"
    else:
        return after
    yield origin.warning("stale-confirmation", message, field)
    return None
