"""A ResourceList as it is read: its value, and of each item the text and whether readers differ on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Envelope(NamedTuple):
    """A ResourceList.

    Attributes:
        value: what it says.
        texts: the texts of the `items` that can be written again unchanged, by index.
        doubtful: the items with a text in which there is something that Kubernetes' YAML readers refuse or differ on.
    """

    value: Any
    texts: dict[int, str]
    doubtful: frozenset[int] = frozenset()


class Item(NamedTuple):
    """An item, and its own text, which is empty if it cannot be written again."""

    value: Any
    text: str
    doubtful: bool = False


class Divided(NamedTuple):
    """The text of a ResourceList, and where each item begins; the last number is where they end."""

    source: str
    begins: list[int]

    @property
    def indexes(self) -> range:
        return range(len(self.begins) - 1)

    def item(self, index: int) -> str:
        return self.source[self.begins[index] : self.begins[index + 1]]

    def size(self, index: int) -> int:
        return self.begins[index + 1] - self.begins[index]

    def only(self, indexes: Iterable[int]) -> str:
        """The text with only some of the items."""
        items = map(self.item, indexes)
        return "".join((self.source[: self.begins[0]], *items, self.source[self.begins[-1] :]))
