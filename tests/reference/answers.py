"""The answers in JSON: the fields of each, from its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Node = dict[str, Any]

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = sorted(DOCS.glob("*.schema.json"))
INTRODUCTION = """\
# Answers in JSON

What commands print for a program to read. An answer is stable: fields may be added, and none that is here goes or
changes its meaning. Each has a JSON Schema, from which this page is written by `make generate`. [For agents and
scripts](../agents.md) says which command to ask, and how.
"""


def page() -> str:
    """docs/reference/answers.md."""
    return INTRODUCTION + "".join(_section(path) for path in SCHEMAS)


def _section(path: Path) -> str:
    whole = json.loads(path.read_text(encoding="utf-8"))
    parts = [(name, node) for name, node in whole.get("$defs", {}).items() if "properties" in node]
    head = f"\n## {whole['title']}\n\n[{path.name}](../{path.name}). {whole.get('description', '')}\n"
    return head + _table(whole, whole) + "".join(f"\n**{name}**\n{_table(node, whole)}" for name, node in parts)


def _table(node: Node, whole: Node) -> str:
    rows = "".join(f"| `{name}` | {kind} | {meaning} |\n" for name, kind, meaning in _rows("", node, whole))
    return f"\n| field | type | meaning |\n|---|---|---|\n{rows}" if rows else f"\n{_type(node, whole)}\n"


def _rows(path: str, node: Node, whole: Node) -> Iterator[tuple[str, str, str]]:
    """Every field below a node; what is a part of its own has a table of its own."""
    for choice in (each for keyword in ("oneOf", "anyOf", "allOf") for each in node.get(keyword, ())):
        yield from _rows(path, choice, whole)
    if "items" in node and "$ref" not in node["items"]:
        yield from _rows(f"{path}[]", node["items"], whole)
    for name, each in node.get("properties", {}).items():
        below = f"{path}.{name}" if path else name
        inner = _plain(each, whole)
        meaning = " ".join((each.get("description") or inner.get("description") or "").split())
        yield below, _type(each, whole), meaning.replace("|", "\\|")
        if "$ref" not in each:
            yield from _rows(below, each, whole)


def _plain(node: Node, whole: Node) -> Node:
    return whole["$defs"][_part(node)] if "$ref" in node else node


def _part(node: Node) -> str:
    return str(node["$ref"]).rpartition("/")[2]


def _type(node: Node, whole: Node) -> str:
    match node:
        case {"$ref": _}:
            inner = _plain(node, whole)
            said = f"**{_part(node)}**" if "properties" in inner else _type(inner, whole)
        case {"oneOf": choices}:
            said = " or ".join(_type(each, whole) for each in choices)
        case {"const": value}:
            said = f"`{value}`"
        case {"enum": choices}:
            said = " or ".join(f"`{each}`" if each else "empty" for each in choices)
        case {"type": "array"}:
            said = f"list: {_type(node.get('items', {}), whole)}"
        case _:
            types = node.get("type", "any")
            said = types if isinstance(types, str) else " or ".join(types)
    return said
