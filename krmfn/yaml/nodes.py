"""The nodes of a text: its objects with their positions, to edit the text or to point into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml import MappingNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node


def objects(node: Node | None) -> Iterator[MappingNode]:
    """The objects of a document, in the order in which `krmfn render` counts them: those of a List one by one."""
    kind = value(node, "kind")
    if not isinstance(node, MappingNode) or not kind or not kind.value or not value(node, "apiVersion"):
        return
    items = value(node, "items")
    if kind.value == "List" and isinstance(items, SequenceNode):
        for item in items.value:
            yield from objects(item)
    else:
        yield node


def entry(node: Node | None, key: str) -> tuple[Node, Node] | None:
    """The nodes of a key and of its value."""
    if not isinstance(node, MappingNode):
        return None
    return next(((name, found) for name, found in node.value if name.value == key), None)


def value(node: Node | None, key: str) -> Node | None:
    found = entry(node, key)
    return found[1] if found else None
