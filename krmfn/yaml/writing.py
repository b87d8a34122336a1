"""Writes YAML that every reader reads the same: block style, no aliases, no folding, quotes when in doubt."""

from functools import lru_cache
from typing import Any

from krmfn.yaml.quoting import MAX_KEY, block_lines, float_text, quoted_or_plain

_MEMORY = 1 << 14
"""Different keys, and different texts, whose spelling is remembered."""
_INT_RANGE = range(-(2**63), 2**64)


def dump(value: Any) -> str:
    """Return the value as one document; TypeError or ValueError if it is not a JSON value, which is our mistake."""
    writer = _Writer()
    if isinstance(value, dict) and value:
        writer.mapping(value, "", "")
    elif isinstance(value, (list, tuple)) and value:
        writer.sequence(value, "", "")
    else:
        return writer.scalar(value, "") + "\n"
    return "".join(writer.parts)


class _Writer:
    """One dump: the parts written so far."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: list[str] = []

    def mapping(self, mapping: dict[Any, Any], pad: str, lead: str) -> None:
        """Write a mapping; its lines begin with `pad`, the first one with `lead`."""
        write = self.parts.append
        for key, value in mapping.items():
            head = _short_key(key) or _long_key(key, pad)
            kind = value.__class__
            if kind is str:
                write(f"{lead}{head} {_on_one_line(value) or _text(value, pad)}\n")
            elif kind is dict and value:
                write(f"{lead}{head}\n")
                inner = pad + "  "
                self.mapping(value, inner, inner)
            elif kind is list and value:
                write(f"{lead}{head}\n")
                self.sequence(value, pad, pad)
            elif value and isinstance(value, (dict, list, tuple)):
                write(f"{lead}{head}\n")
                self.collection(value, pad)
            else:
                write(f"{lead}{head} {self.scalar(value, pad)}\n")
            lead = pad

    def sequence(self, sequence: Any, pad: str, lead: str) -> None:
        """Write a sequence; its dashes come after `pad`, the first one after `lead`."""
        write = self.parts.append
        inner = pad + "  "
        for value in sequence:
            kind = value.__class__
            if kind is str:
                write(f"{lead}- {_on_one_line(value) or _text(value, pad)}\n")
            elif value and isinstance(value, dict):
                self.mapping(value, inner, lead + "- ")
            elif value and isinstance(value, (list, tuple)):
                self.sequence(value, inner, lead + "- ")
            else:
                write(f"{lead}- {self.scalar(value, pad)}\n")
            lead = pad

    def collection(self, value: Any, pad: str) -> None:
        """Write a tuple, or a subclass of dict or list, below a key."""
        if isinstance(value, dict):
            self.mapping(value, pad + "  ", pad + "  ")
        else:
            self.sequence(value, pad, pad)

    def scalar(self, value: Any, pad: str) -> str:
        """Return a scalar or an empty collection."""
        if isinstance(value, str):
            return _text(str.__str__(value), pad)
        if isinstance(value, (dict, list, tuple)):
            return "{}" if isinstance(value, dict) else "[]"
        return _literal(value)


@lru_cache(_MEMORY)
def _short_key(key: Any) -> str:
    """Return a key with its colon; empty for a long key."""
    if not isinstance(key, str):
        message = f"a key must be a string, not {key!r}"
        raise TypeError(message)
    written = quoted_or_plain(str.__str__(key))
    return "" if len(written) > MAX_KEY else written + ":"


def _long_key(key: Any, pad: str) -> str:
    """Return a key with a ? and its colon, because readers look for the colon only within a limit."""
    return f"? {quoted_or_plain(str.__str__(key))}\n{pad}:"


@lru_cache(_MEMORY)
def _on_one_line(text: str) -> str:
    """Return a string as a value; empty if it may be written on several lines."""
    return "" if "\n" in text else quoted_or_plain(text)


def _text(text: str, pad: str) -> str:
    """Return a string as a value: a block if it has several lines, else plain or quoted."""
    lines = block_lines(text, pad + "  ") if "\n" in text else None
    return quoted_or_plain(text) if lines is None else lines


def _literal(value: object) -> str:
    """Return null, a boolean or a number."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    if not isinstance(value, int):
        message = f"YAML has no {type(value).__name__}: {value!r}"
        raise TypeError(message)
    if value not in _INT_RANGE:
        message = f"{value} does not fit in 64 bits"
        raise ValueError(message)
    return int.__repr__(value)
