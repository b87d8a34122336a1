"""The source texts of a ResourceList's items, so that items that are not declarations are returned byte for byte."""

from typing import Any

from yaml.events import ScalarEvent

from krmfn.yaml.errors import YamlError

IDENTIFYING = frozenset({"apiVersion", "kind", "metadata"})
_MISREAD = "\r\x85\u2028\u2029\ufeff"
"""Line ends that are none elsewhere; and the byte order mark, after which both of Kubernetes' readers lose count of
columns, depending on where in the stream it is: an item may become a part of the one before it."""


class ItemTexts:
    """Follows a composer through a top-level `items`; keeps texts that can be written again in a list at column 0.

    Attributes:
        texts: the texts by index.
        doubts: what Kubernetes' readers refuse, or differ on, in items with a text, outside what identifies them.
    """

    __slots__ = ("begin", "doubts", "found", "index", "last", "position", "texts")

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.doubts: dict[int, YamlError] = {}
        self.found: YamlError | None = None  # in the open item
        self.last: Any = None  # the scalar or alias read last
        self.begin = -1  # where the open item begins; -1 if its text cannot be written again
        self.index = self.position = 0

    def open(self, index: int, event: Any, position: int, text: str) -> None:
        """Begin item `index`; `position` counts the nodes before it."""
        self.begin = -1
        mark = event.start_mark
        if event.flow_style is False:
            begin = _dash_line(text, mark.index - mark.column)
            self.begin, self.index, self.position = begin, index, position

    def doubt(self, error: YamlError, top: Any) -> bool:
        """Keep an error in the open item, below the key `top`; False if it cannot be kept."""
        if self.begin < 0 or top is None or top in IDENTIFYING:
            return False
        self.found = self.found or error
        return True

    def alias(self, event: Any, position: int) -> None:
        """Drop the text of the open item if the alias's anchor is before the item."""
        self.last = event
        if position <= self.position:
            self.begin = -1

    def close(self, event: Any, text: str, *, at_item: bool) -> None:
        """Keep the item's text if this is the end of the item."""
        if not at_item:
            return
        begin, self.begin = self.begin, -1
        found, self.found = self.found, None
        item = _item_text(text, begin, _end(event, text), self.last) if begin >= 0 else None
        if found is not None:
            if item is None:
                raise found
            self.doubts[self.index] = found
        if item is not None:
            self.texts[self.index] = item


def _end(event: Any, text: str) -> int:
    """Where an item ends: where the next line begins, for libyaml ends a block where the next token begins."""
    mark = event.start_mark
    return mark.index - mark.column if mark.index < len(text) else len(text)


def _dash_line(text: str, begin: int) -> int:
    """Return where the line of the item's dash begins. kpt writes comments between the dash and the first key."""
    while not text.startswith("-", begin):
        end, begin = begin - 1, text.rfind("\n", 0, max(begin - 1, 0)) + 1
        line = text[begin:end].strip()
        if begin > end or not (line.startswith(("#", "- #")) or line in {"", "-"}):
            return -1
    return begin


def _item_text(text: str, begin: int, end: int, last: Any) -> str | None:
    """Return the text without trailing blank lines and column-0 comments; None if it may have another meaning alone."""
    if not text.startswith(("- ", "-\n"), begin) or (begin and text[begin - 1] != "\n"):
        return None
    if any(text.find(each, begin, end) >= 0 for each in _MISREAD):
        return None
    content_end = begin
    if isinstance(last, ScalarEvent) and last.style in ("|", ">"):
        # In a block scalar that keeps line ends, blank lines after it are part of its value; so is a missing line end.
        if last.value.endswith("\n\n") or last.value == "\n" or text[end - 1] != "\n":
            return None
    elif last.__class__.__name__ == "ScalarEvent" and not last.style and not last.value:
        # The mark of an empty value is at the next token; a key over several lines may be before it.
        if text.find("? ", begin, end) >= 0:
            return None
    else:
        content_end = last.end_mark.index
    while end > begin:
        line = text.rfind("\n", begin, end - 1) + 1
        if line <= begin or line < content_end or text[line] not in "\n#":
            break
        end = line
    item = text[begin:end]
    return item if item.endswith("\n") else item + "\n"
