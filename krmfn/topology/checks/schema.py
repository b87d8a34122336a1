"""Values against a kind's openAPISchema, as the platform's API reads it: defaults first, unknown fields let through.

Only a definition that carries a schema brings this room, and the JSON Schema library, into a run.
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
    """The schema, or one that takes everything where it is wrong; `origin` is the field that holds it.

    A reference is refused, as Kubernetes refuses it: it could lead out of the definition, to a file or the network.
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
    """An OpenAPI 3.0 schema, as Kubernetes has it, in the words of JSON Schema.

    Raises:
        ValueError: it has a reference.
        re.error: it has a pattern that cannot be read.
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
    """Findings about values; a value itself is never part of a message (R7).

    What a Secret gives at one of the `referenced` paths is not missing.
    """
    completed = _with_defaults(_without_nulls(values), schema)
    errors = list(Draft202012Validator(schema, registry=Registry()).iter_errors(completed))
    given = [split(path) for path in referenced]
    for wrong in errors:
        if wrong.validator != "additionalProperties" and not _given(wrong, given):
            yield origin.error("invalid-value", _message(wrong), join_path(field, path_of(*wrong.absolute_path)))
    yield from _unknown(values, schema, origin, field)


def _given(error: ValidationError, given: list[tuple[str | int, ...]]) -> bool:
    """Whether all that is missing comes from a Secret."""
    if error.validator != "required":
        return False
    wanted: Any = error.validator_value
    instance: Any = error.instance
    missing = [(*error.absolute_path, name) for name in wanted if name not in instance]
    return all(any(path[: len(place)] == place for path in given) for place in missing)


def _message(error: ValidationError) -> str:
    """What is wrong, in terms of the schema alone."""
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
    """To Helm a null means that the default below it goes; to the platform's API it is not there."""
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
    """Fields that no schema knows: the platform lets them through, and Helm ignores them."""
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
