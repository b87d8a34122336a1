"""Scalars that kubectl reads differently from kustomize and Flux (docs/decisions/008-yaml-readers-disagree.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.yaml import PlainBool, PlainDate
from krmfn.yaml.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin, Result


_WORDS = frozenset({PlainBool, PlainDate})


def ambiguous(resource: Any, origin: Origin) -> Iterator[Result]:
    """Warns of each plain `on`, `off`, `yes`, `no`, `y` or `n`, and of each plain date."""
    keys, scalars = leaves(resource)
    if _WORDS.isdisjoint(map(type, keys)) and _WORDS.isdisjoint(map(type, scalars)):
        return
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), resource)]
    while stack:
        steps, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(((*steps, key), inner) for key, inner in value.items())
            words = [(key, (*steps, key)) for key in value if isinstance(key, (PlainBool, PlainDate))]
        elif isinstance(value, list):
            stack.extend(((*steps, i), inner) for i, inner in enumerate(value))
            words = []
        else:
            words = [(value, steps)] if isinstance(value, (PlainBool, PlainDate)) else []
        for word, place in words:
            if isinstance(word, PlainBool):
                message = (
                    f"plain {word} is a string to kustomize and Flux, but a boolean to kubectl; "
                    "quote it, or write true or false"
                )
                yield origin.warning("plain-boolean", message, path_of(*place))
            else:
                message = f"plain {word} is a string to kubectl, but kustomize reads it as a point in time; quote it"
                yield origin.warning("plain-date", message, path_of(*place))
