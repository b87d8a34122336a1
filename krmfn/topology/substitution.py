"""Flux's post-build substitution: what of a release's text it may touch (R6; facts/engine.md §4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.results import path_of
from krmfn.topology.values import Steps, scalars

if TYPE_CHECKING:
    from krmfn.results import Origin, Result

# A run of dollars, then what they would apply to. `${NAME}`, or with a default or another operator behind the name.
_DOLLARS = re.compile(r"(\$+)(\{([A-Za-z_][A-Za-z0-9_]*)((?::|[#%/^,=?+-])[^{}$]*)?\})?")


class Settled(NamedTuple):
    """Values as they are to be written, and whether Flux has something to substitute in the object."""

    values: Any
    substitute: bool


def settle(values: Any, variables: tuple[str, ...], origin: Origin, field: str, findings: list[Result]) -> Settled:
    """Keeps the uses of declared variables and escapes every other dollar, if there is a use at all."""
    if not variables or not any(_uses(text, variables) for text in _texts(values)):
        return Settled(values, substitute=False)
    for steps, value in scalars(values):
        if isinstance(value, str) and _is_use(value, variables):
            message = (
                "the whole value is a variable, and Flux gives it the type that its text looks like: 8080 "
                "becomes a number, "
                "yes a boolean; put text before or behind it if it must stay a string"
            )
            findings.append(
                origin.warning("retyped-variable", message, f"{field}.{path_of(*steps)}" if steps else field)
            )
    return Settled(_escaped(values, variables), substitute=True)


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


def _is_use(text: str, variables: tuple[str, ...]) -> bool:
    match = _DOLLARS.fullmatch(text)
    return bool(match) and len(match[1]) == 1 and match[3] in variables  # type: ignore[index]


def _texts(value: Any, steps: Steps = ()) -> list[str]:
    found: list[str] = [inner for _, inner in scalars(value, steps) if isinstance(inner, str)]
    return found + _keys(value)


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in _keys(inner))]
    return [key for inner in value for key in _keys(inner)] if isinstance(value, list) else []


def _escaped(value: Any, variables: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return escape(value, variables)
    if isinstance(value, dict):
        return {escape(key, variables): _escaped(inner, variables) for key, inner in value.items()}
    return [_escaped(inner, variables) for inner in value] if isinstance(value, list) else value
