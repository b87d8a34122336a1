"""Conditions of the catalog: whether a declaration's values create a Service or Secret that exists only sometimes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartvalues import at

if TYPE_CHECKING:
    from krmfn.catalog import Condition


def holds(conditions: tuple[Condition, ...], values: dict[str, Any] | None) -> bool | None:
    """True if all conditions hold; None if unknown: the values are declared elsewhere, or Flux substitutes them."""
    verdicts = [_holds(each, values) for each in conditions]
    return False if False in verdicts else None if None in verdicts else True


def _holds(condition: Condition, values: dict[str, Any] | None) -> bool | None:
    if values is None:
        return None
    found, value = at(values, condition.value)
    if not found:
        value = condition.default
    if isinstance(value, str) and "${" in value and not isinstance(condition.literal, str):
        return None
    same = type(value) is type(condition.literal) and value == condition.literal
    # A chart treats null as empty.
    return same if condition.is_ else not same and value is not None


def spelt(conditions: tuple[Condition, ...]) -> str:
    """The conditions in words, for a message."""
    return " and ".join(_spelt(each) for each in conditions)


def _spelt(condition: Condition) -> str:
    from json import dumps  # noqa: PLC0415  (only where there is something to report)

    path = ".".join(condition.value)
    if condition.literal == "":
        return f"{path} is {'empty' if condition.is_ else 'not empty'}"
    return f"{path} is {'' if condition.is_ else 'not '}{dumps(condition.literal)}"
