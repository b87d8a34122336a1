"""Look-alikes: the known name that an unknown name was probably meant to be, and how the two differ (R16)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LETTERS = 64
"""Longer names are not compared: the time grows with the square of this."""
SHORTEST, SHORT = 3, 6
"""In letters: a name shorter than SHORTEST may have no typing mistake, one shorter than SHORT only one."""
NEAR = 8
"""In letters: a name that is meant is at most this much longer or shorter."""
MOST_CANDIDATES = 100
"""Limits the time: with many findings, the number of comparisons grows with the square of this."""
MOST_KNOWN = 500
"""Among more names than this nothing is suggested: each finding would have to look at all of them."""
MOST_SHOWN = 12
"""The most names that a message lists: as many findings may list them as there are names."""
INVISIBLE = ("Cf", "Mn", "Zs", "Cc")
"""Categories of characters that are not visible by themselves: format, combining marks, spaces, controls."""
# Greek and Cyrillic letters that look like Latin ones.
_ALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнАЕОРСУХІЈЅКМТВНΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυχ",
    "aeopcyxijshdqwkmtbhAEOPCYXIJSKMTBHABEZHIKMNOPTYXaivopux",
)


def meant(written: str, known: Iterable[str], mistakes: int = 2) -> str:
    """The known name that the written one looks most like; empty if there is none, or if it is one itself.

    Letters of other scripts, invisible characters, dashes, upper and lower case do not count.

    Args:
        written: the name that a user wrote.
        known: the names that it may stand for.
        mistakes: how many typing mistakes it may have: a letter too many, missing or wrong, or two swapped.
    """
    # Almost every name is told apart by its length alone; one of other letters may have many that are not visible.
    names = [each for each in _few(known) if abs(len(each) - len(written)) <= NEAR or not written.isascii()]
    if not names or written in names:
        return ""
    allowed = min(mistakes, (len(written) >= SHORTEST) + (len(written) >= SHORT))
    best, found = allowed + 1, ""
    for seen in _readings(written):
        for candidate in names if len(seen) <= MOST_LETTERS else ():
            distance = _distance(seen, _folded(candidate), best - 1)
            if distance < best:
                best, found = distance, candidate
    return found


def _few(known: Iterable[str]) -> list[str]:
    """The names in order; none if there are too many to look at for each finding."""
    names = list(islice(known, MOST_KNOWN + 1))
    return sorted(names) if len(names) <= MOST_KNOWN else []


def some(names: Iterable[str]) -> str:
    """The names for a message; of many, the first ones."""
    listed = list(islice(names, MOST_SHOWN + 1))
    return ", ".join(listed[:MOST_SHOWN]) + (" and more" if len(listed) > MOST_SHOWN else "")


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`; empty if no known name is near."""
    match = nearest(written, known)
    return f'; did you mean "{match}"?{difference(written)}' if match else ""


def nearest(written: str, known: Iterable[str]) -> str:
    """The known name that may have been meant, also by more than a typing mistake; empty if none is near."""
    # difflib finds more than typing mistakes, and is imported only when there is something to report.
    from difflib import get_close_matches  # noqa: PLC0415

    near = [each for each in _few(known) if abs(len(each) - len(written)) <= NEAR][:MOST_CANDIDATES]
    folded = {each.lower(): each for each in near}
    return meant(written, near) or next(map(folded.__getitem__, get_close_matches(written.lower(), folded, n=1)), "")


def difference(written: str) -> str:
    """A note about the first character that a reader may not see or may take for another; empty if there is none."""
    if written.isascii() and written.isprintable() and " " not in written:
        return ""
    from unicodedata import name  # noqa: PLC0415  (only for letters that few write)

    for each in written:
        if _is_invisible(each):
            return f" (it contains {'a space' if each == ' ' else f'U+{ord(each):04X}, which is invisible'})"
        if not each.isascii():
            return f' ("{each}" is U+{ord(each):04X}, {name(each, "an unnamed character")})'
    return ""


def _readings(written: str) -> list[str]:
    """What a name looks like: with look-alike letters as Latin ones, and with them as letters that fit any other."""
    if written.isascii():
        return [_folded(written)]
    both = (written.translate(_ALIKE).lower(), written.lower())
    return [_folded("".join(_plain(each) for each in one if not _is_invisible(each))) for one in both]


def _folded(written: str) -> str:
    return written.replace("-", "").replace("_", "").strip().lower()


def _plain(character: str) -> str:
    """The letter that a wide, bold or otherwise styled one is a variant of; itself if it stands for several."""
    from unicodedata import normalize  # noqa: PLC0415  (as above)

    plain = normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def _is_invisible(character: str) -> bool:
    from unicodedata import category  # noqa: PLC0415  (as above)

    return category(character) in INVISIBLE


def _distance(seen: str, known: str, most: int) -> int:
    """The number of typing mistakes; a result above `most` may be inexact. A letter of another script fits any."""
    foreign = {each for each in seen if not each.isascii()}
    # A name that is entirely in another script looks like no known name.
    if 2 * sum(map(seen.count, foreign)) > len(seen):
        foreign = set()
    if abs(len(seen) - len(known)) > most or len(({*seen} - foreign) - {*known}) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(seen, start=1):
        above, row = (before, row), [i]
        for j, against in enumerate(known, start=1):
            wrong = letter != against and letter not in foreign
            cost = min(row[-1] + 1, above[1][j] + 1, above[1][j - 1] + wrong)
            if i > 1 and j > 1 and letter == known[j - 2] and against == seen[i - 2]:
                cost = min(cost, above[0][j - 2] + 1)
            row.append(cost)
        before = above[1]
        if min(row) > most:
            return most + 1
    return row[-1]
