"""What a .krmignore leaves out: the patterns of gitignore(5), matched in time of at most pattern times path.

The patterns may come from an untrusted user, so a match must not try all ways in which several stars can divide a
name. The part after a star is matched at its first possible place, and an atomic group, (?>…), keeps that match. If
the rest does not match after the first place, it does not match after a later one either, because the next star can
match everything in between.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ANY_DEPTH = "**"
ANY_FOLDERS = "(?:[^/]*/)*?"
POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r" \t\n\r\f\v",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class MalformedError(Exception):
    """A pattern that matches nothing, for example with an unclosed bracket."""


class Pattern(NamedTuple):
    """One line: what it matches, if it matches only folders, and if it includes again what an earlier line ignores."""

    regex: re.Pattern[str]
    only_folders: bool
    takes_back: bool


class Ignored(NamedTuple):
    """The patterns of one file; the last match decides."""

    patterns: tuple[Pattern, ...]

    def has(self, path: str, *, is_folder: bool) -> bool:
        """True if a path in the ignore file's folder is ignored itself; the caller checks the folders above first."""
        text = path + "/"
        for pattern in reversed(self.patterns):
            if (is_folder or not pattern.only_folders) and pattern.regex.match(text):
                return not pattern.takes_back
        return False


def parse(text: str) -> Ignored:
    return Ignored(tuple(_parsed(text.splitlines())))


def _parsed(lines: Iterable[str]) -> Iterator[Pattern]:
    for line in lines:
        kept = _without_spaces_at_the_end(line)
        if not kept or kept.startswith("#"):
            continue
        takes_back = kept.startswith("!")
        pattern = kept[1:] if takes_back else kept
        only_folders = pattern.endswith("/")
        pattern = pattern.removesuffix("/")
        steps = pattern.removeprefix("/").split("/") if "/" in pattern else [ANY_DEPTH, pattern]
        if pattern:
            try:
                yield Pattern(re.compile(_path(steps), re.DOTALL), only_folders, takes_back)
            except MalformedError:
                continue


def _without_spaces_at_the_end(line: str) -> str:
    kept = line.rstrip(" ")
    escapes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " if escapes % 2 and kept != line else kept


def _path(steps: list[str]) -> str:
    """A regular expression for a whole path; each step of the path ends with a slash."""
    groups: list[list[str]] = [[]]
    for step in steps:
        if step == ANY_DEPTH:
            groups.append([])
        else:
            groups[-1].append(step)
    first, *others = ("".join(f"{_step(step)}/" for step in group) for group in groups)
    if not others:
        return first + r"\Z"
    *middle, last = others
    inner = "".join(f"(?>{ANY_FOLDERS}{group})" for group in middle if group)
    # Two stars at the end must match something; elsewhere they may match nothing.
    return first + inner + (f"{ANY_FOLDERS}{last}" if last else ".+") + r"\Z"


def _step(step: str) -> str:
    """A regular expression for one name."""
    first, *others = _between_stars(step)
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>[^/]*?{each})" for each in middle if each) + f"[^/]*{last}"


def _between_stars(step: str) -> list[str]:
    parts = [""]
    at = 0
    while at < len(step):
        letter = step[at]
        at += 1
        if letter == "*":
            parts.append("")
        elif letter == "?":
            parts[-1] += "[^/]"
        elif letter == "[":
            found, at = _class(step, at)
            parts[-1] += found
        elif letter == "\\":
            if at == len(step):
                raise MalformedError
            parts[-1] += re.escape(step[at])
            at += 1
        else:
            parts[-1] += re.escape(letter)
    return parts


def _class(step: str, begin: int) -> tuple[str, int]:
    """A regular expression for a class in brackets, and where it ends; it never matches a slash."""
    at = begin
    negated = step[at : at + 1] in {"!", "^"}
    at += negated
    first = at
    made = ""
    while True:
        if at >= len(step):
            raise MalformedError
        if step[at] == "]" and at > first:
            break
        named = re.compile(r"\[:([a-z]*):\]").match(step, at)
        if named:
            if named[1] not in POSIX:
                raise MalformedError
            made += POSIX[named[1]]
            at = named.end()
            continue
        low, at = _letter(step, at)
        high = low
        if step[at : at + 1] == "-" and step[at + 1 : at + 2] not in {"", "]"}:
            high, at = _letter(step, at + 1)
        # Git matches a reversed range only by its first letter.
        made += f"{re.escape(low)}-{re.escape(max(low, high))}"
    if negated:
        return f"[^/{made}]", at + 1
    return rf"(?!/)[{made}]", at + 1


def _letter(step: str, at: int) -> tuple[str, int]:
    escaped = step[at] == "\\"
    if at + escaped >= len(step):
        raise MalformedError
    return step[at + escaped], at + escaped + 1
