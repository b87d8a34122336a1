"""Real Helm, on the platform's charts: what is there only with some values is there then alone, in every combination.

As in test_charts.py, KRMFN_COZYSTACK names the checkout, and without it these tests do not exist.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from krmfn.catalog import Catalog, join
from tests.platform import charts
from tests.platform.charts import PACKAGES, Release, render_all
from tests.platform.naming import disagreements, operator_of
from tests.platform.records import Render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Condition, Kind
    from krmfn.resourcelist import Resource
    from tests.platform.naming import Operator

SHIPPED = Catalog.shipped()
GIVEN = {("TCPBalancer", "kubernetesAndTalos"): {"endpoints": ["10.0.0.1"]}, ("MariaDB", "replicas"): 2}
"""Values that are not the one of the condition, where true and false are not what the chart takes."""
SHARDS = {
    "configServers": 3,
    "configServerSize": "3Gi",
    "mongos": 2,
    "shards": [{"name": "rs0", "replicas": 3, "size": "9Gi"}],
}


class Setting(NamedTuple):
    """Values of one app, which meet some of the conditions of its kind."""

    kind: str
    values: str
    """As JSON."""

    def __str__(self) -> str:
        return f"{self.kind} {self.values}"

    @property
    def release(self) -> Release:
        kind = kind_of(self.kind)
        values = json.loads(self.values)
        if values.get("sharding"):
            values["shardingConfig"] = SHARDS
        chart = charts.chart_of(kind.chart_ref.name)
        return Release(chart, f"{kind.prefix}main", "tenant-acme", json.dumps(values, sort_keys=True))


def kind_of(name: str) -> Kind:
    kind = SHIPPED.kind(name)
    assert kind
    return kind


def conditions(kind: Kind) -> dict[tuple[str, ...], Condition]:
    """Each value that something of the kind depends on."""
    of_all = (*(each.when for each in kind.services), *(each.when for each in kind.credentials))
    return {each.value: each for when in of_all for each in when}


def settings() -> Iterator[Setting]:
    for name in SHIPPED.kind_names():
        kind = kind_of(name)
        found = conditions(kind) if kind.chart_ref.kind == "ExternalArtifact" else {}
        for met in product((True, False), repeat=len(found)) if found else ():
            values: dict[str, Any] = {}
            for condition, is_met in zip(found.values(), met, strict=True):
                *above, last = condition.value
                here = values
                for step in above:
                    here = here.setdefault(step, {})
                here[last] = right(name, condition, is_met=is_met)
            yield Setting(name, json.dumps(values, sort_keys=True))


def right(kind: str, condition: Condition, *, is_met: bool) -> Any:
    """A value that meets the condition, or one that does not."""
    if is_met == condition.is_:
        return condition.literal
    return not condition.literal if condition.is_ else GIVEN[kind, ".".join(condition.value)]


SETTINGS = list(settings())

if PACKAGES.is_dir() and charts.CHECKOUT.name:

    @pytest.fixture(scope="session")
    def rendered() -> dict[Release, tuple[Resource, ...] | str]:
        return render_all(each.release for each in SETTINGS)

    def render_of(setting: Setting, rendered: dict[Release, tuple[Resource, ...] | str]) -> Render:
        made = rendered[setting.release]
        assert not isinstance(made, str), made
        return Render(setting.kind, setting.release.name, "main", json.loads(setting.release.values), made)

    @pytest.mark.parametrize("setting", SETTINGS, ids=str)
    def test_names_are_those_of_the_chart(
        setting: Setting, rendered: dict[Release, tuple[Resource, ...] | str]
    ) -> None:
        """Services, Secrets and keys are as the catalog says with these values."""
        assert list(disagreements(kind_of(setting.kind), render_of(setting, rendered))) == []

    def test_each_condition_is_seen_to_hold(rendered: dict[Release, tuple[Resource, ...] | str]) -> None:
        """With a single condition of what a chart makes taken back, one of these renders disagrees."""
        taken_back = 0
        for name in {each.kind for each in SETTINGS}:
            renders = [render_of(each, rendered) for each in SETTINGS if each.kind == name]
            for changed in without_one(kind_of(name), operator_of(renders[0])):
                assert any(found for each in renders for found in disagreements(changed, each)), changed
                taken_back += 1
        assert taken_back > 8

    def without_one(kind: Kind, operator: Operator) -> Iterator[Kind]:
        """Without what an operator makes: a render cannot show when that is there."""
        for index, service in enumerate(kind.services):
            named = join(service.name, release=f"{kind.prefix}main", name="main", user="")
            for condition in () if named in operator.services else service.when:
                left = service._replace(when=tuple(each for each in service.when if each != condition))
                yield kind._replace(services=(*kind.services[:index], left, *kind.services[index + 1 :]))
        for index, entry in enumerate(kind.credentials):
            for condition in entry.when:
                less = entry._replace(when=tuple(each for each in entry.when if each != condition))
                yield kind._replace(credentials=(*kind.credentials[:index], less, *kind.credentials[index + 1 :]))
