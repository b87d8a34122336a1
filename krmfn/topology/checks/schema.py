"""Checks values against a kind's openAPISchema as the platform's API does: defaults first, unknown fields allowed.

This module and the JSON Schema library are loaded only if a definition has a schema.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry

from krmfn.lookalikes import did_you_mean
from krmfn.results import join_path, path_of
from krmfn.topology.checks.targetpaths import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from krmfn.results import Origin, Result, Rule


def read(schema_text: str, origin: Origin) -> Rule[Any]:
    """The schema; if it is invalid, one that accepts everything. `origin` is the field that contains it.

    References are refused, as in Kubernetes: they could point outside the definition, to a file or the network.
    """
    try:
        schema = _as_json_schema(json.loads(schema_text))
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        problem = error.message
    except RecursionError:
        problem = "it is nested too deeply"
    except (ValueError, re.error) as error:
        problem = str(error)
    else:
        return schema
    yield origin.error("invalid-schema", f"is no JSON Schema that Kubernetes would take: {problem}")
    return True


def _as_json_schema(node: Any) -> Any:
    """A Kubernetes OpenAPI 3.0 schema, converted to JSON Schema.

    Raises:
        ValueError: it contains a reference.
        re.error: it contains an invalid pattern.
    """
    if isinstance(node, list):
        return [_as_json_schema(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str) or isinstance(node.get("$dynamicRef"), str):
        message = "it has a reference ($ref); write the schema out where it is used"
        raise ValueError(message)  # noqa: TRY004  (a mistake in the schema, not a wrong argument)
    if isinstance(node.get("pattern"), str):
        re.compile(node["pattern"])
    schema = {key: _as_json_schema(inner) for key, inner in node.items()}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    return schema


def check(
    schema: Any, values: dict[str, Any], origin: Origin, field: str, referenced: tuple[str, ...] = ()
) -> Iterator[Result]:
    """Findings about values; a message never contains a value (R7).

    A value at one of the `referenced` paths comes from a Secret, so it is not reported as missing.
    """
    completed = _with_defaults(_without_nulls(values), schema)
    errors = list(Draft202012Validator(schema, registry=Registry()).iter_errors(completed))
    given = [split(path) for path in referenced]
    for wrong in errors:
        if wrong.validator != "additionalProperties" and not _given(wrong, given):
            yield origin.error("invalid-value", _message(wrong), join_path(field, path_of(*wrong.absolute_path)))
    yield from _unknown(values, schema, origin, field)


def _given(error: ValidationError, given: list[tuple[str | int, ...]]) -> bool:
    """True if every missing value comes from a Secret."""
    if error.validator != "required":
        return False
    wanted: Any = error.validator_value
    instance: Any = error.instance
    missing = [(*error.absolute_path, name) for name in wanted if name not in instance]
    return all(any(path[: len(place)] == place for path in given) for place in missing)


def _message(error: ValidationError) -> str:
    """The message for an error; it quotes only the schema, never a value."""
    if error.context:
        choices = [_message(inner).removeprefix("must be ").partition(", not ")[0] for inner in error.context]
        return f"must be {' or '.join(dict.fromkeys(choices))}, not {_kind_of(error.instance)}"
    expected: Any = error.validator_value
    match error.validator:
        case "type":
            wanted = expected if isinstance(expected, str) else " or ".join(expected)
            return f"must be {_ARTICLES.get(wanted, wanted)}, not {_kind_of(error.instance)}"
        case "enum":
            return f"must be one of {', '.join(map(json.dumps, expected))}"
        case "pattern":
            return f"must match {expected}"
        case "required":
            instance: Any = error.instance
            return f"lacks {', '.join(name for name in expected if name not in instance)}"
        case keyword:
            return "is not allowed" if error.schema is False else f"must keep to {keyword}: {json.dumps(expected)}"


_ARTICLES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}


def _kind_of(value: Any) -> str:
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        dict: "a mapping",
        list: "a list",
        type(None): "null",
    }
    return names.get(type(value), "a string")


def _without_nulls(value: Any) -> Any:
    """The value without nulls: Helm reads null as removing a default, the platform's API reads it as absent."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _with_defaults(value: Any, schema: Any) -> Any:
    """The value with defaults, as an API server fills them in (docs/decisions/011-schemas-fill-nothing.md)."""
    if not isinstance(schema, dict):
        return value
    if isinstance(value, list):
        return [_with_defaults(inner, schema.get("items")) for inner in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties") or {}
    absent = {
        name: inner["default"]
        for name, inner in properties.items()
        if name not in value and isinstance(inner, dict) and "default" in inner
    }
    return {
        name: _with_defaults(inner, properties.get(name, schema.get("additionalProperties")))
        for name, inner in {**value, **absent}.items()
    }


def _unknown(value: Any, schema: Any, origin: Origin, field: str) -> Iterator[Result]:
    """A warning for each field that is not in the schema: the platform accepts it, and Helm ignores it."""
    if not isinstance(schema, dict):
        return
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unknown(inner, schema.get("items"), origin, f"{field}[{index}]")
    if not isinstance(value, dict):
        return
    properties, others = schema.get("properties") or {}, schema.get("additionalProperties")
    open_ended = (
        schema.get("x-kubernetes-preserve-unknown-fields")
        or not properties
        or any(keyword in schema for keyword in ("anyOf", "oneOf", "allOf", "patternProperties"))
    )
    for name, inner in value.items():
        place = join_path(field, path_of(name))
        if name in properties:
            yield from _unknown(inner, properties[name], origin, place)
        elif isinstance(others, dict):
            yield from _unknown(inner, others, origin, place)
        elif not open_ended and others is not True:
            yield origin.warning(
                "unknown-field", f"the chart's schema has no such field{did_you_mean(name, properties)}", place
            )
