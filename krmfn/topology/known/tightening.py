"""Tightening: which way each field of an IsolationProfile may go in one that extends it (R11)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from krmfn.results import path_of
from krmfn.topology.checks.chartvalues import contradictions, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import IsolationProfile
    from krmfn.results import Origin, Result


class Toward(Enum):
    """Which way what stands under a field may go; where nothing stands, anything may be added."""

    LESS = "lower it"
    MORE = "raise it"
    SAME = "leave it as it is"


TIGHTENING: dict[str, tuple[Any, ...] | Toward] = {
    "egress.scope": ("open", "declared"),
    "egress.internet": ("allow", "deny"),
    "egress.volumes": (True, False),
    "egress.monitoring": (True, False),
    "egress.ownIngress": (True, False),
    "podSecurity": ("privileged", "baseline", "restricted"),
    "kubeconfig": ("available", "withheld"),
    "quota": Toward.LESS,
    "limits.max": Toward.LESS,
    "limits.min": Toward.MORE,
    # What a container gets that says nothing. It bounds none that does; its sum is bounded by the quota.
    "limits.default": Toward.LESS,
    "limits.defaultRequest": Toward.LESS,
    "limits.maxLimitRequestRatio": Toward.LESS,
    "pins": Toward.SAME,
}
"""The way each field of a profile tightens: its values from the loosest to the tightest, and one that is not said is
the loosest, but for CLOSED; or where what stands under it may go. `limits` are told apart by their `type`."""
CLOSED = {"egress.volumes": False, "egress.monitoring": False, "egress.ownIngress": False}
"""What a profile with scoped egress leaves closed by not saying it."""


def loosened(base: IsolationProfile, profile: IsolationProfile, origin: Origin) -> Iterator[Result]:
    """What a profile would loosen of the one that it extends."""
    fixed, said = _postures(base), _postures(profile)
    if base.egress.scope == "declared":
        fixed = {**CLOSED, **fixed}
    for field, values in TIGHTENING.items():
        if not isinstance(values, tuple) or field not in said:
            continue
        if values.index(said[field]) < values.index(fixed.get(field, values[0])):
            message = (
                f'"{base.name}" has {field} {_shown(fixed[field])}, and a profile that extends it can only tighten it'
            )
            yield origin.error("profile-loosened", message, f"spec.{field}")
    if (profile.quota and base.quota) or (profile.limits and base.limits):
        yield from _loosened_amounts(base, profile, origin)
    for steps, _ in contradictions(profile.pins, base.pins):
        message = f'"{base.name}" pins this to another value, and a profile that extends it can only add pins'
        yield origin.error("profile-loosened", message, path_of("spec", "pins", *steps))


def _loosened_amounts(base: IsolationProfile, profile: IsolationProfile, origin: Origin) -> Iterator[Result]:
    from krmfn.topology.checks.quantities import quantity  # noqa: PLC0415  (loaded only where there are any)

    fixed = {place: written for place, _, written in _amounts(base)}
    for place, path, written in _amounts(profile):
        before, after = quantity(fixed.get(place)), quantity(written)
        if before is None or after is None:
            continue  # it was not said before, or it is no quantity, which has been told
        way = TIGHTENING[place[0]]
        if (after > before and way is not Toward.MORE) or (after < before and way is not Toward.LESS):
            message = f'"{base.name}" has {place[-1]} {fixed[place]} here, and a profile that extends it can only '
            yield origin.error("profile-loosened", message + str(getattr(way, "value", "")), path)


def _amounts(profile: IsolationProfile) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Each quantity of a profile: what it is an amount of, beginning with its field, and its place and value."""
    from krmfn.topology.checks.quantities import amounts  # noqa: PLC0415  (as above)

    for key, written in (profile.quota or {}).items():
        yield ("quota", key), path_of("spec", "quota", key), written
    for index, item in enumerate(profile.limits or ()):
        for field, key, written in amounts(item):
            yield (f"limits.{field}", item["type"], key), path_of("spec", "limits", index, field, key), written


def tightened(base: IsolationProfile, profile: IsolationProfile) -> IsolationProfile:
    """The base with what the profile says."""
    said = {field: getattr(profile, field) for field in ("pod_security", "kubeconfig")}
    return base._replace(
        name=profile.name,
        extends=profile.extends,
        egress=base.egress._replace(**_said(profile.egress._asdict())),
        quota=merge(base.quota or {}, profile.quota or {}),
        limits=_limits_over(base, profile),
        pins=merge(base.pins, profile.pins),
        **_said(said),
    )


def _limits_over(base: IsolationProfile, profile: IsolationProfile) -> tuple[dict[str, Any], ...]:
    """One entry a type, as Kubernetes wants it."""
    by_type = {item["type"]: item for item in base.limits or ()}
    for item in profile.limits or ():
        by_type[item["type"]] = merge(by_type.get(item["type"], {}), item)
    return tuple(by_type.values())


def _postures(profile: IsolationProfile) -> dict[str, Any]:
    """What a profile says of each field that can be tightened."""
    egress = profile.egress
    fields = (egress.scope, egress.internet, egress.volumes, egress.monitoring, egress.own_ingress)
    choices = [field for field, way in TIGHTENING.items() if isinstance(way, tuple)]
    return _said(dict(zip(choices, (*fields, profile.pod_security, profile.kubeconfig), strict=True)))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if value is not None and value != ""}
