"""Where a value does not match its schema, by the rules of Helm and Kubernetes.

Every keyword of a schema is checked once for each value, so the time is at most the size of the schema times the size
of the value, for any nesting of the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.keywords import RULES, is_of_type
from krmfn.topology.checks.patternmatch import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Steps = tuple[str | int, ...]


class Misfit(NamedTuple):
    """A path in a value, and the keyword of the schema that the value there does not match.

    Attributes:
        keyword: as JSON Schema spells it; `unknown` for a field that the schema does not know and lets through.
        schema: the schema of the value at the path; for an unknown or missing field, the schema of its object.
        within: for anyOf and oneOf, why no choice matches.
    """

    steps: Steps
    keyword: str
    schema: Mapping[str, Any]
    value: Any
    within: tuple[Misfit, ...] = ()


NOTHING: Mapping[str, Any] = {}
CHOICES = ("anyOf", "oneOf", "allOf", "not")
OPEN = ("x-kubernetes-preserve-unknown-fields", "patternProperties", *CHOICES)
"""With one of these keywords, a field that is not among the properties is not unknown."""


def misfits(
    value: Any, schema: Mapping[str, Any], given: Mapping[str, Any] | None, steps: Steps = ()
) -> Iterator[Misfit]:
    """Every path at which the value does not match.

    Args:
        value: the user's value, which overrides the chart's own values.
        schema: its schema.
        given: the keys of the chart's own values here, each with the keys inside it. Helm removes a key whose value is
            null; if the chart does not have that key, null is a normal value. None if the chart's values are not known:
            then null counts as not set, as in the platform's API.
        steps: the path of the value.
    """
    wanted = schema.get("type")
    if value is None and (schema.get("nullable") or wanted is None):
        return
    if wanted and not _is_one_of(value, wanted):
        yield Misfit(steps, "type", schema, value)
        return
    if type(value) is dict:
        yield from _in_map(value, schema, given, steps)
    elif type(value) is list:
        yield from _in_list(value, schema, given, steps)
    for keyword, wrong in RULES.items():
        if keyword in schema and wrong(value, schema):
            yield Misfit(steps, keyword, schema, value)
    for keyword in CHOICES:
        if keyword in schema:
            yield from _choices(keyword, value, schema, given, steps)


def _in_map(
    value: dict[str, Any], schema: Mapping[str, Any], given: Mapping[str, Any] | None, steps: Steps
) -> Iterator[Misfit]:
    properties, others = schema.get("properties", NOTHING), schema.get("additionalProperties")
    patterned = schema.get("patternProperties", NOTHING)
    closed = others is False or (others is None and properties and not any(key in schema for key in OPEN))
    for key, inner in value.items():
        if inner is None and (given is None or key in given):
            continue
        found = properties.get(key, others)
        by_pattern = [each for pattern, each in patterned.items() if matches(pattern, key)]
        for each in by_pattern:
            yield from misfits(inner, each, None if given is None else NOTHING, (*steps, key))
        if type(found) is dict:
            if type(inner) is not str or found != _TEXT:  # most values are plain texts, and need no check
                yield from misfits(inner, found, _inside(given, key), (*steps, key))
        elif closed and not by_pattern:
            yield Misfit((*steps, key), "unknown" if others is None else "additionalProperties", schema, inner)
    for name in schema.get("required", ()):
        here, below = name in value, given is not None and name in given
        if (not here and not below) or (here and value[name] is None and given is None):
            yield Misfit((*steps, name), "required", schema, value)
        elif here and value[name] is None and below:
            yield Misfit((*steps, name), "null", schema, value)


def _inside(given: Mapping[str, Any] | None, key: str) -> Mapping[str, Any] | None:
    return None if given is None else given.get(key, NOTHING)


_TEXT = {"type": "string"}


def _in_list(
    value: list[Any], schema: Mapping[str, Any], given: Mapping[str, Any] | None, steps: Steps
) -> Iterator[Misfit]:
    wanted = schema.get("items")
    if type(wanted) is dict:
        for index, inner in enumerate(value):
            yield from misfits(inner, wanted, None if given is None else NOTHING, (*steps, index))


def _choices(
    keyword: str, value: Any, schema: Mapping[str, Any], given: Mapping[str, Any] | None, steps: Steps
) -> Iterator[Misfit]:
    branches = [schema[keyword]] if keyword == "not" else schema[keyword]
    found = [
        [each for each in misfits(value, branch, given, steps) if each.keyword != "unknown"] for branch in branches
    ]
    fitting = sum(not each for each in found)
    if keyword == "allOf":
        for each in found:
            yield from each
    elif keyword == "not":
        if fitting:
            yield Misfit(steps, keyword, schema, value)
    elif not fitting or (keyword == "oneOf" and fitting > 1):
        within = tuple(each for branch in found for each in branch) if not fitting else ()
        yield Misfit(steps, keyword, schema, value, within)


def _is_one_of(value: Any, wanted: str | list[str]) -> bool:
    return is_of_type(value, wanted) if type(wanted) is str else any(is_of_type(value, each) for each in wanted)
