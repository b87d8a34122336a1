"""A quick check whether values match their schema; most do, and need no further check.

If it answers no, the values may still match; `misfits` then checks every keyword and gives the reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.patternmatch import ENGINE, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Mapping[str, Any] = {}
_OF_MAPS = frozenset({"type", "properties", "additionalProperties", "required"})
_OF_LISTS = frozenset({"type", "items"})
_OF_TEXTS = frozenset({"type", "enum", "pattern", "minLength", "maxLength", "x-known", "x-example", ENGINE})
_OF_NUMBERS = frozenset({"type", "minimum", "maximum"})


def fits(values: dict[str, Any], schema: Mapping[str, Any], given: Mapping[str, Any] | None) -> bool:
    """True if the values certainly match; `given` is the same as for `misfits`."""
    if schema.get("type") != "object" or not schema.keys() <= _OF_MAPS:
        return False
    properties, others = schema.get("properties", NOTHING), schema.get("additionalProperties")
    for key, value in values.items():
        found = properties.get(key, others)
        if type(found) is not dict:
            if found is not True or value is None:
                return False
        elif type(value) is dict:
            if not fits(value, found, given and given.get(key, NOTHING)):
                return False
        elif not _is_right(value, found):
            return False
    for name in schema.get("required", ()):  # noqa: SIM110  (most maps have one name or none: a generator takes longer)
        if name not in values and (given is None or name not in given):
            return False
    return True


def _is_right(value: Any, schema: Mapping[str, Any]) -> bool:
    """True if a list or a scalar certainly matches."""
    wanted, kind = schema.get("type"), type(value)
    if kind is str:
        return (wanted == "string" or (type(wanted) is list and "string" in wanted)) and (
            len(schema) == 1 or _is_right_text(value, schema)
        )
    if kind is bool:
        return wanted == "boolean" and len(schema) == 1
    if kind is int:
        return (wanted == "integer" and (len(schema) == 1 or _is_right_number(value, schema))) or (
            type(wanted) is list and "integer" in wanted and schema.keys() <= _OF_TEXTS and "enum" not in schema
        )
    if kind is not list or wanted != "array" or not schema.keys() <= _OF_LISTS:
        return False
    items = schema.get("items", NOTHING)
    for each in value:  # noqa: SIM110  (as above)
        if not (fits(each, items, None) if type(each) is dict else _is_right(each, items)):
            return False
    return True


def _is_right_number(value: int, schema: Mapping[str, Any]) -> bool:
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    return schema.keys() <= _OF_NUMBERS and bool(least <= value <= most)


def _is_right_text(value: str, schema: Mapping[str, Any]) -> bool:
    if not schema.keys() <= _OF_TEXTS:
        return False
    if "pattern" in schema and not matches(schema.get(ENGINE) or schema["pattern"], value):
        return False
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    return value in schema.get("enum", (value,)) and (not value or value in schema.get("x-known", (value,)))
