"""Patterns of schemas, read as in Kubernetes and Helm (RE2), and converted for an engine with linear time.

The engine of `matching` differs from RE2 in a few points: in RE2, digits, spaces, word characters and word boundaries
are ASCII only, a brace may be a literal, and a class cannot contain classes or operators. Everything else is the same.
Back-references, look-ahead and look-behind exist in neither and are refused.
Source: https://github.com/google/re2/wiki/Syntax, and Go's regexp/syntax of version 1.26, which the platform uses.
"""

from __future__ import annotations

import re

from krmfn.topology.checks.patternmatch import EngineError, matches

MOST_REPEATS = 1000
"""RE2's own limit, for nested repetitions multiplied with each other."""
MOST_STEPS = 10_000
"""The most steps of a pattern with its repetitions written out; the engine's time is steps times length of the text."""
MOST_LETTERS = 10_000
"""The longest pattern: some parts count no steps, but take time to read."""
MOST_NESTED = 100
LAST, SURROGATES = 0x10FFFF, range(0xD800, 0xE000)
"""The last character, and the codes that are not characters."""
WIDE = 50
"""The steps of a Unicode class; a dot or a negated class has fewer steps, but counts the same."""


class PatternError(ValueError):
    """It is not a pattern of RE2, or has too many steps."""


def spelled(pattern: str) -> tuple[str, int]:
    """The pattern in the syntax of the engine of `matching`, and its number of steps.

    Raises:
        PatternError: Kubernetes would refuse the pattern.
    """
    if len(pattern) > MOST_LETTERS:
        raise PatternError(f"it is longer than {MOST_LETTERS} characters; shorten it")
    reader = _PatternReader(pattern)
    made = reader.alternation(0)
    if reader.rest:
        raise PatternError("it has a parenthesis too many")
    try:
        matches(made, "")
    except EngineError as error:
        raise PatternError(str(error)) from None
    return made, reader.steps


_ASCII = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "s": r"[\t\n\f\r ]",
    "S": r"[^\t\n\f\r ]",
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
}
_IN_CLASS = {**_ASCII, "d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}
_ANCHORS = {"A": r"\A", "z": r"\z", "b": r"(?-u:\b)", "B": r"(?-u:\B)"}
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_NUMERIC = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,8}\}")
_PROPERTY = re.compile(r"[pP](?:([A-Z])|\{(\^?)([A-Za-z_]{1,40})\})")
_REPEAT = re.compile(r"\{(\d{1,9})(,(\d{1,9})?)?\}", re.ASCII)
_GROUP = re.compile(r"\(\?(?:P?<([A-Za-z_]\w{0,99})>|([imsU]*(?:-[imsU]+)?)([:)]))", re.ASCII)
_POSIX = re.compile(r"\[:\^?(alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]")


class _PatternReader:
    """Reads a pattern from left to right; `rest` is the part that is not read yet."""

    def __init__(self, pattern: str) -> None:
        self.rest = pattern
        self.steps = 0

    def alternation(self, depth: int) -> str:
        """Everything up to the end of a group."""
        if depth > MOST_NESTED:
            raise PatternError(f"its groups are nested more than {MOST_NESTED} deep")
        parts: list[str] = []
        while self.rest and self.rest[0] != ")":
            before = self.steps
            atom = self._atom(depth)
            parts.append(atom + self._repetition(before))
        return "".join(parts)

    def _take(self, length: int) -> str:
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise PatternError(f"with its repetitions it comes to more than {MOST_STEPS} steps; shorten them")

    def _atom(self, depth: int) -> str:
        first = self.rest[0]
        if first == "(":
            return self._group(depth)
        if first == "[":
            self._count(WIDE if self.rest[1:2] == "^" else 1)
            return self._class()
        if first == "\\":
            return self._escape()
        if first in "^$|":
            return self._take(1)
        if first in "*+?" or _REPEAT.match(self.rest):
            raise PatternError(f"there is nothing before {first} to repeat")
        self._take(1)
        self._count(WIDE if first == "." else 1)
        return first if first == "." else _literal(ord(first))

    def _group(self, depth: int) -> str:
        opening = "("
        if self.rest.startswith("(?"):
            match = _GROUP.match(self.rest)
            if not match or match[0] in {"(?)", "(?-)"}:
                raise PatternError("it looks ahead or behind, or has a group that RE2 does not know; write it without")
            opening = self._take(match.end())
            if match[3] == ")":
                return opening
        else:
            self._take(1)
        inner = self.alternation(depth + 1)
        if not self.rest:
            raise PatternError("it lacks a closing parenthesis")
        return opening + inner + self._take(1)

    def _repetition(self, before: int) -> str:
        """The repetition after an atom; it multiplies the steps of the atom."""
        operator = ""
        if self.rest[:1] in {"*", "+", "?"}:
            operator = self._take(1)
        elif match := _REPEAT.match(self.rest):
            least, most = int(match[1]), int(match[3] or match[1])
            if most < least or most > MOST_REPEATS:
                raise PatternError(f"{match[0]} is not a count up to {MOST_REPEATS}")
            operator = self._take(match.end())
            self._count((self.steps - before) * (max(most, 1) - 1))
        if operator and self.rest[:1] == "?":
            operator += self._take(1)
        if operator and (self.rest[:1] in {"*", "+", "?"} or _REPEAT.match(self.rest)):
            raise PatternError("it repeats a repetition; put the inner one into parentheses")
        return operator

    def _escape(self) -> str:
        self._take(1)
        if self.rest.startswith("Q"):
            quoted, _, self.rest = self.rest[1:].partition("\\E")
            self._count(len(quoted))
            return "".join(_literal(ord(each)) for each in quoted)
        if self.rest[:1] in _ANCHORS:
            return _ANCHORS[self._take(1)]
        self._count(WIDE if self.rest[:1] in {*"pPDSW"} else 1)
        if self.rest[:1] in _ASCII:
            return _ASCII[self._take(1)]
        return self._property() or _literal(self._character())

    def _property(self) -> str:
        match = _PROPERTY.match(self.rest)
        if not match:
            return ""
        self._take(match.end())
        negated = (match[0][0] == "P") != (match[2] == "^")
        return rf"\{'P' if negated else 'p'}{{{match[1] or match[3]}}}"

    def _character(self) -> int:
        """The single character after a backslash."""
        if match := _NUMERIC.match(self.rest):
            digits = self._take(match.end())
            code = int(digits.strip("x{}"), 16) if digits[0] == "x" else int(digits, 8)
        elif self.rest[:1] in _CONTROLS:
            code = _CONTROLS[self._take(1)]
        elif self.rest and self.rest[0].isascii() and not self.rest[0].isalnum():
            code = ord(self._take(1))
        else:
            shown = self.rest[:1] if self.rest[:1].isprintable() else "?"
            raise PatternError(f"\\{shown} has no meaning in RE2, which has no back-references")
        if code > LAST or code in SURROGATES:
            raise PatternError("it has a code that is not a character")
        return code

    def _class(self) -> str:
        spelled = self._take(2 if self.rest[1:2] == "^" else 1)
        first = True
        while first or self.rest[:1] != "]":
            if not self.rest:
                raise PatternError("it lacks a closing bracket")
            first = False
            if match := _POSIX.match(self.rest):
                spelled += self._take(match.end())
            elif self.rest[0] == "\\" and self.rest[1:2] in _ASCII:
                spelled += _IN_CLASS[self._take(2)[1]]
            elif self.rest[0] == "\\" and (named := self._property_in_class()):
                spelled += named
            else:
                spelled += self._range()
        return spelled + self._take(1)

    def _property_in_class(self) -> str:
        if not _PROPERTY.match(self.rest, 1):
            return ""
        self._take(1)
        self._count(WIDE)
        return self._property()

    def _range(self) -> str:
        low = self._class_character()
        if self.rest[:1] != "-" or self.rest[1:2] in {"", "]"}:
            return _literal(low)
        self._take(1)
        high = self._class_character()
        if high < low:
            raise PatternError("a range in it ends before it begins")
        return f"{_literal(low)}-{_literal(high)}"

    def _class_character(self) -> int:
        if self.rest.startswith("[:") and ":]" in self.rest:
            raise PatternError("it has a class like [:alpha:] that RE2 does not know")
        if self.rest[:1] == "\\":
            self._take(1)
            return self._character()
        return ord(self._take(1))


def _literal(code: int) -> str:
    return chr(code) if chr(code).isascii() and chr(code).isalnum() else f"\\x{{{code:x}}}"
