"""The known name that a user misspelt: by case, by letters that look alike, or by a typing mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.lookalikes import few

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LETTERS = 64
"""No field of a chart is longer; the time to compare grows with the square of this."""
SHORTEST, SHORT = 3, 6
"""Names shorter than SHORTEST may not differ, and shorter than SHORT only in one place; others may in two."""

# Greek and Cyrillic letters that look like Latin ones, and invisible characters.
_ALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнАЕОРСУХІЈЅКМТВНΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυχ",
    "aeopcyxijshdqwkmtbhAEOPCYXIJSKMTBHABEZHIKMNOPTYXaivopux",
    "\u200b\u200c\u200d\u2060\ufeff\u00ad-_",
)


def folded(name: str) -> str:
    """The name as it looks: in lower case, in Latin letters, without dashes and invisible characters."""
    return name.translate(_ALIKE).casefold()


def meant(name: str, known: Iterable[str]) -> str:
    """The known name that this one misspells; empty if there is none."""
    if len(name) > MOST_LETTERS:
        return ""
    read = folded(name)
    allowed = (len(read) >= SHORTEST) + (len(read) >= SHORT)
    best, found = allowed + 1, ""
    for candidate in few(known):
        distance = _distance(read, folded(candidate), allowed)
        if distance < best:
            best, found = distance, candidate
    return found


def _distance(one: str, other: str, most: int) -> int:
    """The number of letters to insert, remove, replace or swap; a result above `most` may be inexact."""
    if abs(len(one) - len(other)) > most or len({*one} ^ {*other}) > 2 * most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row = (before, row), [i]
        for j, against in enumerate(other, start=1):
            cost = min(row[-1] + 1, above[1][j] + 1, above[1][j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and against == one[i - 2]:
                cost = min(cost, above[0][j - 2] + 1)
            row.append(cost)
        before = above[1]
        if min(row) > most:
            return most + 1
    return row[-1]
