"""Chart values: merging as Helm does it, pins that a user may not contradict, and keys that are not a user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.results import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin, Result

Steps = tuple[str | int, ...]


def merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Maps merge, everything else is replaced; neither is changed."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def contradictions(values: dict[str, Any], pins: dict[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Where the values say something else than a pin, with what the pin says.

    A null counts: to Helm it removes what is below it. So does anything that is no map where a pin goes deeper.
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
    """Equal, and of one type: to Kubernetes `1` and `true` are two things."""
    if isinstance(value, list) and isinstance(pin, list):
        return len(value) == len(pin) and all(map(_same, value, pin))
    if isinstance(value, dict) and isinstance(pin, dict):
        return value.keys() == pin.keys() and all(_same(value[key], pin[key]) for key in pin)
    return isinstance(value, bool) == isinstance(pin, bool) and bool(value == pin)


def check_reserved(values: dict[str, Any] | None, origin: Origin, field: str) -> Iterator[Result]:
    """Keys with an underscore are the platform's (docs/platform.md#release-of-an-app)."""
    for key in values or {}:
        if key.startswith("_"):
            message = "keys starting with an underscore are reserved for the platform; remove it"
            yield origin.error("reserved-value", message, f"{field}.{path_of(key)}")


def ordered(value: Any) -> Any:
    """The value with every map's keys in order: the same bytes from kustomize, which sorts, and kpt, which does not."""
    if isinstance(value, dict):
        return {str(key): ordered(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [ordered(item) for item in value]
    return value


def at(values: Any, steps: Steps) -> tuple[bool, Any]:
    """Whether there is something at a place, and what."""
    for step in steps:
        in_map = isinstance(values, dict) and step in values
        in_list = isinstance(values, list) and isinstance(step, int) and step < len(values)
        if not in_map and not in_list:
            return False, None
        values = values[step]
    return True, values


def scalars(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every leaf with its place, in the order of the document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from scalars(inner, (*steps, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from scalars(inner, (*steps, index))
    else:
        yield steps, value
