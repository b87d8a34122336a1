"""Quantities of a quota and of limits: read as in Kubernetes, with errors for what Kubernetes would refuse.

Source: apimachinery's resource.Quantity, and the API server's validation of ResourceQuota and LimitRange.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.results import Origin, Result
    from krmfn.topology.checks.chartvalues import Steps

BOUNDS = ("min", "defaultRequest", "default", "max")
"""The amounts of a LimitRange's item, from low to high: none may be higher than the next."""
RATIO = "maxLimitRequestRatio"
COUNTS = frozenset(
    {
        *("configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets"),
        *("services", "services.loadbalancers", "services.nodeports"),
    }
)
_QUANTITY = re.compile(
    r"([+-]?)(\d{1,30}\.?\d{0,18}|\.\d{1,18})(?:([numkMGTPE]|[KMGTPE]i|)|[eE]([+-]?\d{1,2}))", re.ASCII
)
_DECIMAL = {
    suffix: Fraction(10) ** (3 * power) for power, suffix in enumerate(("n", "u", "m", "", *"kMGTPE"), start=-3)
}
_BINARY = {f"{letter}i": Fraction(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}


def quantity(written: Any) -> Fraction | None:
    """The exact amount of a quantity (a string or a whole number); None if invalid, or if Kubernetes would round it."""
    parts = _QUANTITY.fullmatch(str(written)) if isinstance(written, (str, int)) else None
    if parts is None:
        return None
    sign, number, suffix, exponent = parts.groups()
    unit = Fraction(10) ** int(exponent) if exponent else {**_DECIMAL, **_BINARY}[suffix]
    return Fraction(sign + number.rstrip(".")) * unit


def wrong_amounts(spec: Mapping[str, Any], origin: Origin) -> Iterator[Result]:
    """Errors for amounts in a profile's spec that are not quantities, or that Kubernetes refuses in this field."""
    for key, written in (spec.get("quota") or {}).items():
        yield from _wrong(written, origin, ("spec", "quota", key), whole=_is_count(key))
    types: set[str] = set()
    for index, item in enumerate(spec.get("limits") or ()):
        for field, key, written in amounts(item):
            yield from _wrong(written, origin, ("spec", "limits", index, field, key))
        if item["type"] in types:
            message = f"another entry has limits for {item['type']} already; put both into one entry"
            yield origin.error("contradictory-limits", message, path_of("spec", "limits", index, "type"))
        types.add(item["type"])


def amounts(item: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The field, resource and quantity of each amount in a LimitRange's item."""
    for field in (*BOUNDS, RATIO):
        for key, written in item.get(field, {}).items():
            yield field, key, written


def contradictory_limits(own: Mapping[str, Any], merged: Mapping[str, Any], origin: Origin) -> Iterator[Result]:
    """Errors for limits that the API server would refuse, including limits of the extended profile."""
    items = {item["type"]: item for item in merged.get("limits") or ()}
    for index, said in enumerate(own.get("limits") or ()):
        item = items[said["type"]]
        for message, field in _contradictions(item):
            yield origin.error("contradictory-limits", message, path_of("spec", "limits", index, *field))


def _contradictions(item: Mapping[str, Any]) -> Iterator[tuple[str, Steps]]:
    kind = item["type"]
    if kind == "Pod":
        for field in ("default", "defaultRequest"):
            if field in item:
                yield "a Pod cannot have defaults, only containers can; move this to type Container", (field,)
    if kind == "PersistentVolumeClaim" and not any("storage" in item.get(field, {}) for field in ("min", "max")):
        yield "limits of a PersistentVolumeClaim need min or max with storage", ()
    for resource in sorted({key for _, key, _ in amounts(item)}):
        said = {
            field: amount
            for field in (*BOUNDS, RATIO)
            if (amount := quantity(item.get(field, {}).get(resource))) is not None
        }
        bounds = [field for field in BOUNDS if field in said]
        for lower, higher in pairwise(bounds):
            if said[lower] > said[higher]:
                message = (
                    f"{lower} of {resource} is {item[lower][resource]} and {higher} {item[higher][resource]}; "
                    f"{lower} may not be more than {higher}"
                )
                yield message, (higher, resource)
        if RATIO in said:
            most = said["max"] / said["min"] if "max" in said and said.get("min") else None
            if said[RATIO] < 1 or (most is not None and said[RATIO] > most):
                message = f"the ratio of {resource} must be at least 1, and at most max divided by min"
                yield message, (RATIO, resource)


def _wrong(written: Any, origin: Origin, steps: Steps, *, whole: bool = False) -> Iterator[Result]:
    amount = quantity(written)
    if amount is None or amount < 0:
        message = (
            "must be a quantity of at least zero, like 500m, 2, 1.5Gi or 1e3; quote it if it has a point or an exponent"
        )
        yield origin.error("invalid-quantity", message, path_of(*steps))
    elif whole and amount.denominator != 1:
        yield origin.error("invalid-quantity", "counts objects, so it must be a whole number", path_of(*steps))


def _is_count(resource: str) -> bool:
    return resource in COUNTS or ("/" in resource and not resource.startswith(("requests.", "limits.")))
