"""Kebab case by the irregular rules of the charts' own function: `n8n` becomes `n-8n`, `user1` stays `user1`."""

from __future__ import annotations

import re

_CONNECTOR, _PUNCTUATION, _UPPER, _LETTERS, _NUMBER = "connector", "punctuation", "upper", "letters", "number"
_WORD = re.compile(
    r"(?P<connector>[-_\s]+)"
    r"|(?P<punctuation>[!\"#%&'()*,./:;?@\[\\\]{}][!\"#%&'()*,./:;?@\[\\\]{}_-]*)"
    # HTTPStatus is two words, HTTP and Status; Status is one word.
    r"|(?P<upper>[A-Z]{2,}(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]*)"
    r"|(?P<letters>[a-z]+)"
    r"|(?P<number>[0-9]+)"
    r"|[^-_\s0-9A-Za-z!\"#%&'()*,./:;?@\[\\\]{}]+"
)
_END = ("end", "")


def kebabcase(text: str) -> str:
    """The result of `kebabcase` in Helm's templates (github.com/huandu/xstrings v1.5.0, ToKebabCase).

    A text with characters outside ASCII is returned unchanged: it cannot be part of an object's name.
    """
    if not text.isascii():
        return text
    words = [(match.lastgroup or "other", match[0]) for match in _WORD.finditer(text)]
    words.append(_END)
    spelt: list[str] = []
    at = 0
    while words[at] is not _END and words[at + 1] is not _END:
        (kind, word), at = words[at], at + 1
        spelt.append(_lower(kind, word))
        if kind == _NUMBER:
            at = _letters_and_numbers(words, at, spelt)
            _connect(words[at][0], spelt, unless=(_END[0], _PUNCTUATION, _CONNECTOR))
        elif kind not in {_CONNECTOR, _PUNCTUATION}:
            at = _after_letters(words, at, spelt)
    spelt.append(_lower(*words[at]))
    return "".join(spelt)


def _after_letters(words: list[tuple[str, str]], at: int, spelt: list[str]) -> int:
    """Joins a number to the letters before it (bld4); if lower case letters follow, to those instead (http-2xx)."""
    kind, number = words[at]
    if kind != _NUMBER:
        _connect(kind, spelt, unless=(_PUNCTUATION, _CONNECTOR))
        return at
    if words[at + 1] is _END:
        return at
    at += 1
    if words[at][0] != _LETTERS:
        spelt.append(number)
        _connect(words[at][0], spelt, unless=(_PUNCTUATION, _CONNECTOR))
        return at
    spelt += ("-", number)
    at = _letters_and_numbers(words, at, spelt)
    _connect(words[at][0], spelt, unless=(_END[0], _PUNCTUATION, _CONNECTOR))
    return at


def _letters_and_numbers(words: list[tuple[str, str]], at: int, spelt: list[str]) -> int:
    while words[at][0] in {_LETTERS, _NUMBER}:
        spelt.append(words[at][1])
        at += 1
    return at


def _connect(kind: str, spelt: list[str], *, unless: tuple[str, ...]) -> None:
    if kind not in unless:
        spelt.append("-")


def _lower(kind: str, word: str) -> str:
    if kind == _CONNECTOR:
        return "-" * len(word)
    return word.lower() if kind == _UPPER else word
