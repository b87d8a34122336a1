"""Whether a text has a match of a pattern, by an engine whose time is linear in the text.

It is Rust's, which pydantic-core has and every run loads anyway. Patterns come in its own spelling; `patterns` spells
those of strangers for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from krmfn import extensions

if TYPE_CHECKING:
    from collections.abc import Callable

_core = extensions.load("pydantic_core", "_pydantic_core")
ENGINE = "x-krmfn-pattern"
"""The keyword with the engine's spelling of `pattern`, where that is another."""


class EngineError(ValueError):
    """The engine does not take the pattern."""


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text.

    Raises:
        EngineError: it is no pattern, or too large a one.
    """
    return _matcher(pattern)(text)


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> Callable[[str], bool]:
    try:
        validator = _core.SchemaValidator({"type": "str", "pattern": pattern})
    except _core.SchemaError as error:
        reason = str(error).strip().rpartition("error: ")[2].splitlines()[0]
        raise EngineError(f"it cannot be read: {reason}") from None
    found: Callable[[str], bool] = validator.isinstance_python
    return found
