"""Colours, where somebody sees them: on a terminal, and not where NO_COLOR asks for none (no-color.org)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TextIO

CODES = {"red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36}


class Paint(NamedTuple):
    """Paints a text, or leaves it as it is."""

    is_on: bool

    def __call__(self, colour: str, text: str) -> str:
        return f"\033[{CODES[colour]}m{text}\033[0m" if self.is_on else text

    def bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self.is_on else text


def paint_for(stream: TextIO) -> Paint:
    asked_for_none = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Paint(stream.isatty() and not asked_for_none)


def one_line(text: str) -> str:
    """The text without what would move the cursor: what a user wrote may hold codes that would rewrite the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
