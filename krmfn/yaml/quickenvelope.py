"""A ResourceList read item by item, by the quick reader or else by the exact one; each item comes with its text."""

from typing import Any

from krmfn.yaml import quick
from krmfn.yaml.envelope import Divided, Envelope, Item
from krmfn.yaml.errors import YamlError

ITEMS = "\nitems:\n"
AFTER = ("\nfunctionConfig:\n", "\nresults:\n")
"""What may follow the items."""


def envelope(source: str) -> Envelope | None:
    """The ResourceList; None if its items cannot be separated, or if something in it is wrong."""
    if not source.endswith("\n"):
        return None
    head, found, _ = source.partition(f"{ITEMS}- ")
    if not found:
        documents = quick.documents(source)
        only = documents[0] if documents and len(documents) == 1 else None
        return Envelope(only, {}) if isinstance(only, dict) and not only.get("items") else None
    items: list[Any] = []
    texts: dict[int, str] = {}
    doubtful: set[int] = set()
    begin = end = len(head) + len(ITEMS)
    while source.startswith("- ", begin):
        # Inside an item a line can begin like this only in a text in quotes over several lines, and the exact reader
        # refuses half of such a text.
        end = source.find("\n- ", begin) + 1 or len(source)
        item = _quickly(source[begin:end])
        if item is None:
            end = _end_of_items(source, begin, end)
            item = _quickly(source[begin:end]) or _exactly(source[begin:end])
        if item is None:
            return None
        if item.text:
            texts[len(items)] = item.text
        if item.doubtful:
            doubtful.add(len(items))
        items.append(item.value)
        begin = end
    around = _around(f"{head}{ITEMS}{source[end:]}")
    # The key `items` has to be there, without a value.
    if not isinstance(around, dict) or around.get("items", items) is not None:
        return None
    return Envelope({**around, "items": items}, texts, frozenset(doubtful))


def divided(source: str) -> Divided | None:
    """Where each item of a ResourceList begins; None if that cannot be guessed.

    A guess, for nothing is read: a text in quotes over several lines may have a line that begins like an item.
    """
    found = source.find(f"{ITEMS}- ")
    if found < 0 or not source.endswith("\n") or _may_have_anchors(source):
        return None
    begin = found + len(ITEMS)
    last = min(source.find(after, begin) + 1 or len(source) for after in AFTER)
    begins = [begin]
    while begin < last:
        begin = source.find("\n- ", begin, last) + 1 or last
        begins.append(begin)
    return Divided(source, begins)


def _may_have_anchors(source: str) -> bool:
    """True if there may be an anchor: an item may refer to one in another item, and cannot be read without that."""
    if "&" not in source:
        return False
    # An anchor is an `&` at the beginning of a value, with its name right after it.
    after = (text[:1] for text in source.split(" &")[1:])
    return any(f"{each}&" in source for each in "[{,:\t\n") or any(each not in {" ", "&", "\n"} for each in after)


def _quickly(text: str) -> Item | None:
    """The item; None if the quick reader cannot read it."""
    # With nothing beside its dash the item may be empty; then what follows is not part of it.
    if text[1:].lstrip(" ")[:1] in {"#", "\n"}:
        return None
    value = quick.value_of(f" {text[1:]}".split("\n"))
    return Item(value, _own_text(text)) if isinstance(value, dict) else None


def _exactly(text: str) -> Item | None:
    """The item; None if something in it is wrong."""
    from krmfn.yaml import exact  # noqa: PLC0415  (only for what the quick reader does not know)

    try:
        return exact.item(text)
    except YamlError:
        return None


def _around(text: str) -> Any:
    """What is around the items; None if something in it is wrong."""
    documents = quick.documents(text)
    if documents is not None:
        return documents[0] if len(documents) == 1 else None
    from krmfn.yaml import exact  # noqa: PLC0415  (as above)

    try:
        return exact.only(text)
    except YamlError:
        return None


def _end_of_items(source: str, begin: int, end: int) -> int:
    """Where the last item ends, with the comments after it: at the first line that is neither."""
    line = source.find("\n", begin, end) + 1
    while 0 < line < end and source[line] in " #\n":
        line = source.find("\n", line, end) + 1
    return line or end


def _own_text(text: str) -> str:
    """The text without the blank lines and comments at column 0 that follow the item."""
    line = text.rfind("\n", 0, -1) + 1
    while line and text[line] in "\n#":
        text = text[:line]
        line = text.rfind("\n", 0, -1) + 1
    return text
