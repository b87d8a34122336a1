"""What an inline credential looks like: names of keys, and how well-known tokens begin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from krmfn.catalog.parts import Parts

# A word of a key, however the key is spelt: apiKey, API_KEY, api-key, APIKey.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class TokenPrefix(NamedTuple):
    """How a well-known token begins, and how long it is at least."""

    prefix: str
    length: int
    description: str


class CredentialKeys(NamedTuple):
    """The one table of what an inline credential looks like."""

    words: frozenset[Parts]
    exceptions: frozenset[Parts]
    token_prefixes: tuple[TokenPrefix, ...]

    def names_credential(self, key: str) -> bool:
        """Whether a scalar under this key is a credential."""
        words = tuple(word.lower() for word in _WORD.findall(key))
        if not any(words[start:] in self.words for start in range(len(words))):
            return False
        runs = (words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1))
        return self.exceptions.isdisjoint(runs)

    def token(self, value: str) -> str:
        """Return what kind of well-known token the value is, empty if none."""
        for known in self.token_prefixes:
            if value.startswith(known.prefix) and len(value) >= known.length and not any(map(str.isspace, value)):
                return known.description
        return ""
