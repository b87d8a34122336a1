"""Tightening: in which direction a profile may change each field of the IsolationProfile that it extends (R11)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.chartvalues import contradictions, merge
from krmfn.topology.model.postures import CARVE_OUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.results import Origin, Result

    Spec = Mapping[str, Any]


class Toward(Enum):
    """The direction in which a profile may change a value; a value that is not set may be added freely."""

    LESS = "lower it"
    MORE = "raise it"
    SAME = "leave it as it is"


TIGHTENING: dict[str, tuple[Any, ...] | Toward] = {
    "egress.scope": ("open", "declared"),
    **{each.path: (each.opened, each.closed) for each in CARVE_OUTS},
    "podSecurity": ("privileged", "baseline", "restricted"),
    "kubeconfig": ("available", "withheld"),
    "quota": Toward.LESS,
    "limits.max": Toward.LESS,
    "limits.min": Toward.MORE,
    # This limit applies only to containers that set none; containers that set one are bound by the quota on the sum.
    "limits.default": Toward.LESS,
    "limits.defaultRequest": Toward.LESS,
    "limits.maxLimitRequestRatio": Toward.LESS,
    "pins": Toward.SAME,
}
"""How each field of a profile tightens: its values from the loosest to the tightest, or the direction in which its
amounts may change. A field that is not set has its loosest value, except those in CLOSED. `limits` are matched by
their `type`."""
CLOSED = {each.path: each.closed for each in CARVE_OUTS if not each.by_default}
"""Fields that are closed in a profile with scoped egress if they are not set."""


def loosened(name: str, base: Spec, spec: Spec, origin: Origin) -> Iterator[Result]:
    """Errors for fields of `spec` that are looser than in the profile that it extends (`base`, named `name`)."""
    fixed, said = _choices(base), _choices(spec)
    if fixed.get("egress.scope") == "declared":
        fixed = {**CLOSED, **fixed}
    for field, values in TIGHTENING.items():
        if not isinstance(values, tuple) or field not in said:
            continue
        if values.index(said[field]) < values.index(fixed.get(field, values[0])):
            message = f'"{name}" has {field} {_shown(fixed[field])}, and a profile that extends it can only tighten it'
            yield origin.error("profile-loosened", message, f"spec.{field}")
    if (spec.get("quota") and base.get("quota")) or (spec.get("limits") and base.get("limits")):
        yield from _loosened_amounts(name, base, spec, origin)
    for steps, _ in contradictions(spec.get("pins") or {}, base.get("pins") or {}):
        message = f'"{name}" pins this to another value, and a profile that extends it can only add pins; remove it'
        yield origin.error("profile-loosened", message, path_of("spec", "pins", *steps))


def _loosened_amounts(name: str, base: Spec, spec: Spec, origin: Origin) -> Iterator[Result]:
    from krmfn.topology.checks.quantities import quantity  # noqa: PLC0415  (loaded only where there are any)

    fixed = {amount.place: amount.written for amount in amounts_of(base)}
    for field, place, path, written in amounts_of(spec):
        before, after = quantity(fixed.get(place)), quantity(written)
        if before is None or after is None:
            continue  # not set in the extended profile, or not a quantity (reported elsewhere)
        way = TIGHTENING[field]
        if (after > before and way is not Toward.MORE) or (after < before and way is not Toward.LESS):
            message = f'"{name}" has {place[-1]} {fixed[place]} here, and a profile that extends it can only '
            yield origin.error("profile-loosened", message + str(getattr(way, "value", "")), path)


class Amount(NamedTuple):
    """A quantity of a profile: its field in TIGHTENING, the resource that it is for, and its path."""

    field: str
    place: tuple[str, ...]
    path: str
    written: Any


def amounts_of(spec: Spec) -> Iterator[Amount]:
    """Every quantity in the quota and the limits of a profile."""
    from krmfn.topology.checks.quantities import amounts  # noqa: PLC0415  (as above)

    for key, written in (spec.get("quota") or {}).items():
        yield Amount("quota", ("quota", key), path_of("spec", "quota", key), written)
    for index, item in enumerate(spec.get("limits") or ()):
        for field, key, written in amounts(item):
            place = (f"limits.{field}", item["type"], key)
            yield Amount(f"limits.{field}", place, path_of("spec", "limits", index, field, key), written)


def tightened(base: Spec, spec: Spec) -> dict[str, Any]:
    """The extended profile's spec, overridden by the profile's own."""
    limits = _limits_over(base, spec)
    return {**merge(dict(base), dict(spec)), **({"limits": limits} if limits else {})}


def stated(spec: Spec) -> dict[str, Any]:
    """The spec without null and empty fields, which count as not set; a pin may be null."""
    said = {key: value for key, value in spec.items() if value is not None and value != ""}
    if "egress" in said:
        said["egress"] = {key: value for key, value in said["egress"].items() if value is not None}
    if "limits" in said:
        said["limits"] = [{key: value for key, value in item.items() if value is not None} for item in said["limits"]]
    return said


def _limits_over(base: Spec, spec: Spec) -> list[dict[str, Any]]:
    """The merged limits: one entry for each type, as Kubernetes requires."""
    by_type = {item["type"]: item for item in base.get("limits") or ()}
    for item in spec.get("limits") or ():
        by_type[item["type"]] = merge(by_type.get(item["type"], {}), item)
    return list(by_type.values())


def _choices(spec: Spec) -> dict[str, Any]:
    """The profile's value of each field that has a fixed list of values."""
    egress = spec.get("egress") or {}
    found = {}
    for field, way in TIGHTENING.items():
        outer, _, inner = field.partition(".")
        value = egress.get(inner) if outer == "egress" else spec.get(outer)
        if isinstance(way, tuple) and value is not None:
            found[field] = value
    return found


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
