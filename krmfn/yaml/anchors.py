"""Anchors and aliases of one document. Refuses an alias inside its own anchor, and aliases that make a huge value."""

from typing import Any

from krmfn.namedtuple import NamedTuple
from krmfn.yaml.errors import error_at

MAX_DEPTH = 200
# kubectl's reader (goyaml) allows 400,000 nodes from aliases, or 10 % of a large document. A ResourceList joins many
# documents that goyaml would read one by one, so we also allow ten times the nodes that are written. More than that
# is refused as a YAML bomb.
FREE_NODES = 400_000
NODES_PER_WRITTEN = 10
# A node may be a long text. goyaml bounds nodes alone, and 400,000 of 100 kB each are 40 GB.
FREE_LENGTH = 16 * 1024 * 1024
LENGTH_PER_WRITTEN = 10

_OPEN: Any = object()  # the value of a collection that has not ended


class Anchored(NamedTuple):
    """A value with an anchor: its number of nodes and levels, and the number of nodes before it in the text.

    `length` is the number of characters with aliases written out; of an open collection, of those before it.
    """

    value: Any
    size: int
    height: int
    position: int
    length: int


class Anchors:
    """The anchors read so far. A later anchor replaces an earlier one of the same name, as in every YAML reader."""

    __slots__ = ("aliased", "known", "length", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, Anchored] = {}
        self.aliased = self.length = 0

    def open(self, name: str, position: int, index: int) -> Anchored:
        """Record that a collection begins; pass the result to close."""
        opened = self.known[name] = Anchored(_OPEN, 0, 0, position, index + self.length)
        return opened

    def close(self, name: str, opened: Anchored, finished: Anchored) -> None:
        """Record its value, unless the same anchor name was used again inside it."""
        if self.known[name] is opened:
            self.known[name] = finished._replace(length=finished.length + self.length - opened.length)

    def resolve(self, event: Any, depth: int, count: int) -> Anchored:
        """Return the value of an alias; `depth` collections are around it and `count` nodes are before it."""
        name, index = event.anchor, event.start_mark.index
        anchored = self.known.get(name)
        message = None
        if anchored is None:
            message = "this alias has no anchor before it in the document; quote it if it is a string"
        elif anchored.value is _OPEN:
            message = "an alias inside its own anchor; a value cannot contain itself"
        elif depth + anchored.height > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels by alias; flatten it"
        else:
            written = count - self.aliased
            self.aliased += anchored.size
            self.length += anchored.length
            many = self.aliased > FREE_NODES + NODES_PER_WRITTEN * written
            if not many and self.length <= FREE_LENGTH + LENGTH_PER_WRITTEN * index:
                return anchored
            what, found, here = ("values", self.aliased, written) if many else ("characters", self.length, index)
            message = (
                f"aliases stand for {found} {what} here, but only {here} are written; write the values without aliases"
            )
        raise error_at(self.text, index, message)
