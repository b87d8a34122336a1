"""Lists of objects: kustomize splits them before krmfn reads them; kpt and the command line do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.roles import Role, role_of
from krmfn.resourcelist import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result


def hidden(item: Resource) -> Iterator[Result]:
    """Refuses declarations inside a List: they would be applied unexpanded, and a sandbox would be an open cluster."""
    for field, inner in _inside(item, ""):
        if role_of(inner) is Role.DECLARATION:
            message = (
                f"{inner.get('kind')} in a list is not expanded; move it to a document of its own, separated by ---"
            )
            yield origin_of(item).error("declaration-in-list", message, field)


def _inside(item: Resource, field: str) -> Iterator[tuple[str, Resource]]:
    entries: Any = item.get("items")
    if not str(item.get("kind")).lower().endswith("list") or not isinstance(entries, list):
        return
    for i, inner in enumerate(entries):
        if isinstance(inner, dict):
            place = f"{field}.items[{i}]" if field else f"items[{i}]"
            yield place, inner
            yield from _inside(inner, place)
