"""What definitions of the platform's custom resources forbid, krmfn refuses first, with the field."""

from __future__ import annotations

import pytest

from krmfn import function
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity
from tests.platform.bounds import Bound, bounds

BOUNDS = bounds()


def errors(bound: Bound, value: object) -> list[tuple[str, str]]:
    answer = function.run(ResourceList((bound.item(value),)))
    return [(result.code, result.field) for result in answer.results if result.severity is Severity.ERROR]


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
def test_what_a_definition_forbids_is_an_error_at_its_field(bound: Bound) -> None:
    """The API server would refuse the object that the chart makes of it."""
    assert ("invalid-value", f"spec.{bound.field}") in errors(bound, bound.wrong)


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
def test_what_it_allows_is_taken(bound: Bound) -> None:
    """The value that tests/platform/test_bounds.py finds in the chart's object."""
    assert errors(bound, bound.right) == []


@pytest.mark.parametrize("bound", [each for each in BOUNDS if each.by_rule], ids=str)
def test_a_rule_counts_only_where_the_chart_hands_the_value_on(bound: Bound) -> None:
    """With backups switched off, no object has the value, so the platform takes it."""
    off = bound._replace(values={"backup": {**bound.values["backup"], "enabled": False}})
    assert errors(off, bound.wrong) == []
