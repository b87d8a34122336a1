"""Schemas of chart values, from files that `python -m tests.shapes` generates; each is read when needed."""

from __future__ import annotations

import os
from typing import Any

from krmfn import extensions
from krmfn.catalog.entries import Shape

REFERENCE_PREFIX = "#/$defs/"


def read_shape(folder: str, kind: str) -> Shape | None:
    """The schema of a kind's values; None if it is not known."""
    # The name comes from a user and may be any text: it is looked up in the folder listing, never used as a path.
    if f"{kind}.json" not in os.listdir(folder):  # noqa: PTH208
        return None
    with open(f"{folder}/{kind}.json", "rb") as file:  # noqa: PTH123
        # pydantic-core's JSON reader, which every run loads anyway; json would be one more module.
        schema = extensions.load("pydantic_core", "_pydantic_core").from_json(file.read())
    parts, chart, given = schema.pop("$defs", {}), schema.pop("x-chart"), schema.pop("x-given")
    return Shape(chart, given, _resolved(schema, parts))


def _resolved(node: Any, parts: dict[str, Any]) -> Any:
    """The schema with each reference replaced by the part that it refers to; none is inside a list."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            return _resolved(parts[reference.removeprefix(REFERENCE_PREFIX)], parts)
        return {key: _resolved(inner, parts) for key, inner in node.items()}
    return node
