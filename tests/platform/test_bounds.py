"""Real Helm and real definitions: each value of bounds.yaml comes out where it says, and is allowed what it says.

As in test_charts.py, KRMFN_COZYSTACK names the checkout, and without it these tests do not exist.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml as pyyaml

from krmfn.catalog import Catalog
from tests.platform import charts
from tests.platform.bounds import Bound, bounds
from tests.platform.charts import PACKAGES, Release, render_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource

SHIPPED = Catalog.shipped()
LABEL = {"maxLength": 63, "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"}
PORT = {"minimum": 1, "maximum": 65535}
"""Kubernetes' own rules: IsValidLabelValue and IsValidPortNum of k8s.io/apimachinery v0.34.0, pkg/util/validation."""
DEFINITION = "kind: CustomResourceDefinition"


def release_of(bound: Bound) -> Release:
    kind = SHIPPED.kind(bound.kind)
    assert kind
    values = json.dumps(bound.values, sort_keys=True)
    return Release(charts.chart_of(kind.chart_ref.name), f"{kind.prefix}{bound.name}", "tenant-acme", values)


@cache
def definitions() -> dict[tuple[str, str], Any]:
    """The schema of each version of a custom resource that the platform's packages install.

    What a template has between braces is left out: it is of the metadata, not of a schema.
    """
    wanted = {each.of for each in bounds()}
    found = {}
    for file in sorted((PACKAGES / "system").rglob("*.y*ml")):
        text = file.read_text(encoding="utf-8")
        if DEFINITION not in text or not any(f"kind: {kind}\n" in text for kind in wanted):
            continue
        plain = "\n".join(line for line in text.splitlines() if "{{" not in line)
        for each in pyyaml.load_all(plain, Loader=pyyaml.CSafeLoader):
            spec = (each or {}).get("spec") or {}
            for version in spec.get("versions", ()) if each and each["kind"] == "CustomResourceDefinition" else ():
                at = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                found[at] = version["schema"]["openAPIV3Schema"]
    return found


def values_at(resource: Resource, steps: tuple[str, ...]) -> Iterator[Any]:
    here: Any = resource
    for step in steps:
        if isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        elif isinstance(here, dict) and step in here:
            here = here[step]
        else:
            return
    yield here


def allowed(resource: Resource, steps: tuple[str, ...]) -> dict[str, Any]:
    if resource["apiVersion"] == "v1":
        return LABEL if "labels" in steps else PORT
    schema = definitions()[resource["apiVersion"], resource["kind"]]
    for step in steps:
        schema = schema["properties"][step]
    return dict(schema)


if PACKAGES.is_dir() and charts.CHECKOUT.name:

    @pytest.fixture(scope="session")
    def rendered() -> dict[Release, tuple[Resource, ...] | str]:
        return render_all(map(release_of, bounds()))

    @pytest.mark.parametrize("bound", bounds(), ids=str)
    def test_the_value_is_where_the_table_says(
        bound: Bound, rendered: dict[Release, tuple[Resource, ...] | str]
    ) -> None:
        """An object of the chart has it there, and the object's definition allows there what the table says."""
        made = rendered[release_of(bound)]
        assert not isinstance(made, str), made
        objects = [each for each in made if each["kind"] == bound.of and bound.right in values_at(each, bound.at)]
        assert objects
        for each in objects:
            said = allowed(each, bound.at)
            assert {key: said[key] for key in bound.allows} == bound.allows
