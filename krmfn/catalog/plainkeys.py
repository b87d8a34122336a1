"""Which values may be shown: short and plain ones under keys that cannot hold a credential."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.catalog.credentialkeys import words_of
from krmfn.catalog.keychecks import check
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.catalog.parts import Parts

MOST_DIGITS = 15
# An amount with its unit, a version, an address or a range: under any key, these are not passwords.
_MEASURE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?(?:[mkKMGTPE]|[KMGTPE]i|ms|s|min|h|d|%)")
_DOTTED = re.compile(r"v?[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}(?:/[0-9]{1,2})?")
# A name, a choice or an image, without parts that look generated.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/+-]{0,58}[A-Za-z0-9])?")
_RANDOM = re.compile(r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16,}", re.IGNORECASE)
_CRON = re.compile(r"[0-9*/,-]{1,12}(?: [0-9*/,-]{1,12}){4}")


class PlainKeys(NamedTuple):
    """The table of keys that cannot hold a credential, and of keys that always may."""

    plain: frozenset[Parts]
    withheld: frozenset[Parts]
    withheld_letters: tuple[str, ...]

    def shows(self, steps: tuple[str | int, ...], value: Any) -> bool:
        """True if a value may be shown: a boolean, an amount, or plain text under a key that cannot hold a credential.

        Args:
            steps: the path of the value, including indexes of lists.
            value: a scalar; a map or a list that is not empty is never shown as a whole.
        """
        keys = [step for step in steps if isinstance(step, str)]
        if value is None or isinstance(value, bool):
            # A boolean reveals nothing, except under keys that may hold a credential.
            return not self._may_hold(keys[-1:])
        if value in ({}, []):
            return True
        if not isinstance(value, str | int | float) or self._may_hold(keys):
            return False
        text = str(value)
        if not isinstance(value, str):
            return len(text) <= MOST_DIGITS
        return bool(_MEASURE.fullmatch(text) or _DOTTED.fullmatch(text)) or (self._is_plain(keys) and _plain(text))

    def _may_hold(self, keys: list[str]) -> bool:
        letters = ["".join(filter(str.isalnum, key)).lower() for key in keys]
        return any(each in key for key in letters for each in self.withheld_letters) or any(
            (word,) in self.withheld for key in keys for word in words_of(key)
        )

    def _is_plain(self, keys: list[str]) -> bool:
        words = words_of(keys[-1]) if keys else ()
        singular = (*words[:-1], words[-1].removesuffix("s")) if words else ()
        return any(each[start:] in self.plain for each in (words, singular) for start in range(len(each)))


def _plain(text: str) -> bool:
    return bool(_CRON.fullmatch(text) or (_PLAIN.fullmatch(text) and not _RANDOM.search(text) and "://" not in text))


def read_plain_keys(data: Any) -> PlainKeys:
    """plain-keys.yaml."""
    check(data, required=("plain", "withheld", "withheldLetters"))
    plain, withheld = (frozenset(map(tuple, data[each])) for each in ("plain", "withheld"))
    return PlainKeys(plain, withheld, tuple(data["withheldLetters"]))
