"""Objects in `items` of another object: krmfn expands none of them, and Flux applies each.

kustomize splits a `List` before krmfn reads it. To Flux every object with `items` is a list, whatever its kind
(docs/decisions/061-cluster-wide-with-a-namespace.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.roles import Role, role_of
from krmfn.resourcelist import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result


def hidden(item: Resource) -> Iterator[Result]:
    """Refuses declarations in a list: they would be applied unexpanded, and a sandbox would be an open cluster."""
    for field, inner in inside(item):
        if role_of(inner) is Role.DECLARATION:
            message = (
                f"{inner.get('kind')} in a list is not expanded; move it to a document of its own, separated by ---"
            )
            yield origin_of(item).error("declaration-in-list", message, field)


def inside(item: Resource, field: str = "") -> Iterator[tuple[str, Resource]]:
    """The objects in `items` of an object, at any depth, each with its field."""
    entries: Any = item.get("items")
    if isinstance(entries, list):
        for i, inner in enumerate(entries):
            if isinstance(inner, dict):
                place = f"{field}.items[{i}]" if field else f"items[{i}]"
                yield place, inner
                yield from inside(inner, place)
