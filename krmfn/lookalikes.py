"""Look-alikes: the known name that an unknown name was probably meant to be, and how the two differ (R16)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR = 8
"""A suggested name is at most this many characters longer or shorter."""
MOST_CANDIDATES = 100
"""Limits the time: with many findings, the number of comparisons grows with the square of this."""
MOST_KNOWN = 500
"""Among more names than this nothing is suggested: each finding would have to look at all of them."""

MOST_SHOWN = 12
"""The most names that a message lists: as many findings may list them as there are names."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty if there is none.

    difflib is imported only when there is something to report.
    """
    from difflib import get_close_matches  # noqa: PLC0415

    names = few(known)
    folded = {candidate.lower(): candidate for candidate in names if abs(len(candidate) - len(name)) <= NEAR}
    match = get_close_matches(name.lower(), sorted(folded)[:MOST_CANDIDATES], n=1, cutoff=0.6)
    return folded[match[0]] if match else ""


def few(known: Iterable[str]) -> list[str]:
    """The names in order; none if there are too many to look at for each finding."""
    names = list(islice(known, MOST_KNOWN + 1))
    return sorted(names) if len(names) <= MOST_KNOWN else []


def some(names: Iterable[str]) -> str:
    """The names for a message; of many, the first ones."""
    listed = list(islice(names, MOST_SHOWN + 1))
    return ", ".join(listed[:MOST_SHOWN]) + (" and more" if len(listed) > MOST_SHOWN else "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`; empty if no known name is near."""
    match = nearest(name, known)
    return f'; did you mean "{match}"?{foreign(name)}' if match else ""


def foreign(name: str) -> str:
    """A note about the first letter outside ASCII, which may look like an ASCII letter; empty if there is none."""
    letter = next((each for each in name if not each.isascii()), "")
    return f' ("{letter}" is U+{ord(letter):04X}, not a letter of the Latin alphabet)' if letter else ""


def reads_like(written: str, known: str) -> bool:
    """True if a name looks like a known one, but differs.

    Letters of other scripts, invisible characters, upper and lower case, and one typing mistake count as looking alike;
    in a short name a typing mistake does not.
    """
    # Almost every name is told apart by its length alone.
    if written == known or (written.isascii() and abs(len(written.strip()) - len(known)) > 1):
        return False
    seen = _seen(written)
    return _same(seen, known.lower()) or (len(known) >= SHORTEST_MISTYPED and _one_mistake(seen, known.lower()))


def meant(written: str, names: Iterable[str]) -> str:
    """The first of the names that the written one looks like; empty if there is none."""
    return next((name for name in names if reads_like(written, name)), "")


def difference(written: str) -> str:
    """A note about the characters of a name that a reader cannot see, for a message; empty if it is all ASCII."""
    hidden = next((each for each in written if category(each) in INVISIBLE), "")
    if hidden:
        return f" (it contains U+{ord(hidden):04X}, which is invisible)"
    return foreign(written)


INVISIBLE = ("Cf", "Mn", "Zs", "Cc")
"""Categories of characters that are not visible by themselves: format, combining marks, spaces, controls."""
SHORTEST_MISTYPED = 6
"""In letters: two shorter names often differ by one letter anyway."""


def _seen(written: str) -> str:
    return "".join(each for each in written if each.isascii() or category(each) not in INVISIBLE).strip().lower()


def _same(seen: str, known: str) -> bool:
    """True if both are equal; a letter of another script may stand for any letter."""
    return len(seen) == len(known) and all(
        one == other or not one.isascii() for one, other in zip(seen, known, strict=True)
    )


def _one_mistake(seen: str, known: str) -> bool:
    """True if one letter is added, missing or different, or two letters are swapped."""
    if abs(len(seen) - len(known)) > 1:
        return False
    start = next((i for i, (one, other) in enumerate(zip(seen, known, strict=False)) if one != other), None)
    if start is None:
        return len(seen) != len(known)
    rest = (seen[start + 1 :], known[start + 1 :])
    swapped = seen[start : start + 2] == known[start : start + 2][::-1] and seen[start + 2 :] == known[start + 2 :]
    return rest[0] == rest[1] or seen[start + 1 :] == known[start:] or seen[start:] == known[start + 1 :] or swapped
