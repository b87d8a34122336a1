"""Documents with one field changed, or with a name changed everywhere; a document itself is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.why.inputs import REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.why.generated import Steps
    from krmfn.why.inputs import Variation


def texts(node: Any) -> Iterator[str]:
    """Every key and every text of a document."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from texts(value)
    elif isinstance(node, list):
        for each in node:
            yield from texts(each)
    elif isinstance(node, str):
        yield node


def changed(node: Any, steps: Steps, change: Variation) -> Any:
    """The document after the change of one field."""
    step, *below = steps
    if isinstance(node, dict):
        if below:
            return {**node, step: changed(node[step], tuple(below), change)}
        made = {change.key or key if key == step else key: change.value if key == step else node[key] for key in node}
        return {key: each for key, each in made.items() if each is not REMOVED}
    index = int(step)
    inner = [changed(node[index], tuple(below), change)] if below else [change.value]
    return [*node[:index], *(each for each in inner if each is not REMOVED), *node[index + 1 :]]


def renamed(node: Any, names: Mapping[str, Any]) -> Any:
    """A document in which these names are others, as keys and as texts."""
    if isinstance(node, dict):
        return {names.get(key, key): renamed(each, names) for key, each in node.items()}
    if isinstance(node, list):
        return [renamed(each, names) for each in node]
    return names.get(node, node) if isinstance(node, str) else node
