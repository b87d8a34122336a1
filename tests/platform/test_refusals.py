"""Real Helm, on the platform's own charts: each place of refusals.yaml is there, and is where its values lead.

As in test_charts.py, KRMFN_COZYSTACK names the checkout, and without it these tests do not exist.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from krmfn.catalog import Catalog
from tests.platform import charts
from tests.platform.charts import PACKAGES, Release, render_all
from tests.platform.refusals import Refusal, failing, refusals

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource

SHIPPED = Catalog.shipped()
SCHEMA = "don't meet the specifications of the schema"


def release_of(refusal: Refusal) -> Release:
    kind = SHIPPED.kind(refusal.kind)
    assert kind
    name = f"{kind.prefix}{refusal.name}"
    values = json.dumps(refusal.values, sort_keys=True)
    return Release(charts.chart_of(kind.chart_ref.name), name, refusal.namespace, values)


if PACKAGES.is_dir() and charts.CHECKOUT.name:
    FORETOLD = [each for each in refusals() if not each.left]

    @pytest.fixture(scope="session")
    def rendered() -> dict[Release, tuple[Resource, ...] | str]:
        return render_all(map(release_of, FORETOLD))

    def test_every_place_is_known() -> None:
        """Where a template calls `fail` or `required`, there is a line for it, and nowhere else."""
        found = {*failing(PACKAGES)}
        assert len(found) > 170
        assert {(each.file, line) for each in refusals() for line in each.lines} == found

    @pytest.mark.parametrize("refusal", FORETOLD, ids=str)
    def test_a_chart_refuses_there(refusal: Refusal, rendered: dict[Release, tuple[Resource, ...] | str]) -> None:
        """Helm says that it is this place, or the chart's schema."""
        said = rendered[release_of(refusal)]
        assert isinstance(said, str), "the chart takes it"
        if refusal.by == "schema":
            assert SCHEMA in said
        elif refusal.file.endswith(".yaml") and not refusal.by:
            # With the folder of the chart alone, which is what Helm calls it.
            place = refusal.file.partition("/")[2]
            assert any(f"{place}:{line}:" in said for line in refusal.lines), said
        else:
            assert SCHEMA not in said
