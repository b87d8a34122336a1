"""Elements of a page; their texts and attributes are escaped when the page is written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Content = Element | str


def element(tag: str, *content: Content, **attributes: str) -> Element:
    """An element with elements and texts in it; an attribute's `_` stands for `-`, and a last one is left out."""
    made = Element(tag, {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value})
    for each in content:
        if isinstance(each, str):
            _append(made, _visible(each))
        else:
            made.append(each)
    return made


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]]) -> Element:
    """A table that can be filtered, with a count of its rows; a note in its place if it has none."""
    body = [element("tr", *(element("td", each) for each in row)) for row in rows]
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
        class_="table",
        # A keyboard reaches what scrolls.
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def listed(items: Iterable[Content]) -> Content:
    """A list; a dash if it has no items."""
    made = [element("li", each) for each in items]
    return element("ul", *made) if made else "-"


def _append(made: Element, text: str) -> None:
    """Text after what is there already."""
    if len(made):
        made[-1].tail = (made[-1].tail or "") + text
    else:
        made.text = (made.text or "") + text


def _visible(text: str) -> str:
    """The text with control characters made visible: some are not allowed in HTML, and some turn text around."""
    return "".join(each if each.isprintable() or each in "\n " else f"\\u{ord(each):04x}" for each in text)
