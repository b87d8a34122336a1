"""Flux's post-build substitution: what of a release's text it may touch (R6; facts/engine.md §4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.results import path_of
from krmfn.topology.metadata import annotation_field
from krmfn.topology.values import Steps, scalars

if TYPE_CHECKING:
    from krmfn.results import Origin, Result

# A run of dollars, then what they would apply to. `${NAME}`, or with a default or another operator behind the name.
_DOLLARS = re.compile(r"(\$+)(\{([A-Za-z_][A-Za-z0-9_]*)((?::|[#%/^,=?+-])[^{}$]*)?\})?")


# What is left of a text that Flux could take for something else than a string, whatever stands in the variables.
_NUMBER_LIKE = set("0123456789+-._:eExob ~")


class Settled(NamedTuple):
    """Values and annotations as they are to be written, and whether Flux has something to substitute in the object."""

    values: Any
    annotations: dict[str, str]
    substitute: bool


def settle(
    values: Any, annotations: dict[str, str], variables: tuple[str, ...], origin: Origin, field: str
) -> tuple[Settled, list[Result]]:
    """Keeps the uses of declared variables and escapes every other dollar, if there is a use at all.

    Args:
        values: chart values.
        annotations: those that the release takes over.
        variables: what Flux may substitute.
        origin: the declaration.
        field: where its values stand.
    """
    texts = [*_texts(values), *annotations.values()]
    if not variables or not any(_uses(text, variables) for text in texts):
        return Settled(values, annotations, substitute=False), []
    found = [
        _retyped(origin, f"{field}.{path_of(*steps)}")
        for steps, value in (*scalars(values), *_key_places(values))
        if isinstance(value, str) and _may_be_retyped(value, variables)
    ]
    found += [
        _retyped(origin, annotation_field(origin, key))
        for key, value in annotations.items()
        if _may_be_retyped(value, variables)
    ]
    escaped = {key: escape(value, variables) for key, value in annotations.items()}
    return Settled(_escaped(values, variables), escaped, substitute=True), found


def _retyped(origin: Origin, field: str) -> Result:
    message = (
        "Flux gives what comes of a variable the type that it looks like, whatever the quotes: 8080 becomes a number, "
        "yes a boolean; put a word before or behind the variable if it must stay a string"
    )
    return origin.warning("retyped-variable", message, field)


def escape(text: str, variables: tuple[str, ...]) -> str:
    """The text such that Flux's substitution gives it back, with the declared variables put in."""

    def one(match: re.Match[str]) -> str:
        dollars, braces, name = match[1], match[2], match[3]
        if len(dollars) == 1 and name in variables:
            return match[0]
        if len(dollars) == 1 and not braces and text[match.end() : match.end() + 1] != "{":
            return "$"
        return dollars * 2 + (braces or "")

    return _DOLLARS.sub(one, text)


def _uses(text: str, variables: tuple[str, ...]) -> bool:
    return "$" in text and any(len(match[1]) == 1 and match[3] in variables for match in _DOLLARS.finditer(text))


def _may_be_retyped(text: str, variables: tuple[str, ...]) -> bool:
    """Whether the text, with its variables put in, can look like a number, a boolean, null or a date."""
    if not _uses(text, variables):
        return False
    rest = _DOLLARS.sub(lambda match: "" if len(match[1]) == 1 and match[3] in variables else match[0], text)
    return set(rest) <= _NUMBER_LIKE


def _key_places(value: Any, steps: Steps = ()) -> list[tuple[Steps, str]]:
    """Every key with its own place."""
    if isinstance(value, dict):
        return [
            place
            for key, inner in value.items()
            for place in [((*steps, key), key), *_key_places(inner, (*steps, key))]
        ]
    if isinstance(value, list):
        return [place for index, inner in enumerate(value) for place in _key_places(inner, (*steps, index))]
    return []


def _texts(value: Any) -> list[str]:
    return [text for _, text in (*scalars(value), *_key_places(value)) if isinstance(text, str)]


def _escaped(value: Any, variables: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return escape(value, variables)
    if isinstance(value, dict):
        return {escape(key, variables): _escaped(inner, variables) for key, inner in value.items()}
    return [_escaped(inner, variables) for inner in value] if isinstance(value, list) else value
