"""A broken rule of a chart, and functions for all rules, which read values of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Steps = tuple[str | int, ...]


class Broken(NamedTuple):
    """A path in the values, and what the chart requires there."""

    steps: Steps
    message: str


def mapping(values: Any, *steps: str) -> Mapping[str, Any]:
    """The map at a path; empty if there is none."""
    for step in steps:
        values = values.get(step) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def listed(values: Any, *steps: str) -> list[Any]:
    """The list at a path; empty if there is none."""
    found = mapping(values, *steps[:-1]).get(steps[-1])
    return found if isinstance(found, list) else []


def emptied(values: Mapping[str, Any], field: str) -> bool:
    """True if a field is written without a value, so that the chart's default is lost."""
    return field in values and values[field] in ("", None)


def above(values: Mapping[str, Any], low: str, high: str, steps: Steps = ()) -> Iterator[Broken]:
    """A lower bound that is more than the upper one."""
    least, most = values.get(low), values.get(high)
    if type(least) is int and type(most) is int and least > most:
        yield Broken((*steps, low), f"must be at most {high}, and is more; lower it, or raise {high}")
