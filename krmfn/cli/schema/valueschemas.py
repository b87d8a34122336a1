"""JSON Schemas of the values of each kind, made from the schemas that the function checks with."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from krmfn.catalog import Catalog
from krmfn.topology.checks.keywords import DURATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NULL = {"type": "null"}
LEAVES = ("enum", "pattern", "examples")
"""Keywords of long schemas that many fields have in common."""


def value_schemas(wanted: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each of these kinds whose values are known, with the schema of its `spec`."""
    catalog = Catalog.shipped()
    for kind in catalog.kind_names():
        if kind in wanted and (shape := catalog.shape(kind)):
            yield kind, {**_editors(shape.schema, shape.given), "type": ["object", "null"]}


def shared(schemas: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The long schemas, each by a name, and the schemas of the kinds with references to them."""
    names: dict[str, str] = {}
    parts: dict[str, Any] = {}

    def replaced(node: Any, field: str) -> Any:
        if isinstance(node, list):
            return [replaced(each, field) for each in node]
        if not isinstance(node, dict):
            return node
        if any(keyword in node for keyword in LEAVES):
            text = dumps(node, sort_keys=True)
            if text not in names:
                names[text] = next(name for name in _numbered(f"{field}Values") if name not in parts)
                parts[names[text]] = node
            return {"$ref": "#/$defs/" + names[text]}
        return {
            key: {name: replaced(each, name) for name, each in value.items()}
            if key == "properties"
            else replaced(value, field)
            for key, value in node.items()
        }

    made = {kind: replaced(schema, "") for kind, schema in schemas.items()}
    return parts, made


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}{number}"
        number += 1


def _editors(schema: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The schema for editors: fields that have a default in the chart are not required, and may be null."""
    made = dict(schema)
    if "required" in made:
        made["required"] = [name for name in made["required"] if name not in given]
        if not made["required"]:
            del made["required"]
    if "properties" in made:
        required = schema.get("required", ())
        made["properties"] = {
            name: _or_null(_editors(inner, given.get(name, {})), name in given and name not in required)
            for name, inner in made["properties"].items()
        }
    for key in ("additionalProperties", "items"):
        if isinstance(made.get(key), dict):
            made[key] = _editors(made[key], {})
    if "x-known" in made:
        # An operator may have more names: an editor offers these, and accepts others.
        made["examples"] = made.pop("x-known")
    if "x-example" in made:
        made["examples"] = [made.pop("x-example")]
    if made.pop("x-go-duration", False):
        made["pattern"] = DURATION
    return made


def _or_null(schema: dict[str, Any], may_be_null: bool) -> dict[str, Any]:  # noqa: FBT001  (a fact, not a mode)
    return {"anyOf": [schema, NULL]} if may_be_null else schema
