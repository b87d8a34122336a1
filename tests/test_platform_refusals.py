"""What the platform's charts refuse, krmfn refuses first, with the field: each place at which a template can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from krmfn.topology.known import valuechecks
from tests.platform.refusals import Refusal, foretold, refusals

PAGE = Path(__file__).parents[1] / "docs/decisions/052-what-charts-refuse.md"
START, END = "<!-- left -->\n", "<!-- end -->\n"
FORETOLD = [each for each in refusals() if not each.left]
BY_A_RULE = [each for each in FORETOLD if each.by != "schema" and each.field.startswith("spec.")]
LOOKED_UP = {"spec.instanceType", "spec.instanceProfile", "spec.nodeGroups.md0.instanceType"}
"""Fields whose names are known to the catalog."""


@pytest.mark.parametrize("refusal", FORETOLD, ids=str)
def test_what_a_chart_refuses_is_an_error_at_its_field(refusal: Refusal) -> None:
    """Values that lead to that place are refused at the field that is wrong."""
    assert refusal.field in foretold(refusal.item)


def test_each_place_is_foretold_or_left_for_a_reason() -> None:
    """No place is told of twice, and each has values or a reason."""
    assert len(FORETOLD) > 100
    places = [(each.file, line) for each in refusals() for line in each.lines]
    assert len(places) == len(set(places))
    assert all(each.left or each.field for each in refusals())


def test_each_rule_is_seen_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rules of charts, exactly what a schema or the catalog's names refuse would still be refused."""
    for rules in ("broken_rules", "nested_resources"):
        monkeypatch.setattr(valuechecks, rules, lambda _kind, _values: iter(()))
    assert len(BY_A_RULE) > 80
    assert {each.field for each in BY_A_RULE if each.field in foretold(each.item)} == LOOKED_UP


def filled(page: str) -> str:
    """The page with its table made anew."""
    start, mark, rest = page.partition(START)
    assert mark
    return f"{start}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


def table() -> str:
    """A line for each template: how many of its places are foretold, and why others are left."""
    lines = ["| template | can fail at | foretold | left to the chart, and why |", "|---|---|---|---|"]
    files = sorted({each.file for each in refusals()})
    for file in files:
        of_file = [each for each in refusals() if each.file == file]
        places = sum(len(each.lines) for each in of_file)
        by_schema = sum(len(each.lines) for each in of_file if each.by == "schema")
        told = sum(len(each.lines) for each in of_file if not each.left)
        how = f"{told}{' by its schema' if told and by_schema == told else ''}" if told else "-"
        left = "; ".join(f"{', '.join(map(str, each.lines))}: {each.left}" for each in of_file if each.left)
        lines.append(f"| `{file}` | {places} | {how} | {left or '-'} |")
    return "\n".join(lines) + "\n"


def test_the_page_has_the_table() -> None:
    """What the page says of places is what the table has; else `make generate`."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page)
    places = sum(len(each.lines) for each in refusals())
    told = places - sum(len(each.lines) for each in refusals() if each.left)
    assert f"at {places} places" in page
    assert f"leads to {told} of them" in page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
