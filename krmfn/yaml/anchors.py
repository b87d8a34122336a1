"""Anchors and aliases of one document: no alias into itself, and none that multiply a small text into a huge value."""

from typing import Any, NamedTuple

from krmfn.yaml.errors import error_at

MAX_DEPTH = 200
# kubectl's reader (goyaml) lets aliases stand for 400,000 nodes, or for 10 % of a large document. A ResourceList joins
# documents that it would read one by one, so ten times what is written is allowed on top. More is a bomb.
FREE_NODES = 400_000
NODES_PER_WRITTEN = 10

_OPEN: Any = object()  # the value of a collection that has not ended


class Anchored(NamedTuple):
    """A value with an anchor: how many nodes and levels it has, and how many nodes stand before it in the text."""

    value: Any
    size: int
    height: int
    position: int


class Anchors:
    """The anchors so far; a later one of the same name replaces the earlier, as in every YAML reader."""

    __slots__ = ("aliased", "known", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, Anchored] = {}
        self.aliased = 0

    def open(self, name: str, position: int) -> Anchored:
        """Note a collection that begins; pass the result to close."""
        opened = self.known[name] = Anchored(_OPEN, 0, 0, position)
        return opened

    def close(self, name: str, opened: Anchored, finished: Anchored) -> None:
        """Note its value, unless the name was given anew inside it."""
        if self.known[name] is opened:
            self.known[name] = finished

    def resolve(self, event: Any, depth: int, count: int) -> Anchored:
        """Return what an alias stands for that has `depth` collections around it and `count` nodes before it."""
        name = event.anchor
        anchored = self.known.get(name)
        message = None
        if anchored is None:
            message = "an alias without an anchor of its name before it in this document; quote it if it is a text"
        elif anchored.value is _OPEN:
            message = "an alias inside its own anchor; a value cannot contain itself"
        elif depth + anchored.height > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels by alias; flatten it"
        else:
            written = count - self.aliased
            self.aliased += anchored.size
            if self.aliased <= FREE_NODES + NODES_PER_WRITTEN * written:
                return anchored
            message = f"aliases stand for {self.aliased} values here, and only {written} are written; write them out"
        raise error_at(self.text, event.start_mark.index, message)
