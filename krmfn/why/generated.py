"""The fields of a generated object, and which of them differ after an experiment."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.marks import BOUNDARY, LOCAL_CONFIG
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import INDEX_ANNOTATIONS, PACKAGE_PATH, PATH_ANNOTATIONS, metadata_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from krmfn.resourcelist import Resource

Steps = tuple[str | int, ...]
OBJECTS = ("spec", "values", "objects")
"""Where the release of a boundary has the objects that its chart applies inside the cluster."""
ANNOTATIONS = ("metadata", "annotations")
TOOLS = {*PATH_ANNOTATIONS, *INDEX_ANNOTATIONS, PACKAGE_PATH, LOCAL_CONFIG}


class Field(NamedTuple):
    """A field without fields below it.

    Attributes:
        steps: the keys and indexes that lead to it.
        value: a scalar, or an empty list or mapping.
        kind: the kind of the object that it belongs to: for the values of a boundary, the object inside the cluster.
        inner: its path in that object.
        inside: whether that object is inside a cluster.
    """

    steps: Steps
    value: Any
    kind: str
    inner: str
    inside: bool

    @property
    def path(self) -> str:
        """Its path in the notation of the KRM specification."""
        return path_of(*self.steps)


def fields_of(resource: Resource) -> tuple[Field, ...]:
    """Every field of a generated object, in the order of its YAML."""
    return tuple(_field(resource, steps, value) for steps, value in leaves(resource) if not is_of_tools(steps))


def is_of_tools(steps: Steps) -> bool:
    """True for annotations in which kustomize, kpt and `krmfn render` pass on the file of an object."""
    return steps[:2] == ANNOTATIONS and steps[-1] in TOOLS


def leaves(node: Any, above: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every scalar, empty list and empty mapping of a document, with the steps to it."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from leaves(value, (*above, key))
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from leaves(value, (*above, index))
    else:
        yield above, node


def is_boundary(resource: Resource) -> bool:
    """True for the release of a boundary: in another's values, `objects` are whatever its chart makes of them."""
    return resource.get("kind") == "HelmRelease" and BOUNDARY in (metadata_of(resource).get("labels") or {})


def _field(resource: Resource, steps: Steps, value: Any) -> Field:
    kind = str(resource.get("kind"))
    length = len(OBJECTS)
    if is_boundary(resource) and steps[:length] == OBJECTS and len(steps) > length + 1:
        inside = resource["spec"]["values"]["objects"][steps[length]]
        return Field(steps, value, str(inside["kind"]), path_of(*steps[length + 1 :]), inside=True)
    return Field(steps, value, kind, path_of(*steps), inside=False)


def changed(before: Any, after: Any, plain: Callable[[Any], Any], above: Steps = ()) -> Iterator[Steps]:
    """The steps of each field of `before` that is missing in `after`, or has another value there.

    Items of a list are compared with the items that they became, wherever these stand now.

    Args:
        before: a part of the object.
        after: the same part after an experiment.
        plain: takes the experiment's own mark out of a value, so that an item is recognized.
        above: the steps to both.
    """
    if before == after:
        return
    if isinstance(before, dict) and before and isinstance(after, dict):
        pairs = [(key, value, after.get(key, GONE)) for key, value in before.items()]
    elif isinstance(before, list) and before and isinstance(after, list):
        pairs = list(zip(count(), before, _became(before, after, plain), strict=False))
    else:
        yield from (steps for steps, _ in leaves(before, above))
        return
    for step, value, other in pairs:
        yield from changed(value, other, plain, (*above, step))


GONE = object()
"""In place of an item that is not in the other list."""


def _became(before: list[Any], after: list[Any], plain: Callable[[Any], Any]) -> list[Any]:
    """What each item became: an equal item, else one that differs only by the mark, else the next that is left."""
    became = [GONE] * len(before)
    left = list(after)
    for others in (after, [plain(each) for each in after]):
        for index, old in enumerate(before):
            same = (new for new, other in zip(after, others, strict=True) if other == old)
            found = next((new for new in same if any(new is each for each in left)), GONE)
            if became[index] is GONE and found is not GONE:
                became[index] = found
                left = _without(left, found)
    for index, each in enumerate(became):
        if each is GONE and left:
            became[index], *left = left
    return became


def _without(items: list[Any], gone: Any) -> list[Any]:
    """The list without the first item that is this one."""
    position = next(index for index, each in enumerate(items) if each is gone)
    return [*items[:position], *items[position + 1 :]]
