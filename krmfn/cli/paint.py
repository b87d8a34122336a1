"""Colours: only on a terminal, and not if NO_COLOR is set (no-color.org)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from typing import TextIO

CODES = {"red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36}


class Paint(NamedTuple):
    """Colours a text, or leaves it unchanged."""

    is_on: bool

    def __call__(self, colour: str, text: str) -> str:
        return f"\033[{CODES[colour]}m{text}\033[0m" if self.is_on else text

    def bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self.is_on else text


def paint_for(stream: TextIO) -> Paint:
    asked_for_none = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Paint(stream.isatty() and not asked_for_none)


def one_line(text: str) -> str:
    """The text without control characters: user input may contain escape codes that change the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
