"""Scalars that mean one thing to kustomize and Flux, and another to kubectl (contract §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.results import path_of
from krmfn.yaml import PlainBool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Origin, Result


def plain_booleans(resource: Any, origin: Origin) -> Iterator[Result]:
    """Warns of each plain `on`, `y` and the like: kustomize and Flux read a string, kubectl reads a boolean."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), resource)]
    while stack:
        steps, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(((*steps, key), inner) for key, inner in value.items())
            words = [(key, (*steps, key)) for key in value if type(key) is PlainBool]
        elif isinstance(value, list):
            stack.extend(((*steps, i), inner) for i, inner in enumerate(value))
            words = []
        else:
            words = [(value, steps)] if type(value) is PlainBool else []
        for word, place in words:
            message = f"plain {word} is a string to kustomize and Flux, but a boolean to kubectl; quote it"
            yield origin.warning("plain-boolean", message, path_of(*place))
