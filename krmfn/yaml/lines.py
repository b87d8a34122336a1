"""What one line of a YAML text says by itself, for the quick reader; None where only the exact reader can tell.

A line is known if no line before or after it can change what it says: a key, a value that begins and ends on it, the
dash of a list. Texts over several lines, anchors, aliases, tags and escapes that are rare are left to the exact reader.
"""

import re
from functools import lru_cache
from typing import Any

from krmfn.yaml.plain import HINTS, is_finite, key_text, resolve

REMEMBERED = 1 << 15
"""Different lines. Most lines of manifests are in other manifests as well."""
OPEN: Any = object()
"""The value of a key or a dash with nothing after it: what stands below it, or null."""
KEPT: Any = object()
"""The value `|`: the text below it."""
STRIPPED: Any = object()
"""The value `|-`: the text below it, without its last line end."""

# A colon ends a key only before a blank.
_WORD = r"(?:[A-Za-z0-9_./$()@+=~%*-]|:(?=[A-Za-z0-9_./-]))"
_QUOTED_KEY = r"""|"[^"\\]{0,999}+"|'[^']{0,999}+'"""
_KEY = re.compile(rf"([A-Za-z0-9_./$](?:{_WORD}|[\[\]]| (?=[A-Za-z0-9_./$(])){{0,999}}+{_QUOTED_KEY}):(?: ++|$)")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\["\\nt])*+)"')
_SINGLE = re.compile(r"'((?:[^']|'')*+)'")
_ESCAPE = re.compile(r'\\(["\\nt])')
_ESCAPED = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_AFTER = re.compile(r" *+| ++#.*+")
# A plain text may begin with a dash, if it is not the dash of a list.
_PLAIN = re.compile(r"-?[^\s\-?:,\[\]{}#&*!|>'\"%@`]|--?[^\s\-]")
# In a list or a mapping on one line, brackets and commas are not part of a text.
_FLOW_KEY = re.compile(rf"([A-Za-z0-9_./$]{_WORD}{{0,999}}+{_QUOTED_KEY}): ++")
_FLOW_PLAIN = re.compile(rf"-{{0,2}}+[A-Za-z0-9_./$+]{_WORD}*+(?: [A-Za-z0-9_./$+]{_WORD}*+)*+")
_DEEPEST = 16
"""Of the dashes that begin a line, and of the lists and mappings inside it."""


Line = tuple[int, str | None, Any]
"""What a line begins with, and what follows it: the column of its key or dash; the key, None for a dash; the value.

The value is finished, or one of OPEN, KEPT and STRIPPED, or another Line after the dash. A plain tuple, because the
quick reader unpacks one for each line of a text.
"""
NOTHING: Line = (-1, None, None)
"""A blank line, or one with only a comment."""


@lru_cache(REMEMBERED)
def line_of(text: str) -> Line | None:
    """What a line says; None if it is not known."""
    rest = text.lstrip(" ")
    if not rest:
        return NOTHING
    # At column 0, three dots end the document.
    if not text.isprintable() or rest.startswith("..."):
        return None
    return NOTHING if rest[0] == "#" else _entry(rest, len(text) - len(rest))


def _entry(rest: str, column: int, dashes: int = 0) -> Line | None:
    """A dash or a key at a column."""
    if dashes > _DEEPEST:
        return None
    if rest[0] == "-" and rest[1:2] in {"", " "}:
        inner = rest[1:].lstrip(" ")
        if not inner or inner[0] == "#":
            return column, None, OPEN
        entry = _entry(inner, column + len(rest) - len(inner), dashes + 1)
        if entry is not None:
            return column, None, entry
        value = _value(inner)
        return None if value is None else (column, None, value[0])
    found = _KEY.match(rest)
    key = found and _key(found[1])
    if not found or key is None:
        return None
    value = _value(rest[found.end() :])
    return None if value is None else (column, key, value[0])


def _key(written: str) -> str | None:
    if written[0] in "\"'":
        return written[1:-1]
    return key_text(resolve(written))


def _value(text: str) -> tuple[Any] | None:
    """What follows a key or a dash."""
    first = text[:1]
    if not first or first == "#":
        return (OPEN,)
    if first in "\"'":
        found = _quoted(text, 0)
        return (found[0],) if found and _AFTER.fullmatch(text, found[1]) else None
    if first in "[{":
        found = _flow(text, 0, 0)
        return (found[0],) if found and _AFTER.fullmatch(text, found[1]) else None
    if first == "|":
        return {"|": (KEPT,), "|-": (STRIPPED,)}.get(text.rstrip(" "))
    plain = text.partition(" #")[0].rstrip(" ")
    if not _PLAIN.match(plain) or ": " in plain or plain[-1] == ":":
        return None
    return _scalar(plain)


def _scalar(plain: str) -> tuple[Any] | None:
    value = resolve(plain) if plain[0] in HINTS else plain
    return (value,) if is_finite(value) else None


def _quoted(text: str, begin: int) -> tuple[str, int] | None:
    """The text in quotes, and where it ends."""
    if text[begin] == '"':
        found = _DOUBLE.match(text, begin)
        value = found and found[1]
        if value and "\\" in value:
            value = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], value)
    else:
        found = _SINGLE.match(text, begin)
        value = found and found[1].replace("''", "'")
    return None if found is None or value is None else (value, found.end())


def _flow(text: str, begin: int, depth: int) -> tuple[Any, int] | None:
    """A value in a list or a mapping on one line, and where it ends."""
    first = text[begin : begin + 1]
    if first in {'"', "'"}:
        return _quoted(text, begin)
    if first == "[" and depth < _DEEPEST:
        return _flow_list(text, begin + 1, depth + 1)
    if first == "{" and depth < _DEEPEST:
        return _flow_mapping(text, begin + 1, depth + 1)
    found = _FLOW_PLAIN.match(text, begin)
    value = found and _scalar(found[0])
    return (value[0], found.end()) if found and value else None


def _flow_list(text: str, at: int, depth: int) -> tuple[list[Any], int] | None:
    found: list[Any] = []
    at = _blanks(text, at)
    if text.startswith("]", at):
        return found, at + 1
    while entry := _flow(text, at, depth):
        found.append(entry[0])
        at = _blanks(text, entry[1])
        if text.startswith("]", at):
            return found, at + 1
        if not text.startswith(", ", at):
            return None
        at = _blanks(text, at + 1)
    return None


def _flow_mapping(text: str, at: int, depth: int) -> tuple[dict[str, Any], int] | None:
    found: dict[str, Any] = {}
    at = _blanks(text, at)
    if text.startswith("}", at):
        return found, at + 1
    while named := _FLOW_KEY.match(text, at):
        key = _key(named[1])
        entry = _flow(text, named.end(), depth)
        if key is None or key in found or not entry:
            return None
        found[key] = entry[0]
        at = _blanks(text, entry[1])
        if text.startswith("}", at):
            return found, at + 1
        if not text.startswith(", ", at):
            return None
        at = _blanks(text, at + 1)
    return None


def _blanks(text: str, at: int) -> int:
    """Where the blanks at a place end."""
    while text.startswith(" ", at):
        at += 1
    return at
