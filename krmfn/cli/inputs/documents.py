"""The Kubernetes objects in a document of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource


def objects_in(document: Any) -> Iterator[Resource]:
    """The Kubernetes objects of a document: the document itself, the items of a List, or none."""
    if not isinstance(document, dict) or not document.get("apiVersion") or not document.get("kind"):
        return
    items = document.get("items")
    if document["kind"] == "List" and isinstance(items, list):
        for item in items:
            yield from objects_in(item)
    else:
        yield document
