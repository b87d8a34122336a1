"""A ResourceList as it is read: its value, and of each item the text and whether readers differ on it."""

from typing import Any, NamedTuple


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
    """The text of a ResourceList: what is before its items, the items, and what is after them."""

    before: str
    items: list[str]
    after: str
