"""Matches a text with a pattern, in time that is linear in the text.

The engine is Rust's, in pydantic-core, which every run loads anyway. Patterns are in its syntax; `patterns` converts
patterns from schemas to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from krmfn import extensions

if TYPE_CHECKING:
    from collections.abc import Callable

_core = extensions.load("pydantic_core", "_pydantic_core")
ENGINE = "x-krmfn-pattern"
"""The keyword that has `pattern` in the engine's syntax, if that differs."""


class EngineError(ValueError):
    """The engine does not accept the pattern."""


def matches(pattern: str, text: str) -> bool:
    """True if the pattern matches anywhere in the text.

    Raises:
        EngineError: the pattern is invalid or too large.
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
