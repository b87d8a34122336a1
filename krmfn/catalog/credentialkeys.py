"""What looks like an inline credential: key names, and prefixes of well-known tokens."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.catalog.parts import Parts

# One word of a key, in any spelling: apiKey, API_KEY, api-key, APIKey.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words_of(key: str) -> Parts:
    """The words of a key in lower case."""
    return tuple(word.lower() for word in _WORD.findall(key))


class TokenPrefix(NamedTuple):
    """The prefix and the minimum length of a well-known token."""

    prefix: str
    length: int
    description: str


class CredentialKeys(NamedTuple):
    """The table of what looks like an inline credential."""

    words: frozenset[Parts]
    exceptions: frozenset[Parts]
    token_prefixes: tuple[TokenPrefix, ...]

    def names_credential(self, key: str) -> bool:
        """True if a scalar under this key is a credential."""
        words = words_of(key)
        if not any(words[-length:] in self.words for length in _lengths(self.words)):
            return False
        # Only runs as long as the table's entries: a user may write a key of any number of words.
        runs = (words[start : start + length] for length in _lengths(self.exceptions) for start in range(len(words)))
        return self.exceptions.isdisjoint(runs)

    def token(self, value: str) -> str:
        """Return which well-known token the value is; empty if it is not one."""
        for known in self.token_prefixes:
            if value.startswith(known.prefix) and len(value) >= known.length and not any(map(str.isspace, value)):
                return known.description
        return ""


@cache
def _lengths(entries: frozenset[Parts]) -> tuple[int, ...]:
    """How many words the entries of a table have."""
    return tuple(sorted({len(entry) for entry in entries}))
