"""Examples for every field of a schema: those of the models, and for what has parts, one made of the parts'."""

from __future__ import annotations

from typing import Any

from krmfn.cli.schema.valueschemas import NULL

MOST = 4
"""The most examples of a choice."""


def filled(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with examples in every field."""
    shared = schema.get("$defs", {})

    def with_examples(node: dict[str, Any]) -> dict[str, Any]:
        return {
            key: {name: _field(with_examples(each), shared) for name, each in value.items()}
            if key == "properties"
            else {name: with_examples(each) for name, each in value.items()}
            if key == "$defs"
            else value
            for key, value in node.items()
        }

    return with_examples(schema)


def _field(node: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """A field with its examples, and without those of what it is made of, which are the same."""
    plain = {key: _bare(value) if key in {"anyOf", "items"} else value for key, value in node.items()}
    return {**plain, "examples": _examples(node, shared)}


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    inner = ("anyOf", "items")
    return {key: _bare(value) if key in inner else value for key, value in node.items() if key != "examples"}


def _examples(node: dict[str, Any], shared: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    match node:
        case {"examples": [*given]}:
            found = given
        case {"const": value}:
            found = [value]
        case {"enum": [*values]}:
            found = values[:MOST]
        case {"$ref": str(name)}:
            found = _examples(shared[name.rpartition("/")[2]], shared)
        case {"anyOf": _}:
            found = _examples(next(each for each in node["anyOf"] if each != NULL), shared)
        case {"type": "boolean"}:
            found = [not node.get("default", False)]
        case {"type": "array"}:
            found = [_examples(node["items"], shared)[:1] * node.get("minItems", 1)]
        case {"type": "object", "properties": _}:
            fields = node["properties"]
            # What must be there, or else the first field that may.
            wanted = node.get("required") or [next(iter(fields))]
            found = [{name: _examples(fields[name], shared)[0] for name in wanted}]
    return found
