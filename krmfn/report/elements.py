"""Elements of a page; their texts and attributes are escaped when the page is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Content = Element | str


def element(tag: str, *content: Content, **attributes: str | None) -> Element:
    """An element with elements and texts in it; an attribute's `_` stands for `-`, and a last one is left out.

    An attribute that is None is left out; one that is empty stands for itself, as `open` does.
    """
    told = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    made = Element(tag, {key: _visible(value) for key, value in told.items() if value is not None})
    for each in content:
        if isinstance(each, str):
            _append(made, _visible(each))
        else:
            made.append(each)
    return made


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]], about: str = "") -> Element:
    """A table that can be filtered, with a count of its rows; a note in its place if it has none.

    Args:
        caption: its title.
        heads: the titles of its columns.
        rows: a cell for each column.
        about: what it is about, for a screen reader, where several tables of a page have one caption.
    """
    body = [element("tr", *(element("td", *_cell(each)) for each in row)) for row in rows]
    if not body:
        return element("p", f"{caption}: none.", class_="none")
    return element(
        "div",
        element(
            "table",
            element("caption", f"{caption} ", element("span", str(len(body)), class_="count")),
            element("thead", element("tr", *(element("th", each, scope="col") for each in heads))),
            element("tbody", *body),
        ),
        class_="wide",
        role="group",
        aria_label=f"{caption} {about}".strip(),
    )


def folded(title: Content, *content: Content, class_: str | None = None, is_open: bool = False) -> Element:
    """Content below a title that opens and closes it."""
    return element(
        "details", element("summary", title), *content, class_=class_, **({"open": ""} if is_open else {"open": None})
    )


def listed(items: Iterable[Content]) -> Content:
    """A list; a dash if it has no items, and an item that is alone stands for itself."""
    made = list(items)
    if len(made) == 1:
        return made[0]
    return element("ul", *(element("li", *_cell(each)) for each in made)) if made else "-"


def named(names: Iterable[str], class_: str = "") -> Element:
    """Names with commas between them; a line breaks only there."""
    made = element("span", class_=f"names {class_}".strip())
    for index, each in enumerate(names):
        if index:
            _append(made, ", ")
            made.append(Element("wbr"))
        _append(made, _visible(each))
    return made


def broken(text: str) -> Iterator[Content]:
    """A text that a browser may break after the marks that join names, and nowhere else inside a word."""
    first, *others = re.split(r"(?<=[/.:@])(?=\w)", text)
    yield first
    for each in others:
        yield Element("wbr")
        yield each


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cell(content: Content) -> Iterable[Content]:
    return broken(content) if isinstance(content, str) else (content,)


def _append(made: Element, text: str) -> None:
    """Text after what is there already."""
    if len(made):
        made[-1].tail = (made[-1].tail or "") + text
    else:
        made.text = (made.text or "") + text


def _visible(text: str) -> str:
    """The text with control characters made visible: some are not allowed in HTML, and some turn text around."""
    return "".join(each if each.isprintable() or each in "\n " else f"\\u{ord(each):04x}" for each in text)
