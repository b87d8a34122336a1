"""Text in Markdown: what a user wrote stays text, and is neither structure, HTML, a link nor a mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.paint import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARKUP = frozenset("\\`*_[]<>|~&$")
"""Characters that mean something in Markdown, in HTML, or in formulas."""
STARTS = frozenset("-+=")
HOSTS_OWN = frozenset("@#")
"""Characters with which a host finds people and issues in the finished HTML, where an entity is a character again."""


def escaped(text: str) -> str:
    """A text on one line, for a paragraph, a list or the cell of a table."""
    inside = "".join(map(_escaped, one_line(text))).replace("://", "&#58;//").replace("www.", "www&#46;")
    # First on a line these would begin a list, or make a heading of the line above.
    return f"&#{ord(inside[0])};{inside[1:]}" if inside[:1] in STARTS else inside


def _escaped(character: str) -> str:
    if character in HOSTS_OWN:
        return f"&#{ord(character)};&#8203;"
    return f"&#{ord(character)};" if character in MARKUP else character


def code(text: str) -> str:
    """A name, as code: no host looks for people or issues in it."""
    return f"<code>{escaped(text).replace('&#8203;', '')}</code>"


def fenced(lines: Iterable[str], language: str = "text") -> Iterator[str]:
    """Lines as they are, in a block of code whose fence none of them can end."""
    inside = [one_line(line) for line in lines]
    fence = "`" * max(3, 1 + max((_ticks(line) for line in inside), default=0))
    yield f"{fence}{language}"
    yield from inside
    yield fence


def _ticks(line: str) -> int:
    """The longest run of backticks in a line."""
    longest = run = 0
    for character in line:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines that a reader unfolds; `summary` is Markdown."""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""
