"""Turns a misfit into a result: what is wrong with a chart value, and what would be right; never the value (R7)."""

from __future__ import annotations

import re
from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.lookalikes import MOST_SHOWN, did_you_mean, difference, meant, some

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin, Result
    from krmfn.topology.checks.misfits import Misfit

TYPES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}
QUANTITY = "[KMGTPE]i)|[numkMGTPE]"
"""Text that only patterns of quantities contain."""
EXAMPLE = "u1.medium"
_UNITS = "a number and, without a space, a unit of m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei"
_MEASURE = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)(?P<unit>[A-Za-z]{1,2}?)[Bb]?")
_UNIT_OF = {each.lower(): each for each in ("k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")}
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusive minimum": "more than {}",
    "exclusive maximum": "less than {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} entries",
    "maxItems": "must have at most {} entries",
    "minProperties": "must have at least {} fields",
    "maxProperties": "must have at most {} fields",
    "multipleOf": "a multiple of {}",
    "uniqueItems": "a list without equal entries",
    "oneOf": "of exactly one of the forms that the schema allows",
    "not": "of another form: the schema excludes this one",
}


def result(misfit: Misfit, origin: Origin, field: str) -> Result:
    """The result for a misfit; `field` is the field of the values."""
    place = join_path(field, path_of(*misfit.steps))
    schema, name = misfit.schema, misfit.steps[-1] if misfit.steps else ""
    match misfit.keyword:
        case "unknown" | "additionalProperties":
            return _unknown(str(name), misfit, origin, place)
        case "required":
            made = '; with "" the chart makes one' if name == "password" else ""
            return origin.error("missing-field", f"is required: {right(_field(schema, name))}{made}", place)
        case "null":
            message = "is required, and null removes the chart's default; remove the field, or give it a value"
            return origin.error("missing-field", message, place)
        case "x-known":
            return _unknown_name(misfit, origin, place)
        case _:
            return origin.error("invalid-value", f"must be {wrong(misfit)}".replace("must be must", "must"), place)


def _unknown(name: str, misfit: Misfit, origin: Origin, place: str) -> Result:
    """A result for an unknown field: a near name that may be meant, or a note that a newer platform may know it."""
    known = misfit.schema.get("properties", {})
    near = meant(name, known)
    if near:
        how = " (the case differs)" if near.lower() == name.lower() else difference(name)
        return origin.error("unknown-field", f'the chart has no such field; did you mean "{near}"?{how}', place)
    if misfit.keyword == "additionalProperties":
        message = f"the chart has no such field; there are {some(known)}" if known else "the chart takes no fields here"
        return origin.error("unknown-field", message, place)
    message = f"the chart's schema has no such field{did_you_mean(name, known)}"
    return origin.warning("unknown-field", f"{message}; unless the platform is newer, nothing reads it", place)


def _unknown_name(misfit: Misfit, origin: Origin, place: str) -> Result:
    """A result for a name that the platform does not ship: a typing mistake, or one of the operator's own."""
    near = meant(misfit.value, misfit.schema["x-known"])
    if near:
        message = f'is not a name that the platform ships; did you mean "{near}"?{difference(misfit.value)}'
        return origin.error("invalid-value", message, place)
    message = f"is not a name that the platform ships ({right(misfit.schema)}); make sure that the cluster has it"
    return origin.warning("unknown-name", message, place)


def wrong(misfit: Misfit) -> str:
    """The text that describes a right value, after `must be`."""
    schema, value, keyword = misfit.schema, misfit.value, misfit.keyword
    if keyword == "type":
        words = f"{right(schema)}, not {_kind_of(value)}{_hint(schema, value)}"
    elif misfit.within:
        choices = dict.fromkeys(wrong(each).partition(", not ")[0] for each in misfit.within[:MOST_SHOWN])
        words = f"{' or '.join(choices)}, not {_kind_of(value)}"
    elif keyword in _LIMITS:
        # In OpenAPI, a boolean next to a bound excludes the bound itself.
        exclusive = schema.get(f"exclusive{keyword.capitalize()}") is True
        words = _LIMITS[f"exclusive {keyword}" if exclusive else keyword].format(schema[keyword])
    else:
        units = f": {_UNITS}" if keyword == "pattern" and QUANTITY in schema["pattern"] else ""
        words = f"{right(schema)}{units}{_nearest(schema, value)}"
    return words


def right(schema: Mapping[str, Any]) -> str:
    """The description of a value of a schema, with an example if that helps."""
    pattern, wanted = schema.get("pattern", ""), schema.get("type", [])
    names = [wanted] if isinstance(wanted, str) else wanted
    words = " or ".join(TYPES[name] for name in names) or "a value"
    if "enum" in schema:
        words = f"one of {some(map(dumps, schema['enum']))}"
    elif "x-known" in schema:
        words = f"a name like {EXAMPLE if EXAMPLE in schema['x-known'] else schema['x-known'][0]}"
    elif QUANTITY in pattern:
        words = "a quantity like 500m, 2 or 10Gi"
    elif schema.get("x-go-duration"):
        words = "a duration with its unit, like 90s, 10m or 1h30m"
    elif "x-example" in schema:
        words = f"a text like {schema['x-example']}"
    elif pattern:
        words = f"a text that matches {pattern}"
    return words


def _field(schema: Mapping[str, Any], name: str | int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema.get("properties", {}).get(name, {})
    return found


def _hint(schema: Mapping[str, Any], value: Any) -> str:
    """What to do about a value of another type."""
    wanted, hint = schema.get("type", []), ""
    if value is None:
        hint = "; give it a value, or leave it out where it is not required"
    elif isinstance(value, str):
        plain = wanted == "boolean" or (wanted in {"integer", "number"} and value.strip("+-").isdecimal())
        hint = "; write it without quotes" if plain else "; write it in digits" if wanted == "integer" else ""
    elif "string" in wanted and isinstance(value, (bool, int, float)):
        hint = "; put it in quotes"
    elif wanted == "array":
        hint = '; begin each entry with "- "'
    elif wanted == "object" and isinstance(value, list):
        hint = '; write "name: value" without a dash'
    return hint


def _nearest(schema: Mapping[str, Any], value: Any) -> str:
    """The allowed text that was probably meant."""
    if not isinstance(value, str):
        return ""
    known = (each for each in schema.get("enum", ()) if isinstance(each, str))
    near = _quantity(value) if QUANTITY in schema.get("pattern", "") else meant(value, known)
    return f'; did you mean "{near}"?{difference(value)}' if near else ""


def _quantity(value: str) -> str:
    """The quantity that a text with a space, a `B` for bytes or a unit in another case means; empty if it is none."""
    found = _MEASURE.fullmatch("".join(value.split()))
    unit = _UNIT_OF.get(found["unit"].lower(), "") if found else ""
    return f"{found['number']}{unit}" if found and unit else ""


def _kind_of(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", dict: "a mapping", list: "a list"}
    if isinstance(value, float) and not value.is_integer():
        return "a number with a fraction"
    return "null" if value is None else names.get(type(value), "a string")
