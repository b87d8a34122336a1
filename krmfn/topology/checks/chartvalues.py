"""Chart values: merging as in Helm, pins that a user may not contradict, and keys reserved for the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin, Result

Steps = tuple[str | int, ...]
_INNER: frozenset[type] = frozenset({dict, list})


def merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """The values `under`, overridden by `over`: maps are merged, everything else is replaced. Inputs stay unchanged."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def contradictions(values: dict[str, Any], pins: dict[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Each path at which the values differ from a pin, with the pin's value.

    A null differs as well: with null, Helm removes the value below. So does any value but a map if the pin is a map.
    """
    for key, pin in pins.items():
        if key not in values:
            continue
        value, place = values[key], (*steps, key)
        if isinstance(pin, dict) and isinstance(value, dict):
            yield from contradictions(value, pin, place)
        elif not _same(value, pin):
            yield place, pin


def _same(value: Any, pin: Any) -> bool:
    """True if both are equal and of the same type: in Python `1 == True`, in Kubernetes they differ."""
    if isinstance(value, list) and isinstance(pin, list):
        return len(value) == len(pin) and all(map(_same, value, pin))
    if isinstance(value, dict) and isinstance(pin, dict):
        return value.keys() == pin.keys() and all(_same(value[key], pin[key]) for key in pin)
    return isinstance(value, bool) == isinstance(pin, bool) and bool(value == pin)


def check_reserved(values: dict[str, Any] | None, origin: Origin, field: str) -> Iterator[Result]:
    """Refuses keys that start with an underscore: the platform uses them (docs/platform.md#release-of-an-app)."""
    for key in values or {}:
        if key.startswith("_"):
            message = "keys starting with an underscore are reserved for the platform; remove it"
            yield origin.error("reserved-value", message, f"{field}.{path_of(key)}")


def ordered(value: Any) -> Any:
    """The value with sorted keys in every map: kustomize sorts and kpt does not, so both get the same bytes."""
    if isinstance(value, dict):
        return {str(key): ordered(each) if (each := value[key]).__class__ in _INNER else each for key in sorted(value)}
    if isinstance(value, list):
        return [ordered(item) for item in value]
    return value


def at(values: Any, steps: Steps) -> tuple[bool, Any]:
    """True and the value if there is a value at a path, else False and None."""
    for step in steps:
        in_map = isinstance(values, dict) and step in values
        in_list = isinstance(values, list) and isinstance(step, int) and step < len(values)
        if not in_map and not in_list:
            return False, None
        values = values[step]
    return True, values


def scalars(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every scalar with its path, in document order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from scalars(inner, (*steps, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from scalars(inner, (*steps, index))
    else:
        yield steps, value
