"""What the keywords of a schema ask of one value, by the rules of JSON Schema and OpenAPI."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.patternmatch import ENGINE, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DURATION = r"^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$"
"""Durations as Go reads them: with a unit, and without days."""
TEXTS = "x-krmfn-enum"
"""The keyword that has the canonical texts of `enum`, so that a value need not be compared with each."""


def is_of_type(value: Any, wanted: str) -> bool:
    """True if the value has the JSON type: a number without a fraction is an integer, a boolean is not a number."""
    if wanted == "integer":
        return type(value) is int or (type(value) is float and value.is_integer())
    if wanted == "number":
        return type(value) in {int, float}
    return type(value) is _TYPES[wanted]


_TYPES = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def same(one: Any, other: Any) -> bool:
    """True if both are equal in JSON: `1` and `1.0` are equal, `1` and `true` are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _below(value: Any, schema: Mapping[str, Any]) -> bool:
    exclusive = schema.get("exclusiveMinimum")
    return bool(value <= schema["minimum"] if exclusive is True else value < schema["minimum"])


def _above(value: Any, schema: Mapping[str, Any]) -> bool:
    exclusive = schema.get("exclusiveMaximum")
    return bool(value >= schema["maximum"] if exclusive is True else value > schema["maximum"])


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


def _is_multiple(value: Any, of: Any) -> bool:
    from fractions import Fraction  # noqa: PLC0415  (only where a schema says so)

    return isfinite(value) and Fraction(str(value)) % Fraction(str(of)) == 0


def _is_unique(value: list[Any]) -> bool:
    """True if all entries differ. Their texts are compared, because comparing all pairs would take quadratic time."""
    return len({canonical(each) for each in value}) == len(value)


def _is_among(value: Any, schema: Mapping[str, Any]) -> bool:
    if TEXTS in schema:
        return canonical(value) in schema[TEXTS]
    return any(same(value, each) for each in schema["enum"])


def canonical(value: Any) -> str:
    """A text that is the same for values that are equal in JSON, and for no others."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return repr(int(value) if type(value) is float and value.is_integer() else value)


RULES: dict[str, Callable[[Any, Mapping[str, Any]], bool]] = {
    "enum": lambda value, schema: not _is_among(value, schema),
    "pattern": lambda value, schema: type(value) is str and not matches(schema.get(ENGINE, schema["pattern"]), value),
    "x-go-duration": lambda value, _: type(value) is str and not matches(DURATION, value),
    "x-known": lambda value, schema: type(value) is str and value not in {"", *schema["x-known"]},
    "minimum": lambda value, schema: _is_number(value) and _below(value, schema),
    "maximum": lambda value, schema: _is_number(value) and _above(value, schema),
    "multipleOf": lambda value, schema: _is_number(value) and not _is_multiple(value, schema["multipleOf"]),
    "minLength": lambda value, schema: type(value) is str and len(value) < schema["minLength"],
    "maxLength": lambda value, schema: type(value) is str and len(value) > schema["maxLength"],
    "minItems": lambda value, schema: type(value) is list and len(value) < schema["minItems"],
    "maxItems": lambda value, schema: type(value) is list and len(value) > schema["maxItems"],
    "uniqueItems": lambda value, schema: type(value) is list and schema["uniqueItems"] and not _is_unique(value),
    "minProperties": lambda value, schema: type(value) is dict and len(value) < schema["minProperties"],
    "maxProperties": lambda value, schema: type(value) is dict and len(value) > schema["maxProperties"],
}
"""For each keyword, a test whether a value breaks it; in this order, and only for values of the keyword's type."""
