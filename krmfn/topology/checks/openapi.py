"""Reads the openAPISchema of an ApplicationDefinition as the platform does, and refuses what the platform refuses."""

from __future__ import annotations

from math import isfinite
from typing import Any

from krmfn.topology.checks.keywords import TEXTS, canonical
from krmfn.topology.checks.patternmatch import ENGINE
from krmfn.topology.checks.patterns import MOST_STEPS, PatternError, spelled

MOST_NESTED = 100
TYPES = ("string", "integer", "number", "boolean", "object", "array")
_NUMBERS = ("minimum", "maximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_FLAGS = ("uniqueItems", "nullable", "x-kubernetes-preserve-unknown-fields")
_ONE = ("items", "not")
_MANY = ("anyOf", "oneOf", "allOf")
MOST_IN_ALL = 2 * MOST_STEPS
"""The most steps of all patterns of a schema together."""
MOST_SHOWN = 100
"""The most characters of a pattern in a message."""
MOST_CHOICES = 1000
"""The most schemas in anyOf, oneOf, allOf and not of a schema together: a value may be checked against each."""


class SchemaError(ValueError):
    """Kubernetes would not accept the schema."""


def read(text: str) -> dict[str, Any]:
    """The schema, with only the keywords that Kubernetes uses.

    Raises:
        SchemaError: Kubernetes would not accept it.
    """
    from json import loads  # noqa: PLC0415  (only where a definition has a schema)

    try:
        document = loads(text)
    except RecursionError:
        raise SchemaError("it is nested too deeply") from None
    except ValueError as error:
        raise SchemaError(str(error)) from None
    return _SchemaReader().schema(document, 0)


class _SchemaReader:
    """Reads the parts of one schema, and adds up the steps of its patterns and its choices."""

    def __init__(self) -> None:
        self._steps = 0
        self._choices = 0
        self._spelled: dict[str, str] = {}

    def schema(self, node: Any, depth: int) -> dict[str, Any]:
        if not isinstance(node, dict):
            raise SchemaError("each schema in it must be a mapping")
        if depth > MOST_NESTED:
            raise SchemaError(f"it is nested more than {MOST_NESTED} deep")
        if "$ref" in node or "$dynamicRef" in node:
            # It could point outside the definition, to a file or the network.
            raise SchemaError("it has a reference ($ref); write the schema out where it is used")
        schema = {**_scalars(node), **_bounds(node), **self._inner(node, depth + 1)}
        if "pattern" in node:
            schema |= {"pattern": node["pattern"], ENGINE: self._pattern(node["pattern"])}
        if node.get("x-kubernetes-int-or-string") is True:
            schema.pop("anyOf", None)
            schema["type"] = ["integer", "string"]
        return schema

    def _inner(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        """The schemas inside a schema."""
        self._choices += sum(len(_of(node, key, list)) for key in _MANY if key in node) + ("not" in node)
        if self._choices > MOST_CHOICES:
            raise SchemaError(f"it has more than {MOST_CHOICES} schemas in anyOf, oneOf, allOf and not; write fewer")
        schema: dict[str, Any] = {key: self.schema(node[key], depth) for key in _ONE if key in node}
        for key in _MANY:
            if key in node:
                schema[key] = [self.schema(each, depth) for each in _of(node, key, list)]
        if "properties" in node:
            named = _of(node, "properties", dict)
            schema["properties"] = {name: self.schema(each, depth) for name, each in named.items()}
        if "patternProperties" in node:
            named = _of(node, "patternProperties", dict)
            schema["patternProperties"] = {
                self._pattern(name): self.schema(each, depth) for name, each in named.items()
            }
        others = node.get("additionalProperties")
        if others is not None:
            schema["additionalProperties"] = others if isinstance(others, bool) else self.schema(others, depth)
        return schema

    def _pattern(self, pattern: Any) -> str:
        if not isinstance(pattern, str):
            raise SchemaError("a pattern must be a string")
        if pattern not in self._spelled:
            try:
                self._spelled[pattern], steps = spelled(pattern)
            except PatternError as error:
                shown = pattern if len(pattern) <= MOST_SHOWN else f"{pattern[:MOST_SHOWN]}…"
                raise SchemaError(f"the pattern {shown}: {error}") from None
            self._steps += steps
        if self._steps > MOST_IN_ALL:
            raise SchemaError(f"its patterns come to more than {MOST_IN_ALL} steps; shorten their repetitions")
        return self._spelled[pattern]


def _scalars(node: dict[str, Any]) -> dict[str, Any]:
    """The keywords other than schemas and bounds."""
    schema: dict[str, Any] = {}
    if node.get("type"):
        if node["type"] not in TYPES:
            raise SchemaError(f"a type must be one of {', '.join(TYPES)}")
        schema["type"] = node["type"]
    if "enum" in node:
        schema["enum"] = _of(node, "enum", list)
        schema[TEXTS] = frozenset(map(canonical, schema["enum"]))
    if node.get("required"):
        schema["required"] = _of(node, "required", list)
        if not all(isinstance(name, str) for name in schema["required"]):
            raise SchemaError("required must be a list of names")
    for key in _FLAGS:
        if key in node and _of(node, key, bool):
            schema[key] = True
    return schema


def _bounds(node: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for key in (*_NUMBERS, *_COUNTS):
        if key in node:
            bound = node[key]
            if type(bound) is not int and (type(bound) is not float or key in _COUNTS or not isfinite(bound)):
                raise SchemaError(f"{key} must be a number")
            if key == "multipleOf" and bound <= 0:
                raise SchemaError("multipleOf must be more than 0")
            schema[key] = bound
    for key, bounded in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        exclusive = node.get(key)
        # A number, as in JSON Schema; OpenAPI has a boolean next to the bound.
        if isinstance(exclusive, (int, float)) and not isinstance(exclusive, bool) and isfinite(exclusive):
            schema |= {bounded: exclusive, key: True}
        elif exclusive and bounded in schema:
            schema[key] = _of(node, key, bool)
    return schema


def _of(node: dict[str, Any], key: str, wanted: type) -> Any:
    value = node[key]
    if type(value) is not wanted:
        raise SchemaError(f"{key} must be {_WORDS[wanted]}")
    return value


_WORDS = {list: "a list", dict: "a mapping", bool: "true or false"}
