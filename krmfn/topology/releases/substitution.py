"""Flux's post-build substitution: which texts of a release it may change (R6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.chartvalues import Steps, scalars
from krmfn.topology.releases.metadata import annotation_field

if TYPE_CHECKING:
    from krmfn.results import Origin, Result, Rule

# The operators of Flux's substitution (github.com/fluxcd/pkg/envsubst); other forms fail the Kustomization.
_OPERATION = r":[-=?+][^{}$]*|:[0-9]+(?::[0-9]+)?|=[^{}$]*|##?[^{}$]*|%%?[^{}$]*|\^\^?|,,?|//?[^{}$/]+/[^{}$]*"
# Dollars, then perhaps `{NAME}`, or the same with a default or another operator after the name.
_DOLLARS = re.compile(r"(\$+)(\{([A-Za-z_][A-Za-z0-9_]*)(" + _OPERATION + r")?\})?")
_DECLARED = re.compile(r"\$\{#?([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_])[^}\n]*\}")


# If a text without its variables has only these characters, Flux may read the result as something other than a string.
_NUMBER_LIKE = frozenset("0123456789+-._:eExob ~")
_HEXADECIMAL = frozenset("abcdefABCDEF")


class Settled(NamedTuple):
    """The values and annotations to write, and True if Flux has something to substitute in the object."""

    values: Any
    annotations: dict[str, str]
    substitute: bool


def settle(
    values: Any, annotations: dict[str, str], variables: tuple[str, ...], origin: Origin, field: str
) -> Rule[Settled]:
    """Keeps the uses of declared variables and escapes every other dollar; without any use, nothing is changed.

    Args:
        values: chart values.
        annotations: annotations that the release copies.
        variables: the variables that Flux may substitute.
        origin: the declaration.
        field: the field of its values.
    """
    if not variables:
        return Settled(values, annotations, substitute=False)
    texts = [(f"{field}.{path_of(*steps)}", text) for steps, text in _texts(values)]
    texts += [(annotation_field(origin, key), text) for key, text in annotations.items()]
    yield from (_unreadable(origin, place) for place, text in texts if _is_unreadable(text, variables))
    if not any(_uses(text, variables) for _, text in texts):
        return Settled(values, annotations, substitute=False)
    yield from (_retyped(origin, place) for place, text in texts if _may_be_retyped(text, variables))
    escaped = {key: escape(value, variables) for key, value in annotations.items()}
    return Settled(_escaped(values, variables), escaped, substitute=True)


def _unreadable(origin: Origin, field: str) -> Result:
    message = (
        "Flux cannot read this form of a declared variable, and the whole Kustomization would fail; write ${NAME}, "
        "or ${NAME:=default}"
    )
    return origin.error("unreadable-variable", message, field)


def _is_unreadable(text: str, variables: tuple[str, ...]) -> bool:
    """True if the text has a declared variable in a form that Flux cannot read, and that is not escaped."""
    uses = {match.start() for match in _DOLLARS.finditer(text) if len(match[1]) == 1 and match[3] in variables}
    return any(
        match[1] in variables and match.start() not in uses and text[match.start() - 1 : match.start()] != "$"
        for match in _DECLARED.finditer(text)
    )


def _retyped(origin: Origin, field: str) -> Result:
    message = (
        "after substitution, Flux reads the type from the text, even in quotes: 8080 becomes a number, yes a "
        "boolean; add a word before or after the variable if it must stay a string"
    )
    return origin.warning("retyped-variable", message, field)


def escape(text: str, variables: tuple[str, ...]) -> str:
    """The text, escaped so that Flux's substitution changes only the declared variables."""

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
    """True if the text may look like a number, a boolean, null or a date once its variables are substituted."""
    if not _uses(text, variables):
        return False
    rest = _DOLLARS.sub(lambda match: "" if len(match[1]) == 1 and match[3] in variables else match[0], text)
    return set(rest) <= (_NUMBER_LIKE | _HEXADECIMAL if "0x" in rest else _NUMBER_LIKE)


def _key_places(value: Any, steps: Steps = ()) -> list[tuple[Steps, str]]:
    """Every key with its path."""
    if isinstance(value, dict):
        return [
            place
            for key, inner in value.items()
            for place in [((*steps, key), key), *_key_places(inner, (*steps, key))]
        ]
    if isinstance(value, list):
        return [place for index, inner in enumerate(value) for place in _key_places(inner, (*steps, index))]
    return []


def _texts(value: Any) -> list[tuple[Steps, str]]:
    """Every text with its path, including keys."""
    return [(steps, text) for steps, text in (*scalars(value), *_key_places(value)) if isinstance(text, str)]


def _escaped(value: Any, variables: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return escape(value, variables)
    if isinstance(value, dict):
        return {escape(key, variables): _escaped(inner, variables) for key, inner in value.items()}
    return [_escaped(inner, variables) for inner in value] if isinstance(value, list) else value
