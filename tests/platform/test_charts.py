"""The platform's own charts, rendered with the values that krmfn emits for all that is shipped and for every case.

KRMFN_COZYSTACK names a checkout of cozystack/cozystack at v1.6.2; without it these tests do not exist, and the report
says that records were used (tests/test_platform_records.py).
"""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml as pyyaml

from krmfn import function
from krmfn.catalog import Catalog
from krmfn.marks import APPLICATION
from tests.judges.targets import STARTER
from tests.judges.written import INPUTS, generated, given, output, read_back
from tests.platform import charts
from tests.platform.charts import PACKAGES, Release, render_all
from tests.platform.naming import disagreements, operator_of, shipped
from tests.platform.records import Render
from tests.test_schemas import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from krmfn.resourcelist import Resource

RELEASE = "v1.6.2"
SUBSTITUTED = "${"
"""What Flux fills in is not known here, and a chart's schema need not take its name for it."""
WRITTEN = [*INPUTS, STARTER / "platform", STARTER / "tenants" / "acme"]
LATER = "KubernetesNodes"
CLUSTER = "apps/kubernetes"
GROUP = {"md0": {"minReplicas": 0, "maxReplicas": 1, "instanceType": "u1.medium", "diskSize": "20Gi"}}
SHIPPED = Catalog.shipped()


@cache
def objects(path: Path) -> list[Resource]:
    if path in INPUTS:
        return output(path)
    came = given(path)
    return [read_back(item) for item in generated(came, function.run(came))]


def releases(path: Path) -> Iterator[tuple[Resource, Release]]:
    """The HelmReleases of an input that charts of the targeted release make on the management cluster.

    Without those of kinds that the input defines itself: their charts are what that definition is of.
    """
    # An object of somebody else may have no kind, or another thing than a text for one.
    defined = (item for item in given(path).items if item.get("kind") == "ApplicationDefinition")
    own = {item["spec"]["application"]["kind"] for item in defined}
    for item in objects(path):
        asked = charts.release(item) if item["kind"] == "HelmRelease" else None
        kind = item["metadata"].get("labels", {}).get(f"{APPLICATION}kind")
        if asked and kind and kind not in {LATER, *own} and SUBSTITUTED not in asked.values:
            yield item, asked


@cache
def everything() -> dict[Release, tuple[Resource, ...] | str]:
    return render_all(asked for path in WRITTEN for _, asked in releases(path))


def render_of(item: Resource, asked: Release) -> Render | None:
    found = everything()[asked]
    labels = item["metadata"]["labels"]
    if isinstance(found, str):
        return None
    values = json.loads(asked.values)
    return Render(labels[f"{APPLICATION}kind"], asked.name, labels[f"{APPLICATION}name"], values, found)


def referred(path: Path) -> Iterator[tuple[str, str, Render]]:
    """Each key of a Secret that a placed app refers to, with the render of the declared service whose Secret it is."""
    rendered = {asked.name: render_of(item, asked) for item, asked in releases(path)}
    for item in objects(path):
        for reference in item.get("spec", {}).get("valuesFrom", ()) if item["kind"] == "HelmRelease" else ():
            owners = [name for name in rendered if "valuesKey" in reference and reference["name"].startswith(name)]
            render = rendered[max(owners, key=len)] if owners else None
            if render:
                yield reference["name"], reference["valuesKey"], render


def cluster(values: dict[str, Any], name: str = "kubernetes-lab") -> Release:
    return Release(CLUSTER, name, "tenant-acme", json.dumps({"nodeGroups": GROUP, **values}, sort_keys=True))


def settled(found: tuple[Resource, ...] | str) -> str:
    """A render without what Helm makes up anew each time."""
    assert not isinstance(found, str), found
    kept = [
        {**each, "metadata": {"name": each["metadata"]["name"]}, **dict.fromkeys(("data", "stringData"))}
        if each["kind"] == "Secret"
        else each
        for each in found
    ]
    return pyyaml.safe_dump(sorted(kept, key=lambda each: (each["kind"], each["metadata"]["name"])))


def leaves(values: Any, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(values, dict) and values:
        for key, inner in values.items():
            yield from leaves(inner, (*steps, key))
    else:
        yield steps, values


def with_value(values: dict[str, Any], steps: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The values with another at a place; None takes it away."""
    changed = copy.deepcopy(values)
    here = changed
    for step in steps[:-1]:
        here = here.setdefault(step, {})
    if value is None:
        del here[steps[-1]]
    else:
        here[steps[-1]] = value
    return changed


def presets() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in SHIPPED.component_names():
        component = SHIPPED.component(name)
        assert component
        yield f"component profile {name}", component.get("values") or {}
    for name in SHIPPED.bundle_names():
        bundle = SHIPPED.bundle(name)
        assert bundle
        yield f"bundle {name}", bundle.values


def other_than(value: Any, steps: tuple[str, ...]) -> Any:
    """Something else that the chart's schema takes at a place."""
    schema = json.loads((PACKAGES / CLUSTER / "values.schema.json").read_text(encoding="utf-8"))
    for step in steps:
        schema = schema["properties"][step]
    return next(each for each in schema.get("enum", (True, False)) if each != value)


if PACKAGES.is_dir() and charts.CHECKOUT.name:
    CHANGES = {
        f"{what}: {'.'.join(steps)}": (values, steps)
        for what, values in presets()
        for steps, _ in leaves(values)
        if steps  # minimal sets nothing
    }
    PINS = [
        (name, steps, value)
        for name in SHIPPED.isolation_names()
        for steps, value in leaves((SHIPPED.isolation(name) or {}).get("pins") or {})
        if steps
    ]

    def test_the_checkout_is_of_the_targeted_release() -> None:
        """Another release's charts would say something about another platform."""
        images = (PACKAGES / "core/platform/values.yaml").read_text(encoding="utf-8")
        assert f":{RELEASE}@" in images

    def test_charts_take_what_is_written() -> None:
        """Helm renders every release that krmfn writes for the platform's charts."""
        assert len(everything()) > 80
        refused = {asked: found[-300:] for asked, found in everything().items() if isinstance(found, str)}
        assert refused == {}

    def test_names_are_those_of_the_charts() -> None:
        """What the catalog says of each is what its chart made of these values."""
        found: dict[str, list[str]] = {}
        for path in WRITTEN:
            for item, asked in releases(path):
                render = render_of(item, asked)
                said = list(disagreements(shipped(render), render)) if render else []
                found |= {f"{shown(path)} {asked.name}": said} if said else {}
        assert found == {}

    def test_references_lead_to_secrets_of_the_charts() -> None:
        """A placed app's Secret and key are there, of the chart or of an operator, for each declared service."""
        checked = 0
        for path in INPUTS:
            for name, key, render in referred(path):
                has = render.of_kind("Secret").get(name, {})
                made = {*(has.get("data") or {}), *(has.get("stringData") or {})}
                entries = [entry for entry in shipped(render).credentials if key in entry.keys]
                elsewhen = any(entry.late or entry.feature for entry in entries)
                made |= operator_of(render).secrets.get(name, frozenset())
                assert key in made or elsewhen, (shown(path), name, key)
                checked += 1
        assert checked > 20

    @pytest.mark.parametrize("what", CHANGES)
    def test_each_value_of_a_preset_does_something(what: str) -> None:
        """A cluster of a preset without this value is another one, or none that the chart would make."""
        values, steps = CHANGES[what]
        whole, without = cluster(values), cluster(with_value(values, steps, None))
        found = render_all([whole, without])
        assert isinstance(found[without], str) or settled(found[whole]) != settled(found[without])

    @pytest.mark.parametrize(("name", "steps", "value"), PINS, ids=str)
    def test_each_pin_does_something(name: str, steps: tuple[str, ...], value: Any) -> None:
        """A cluster that is pinned is another one than a user could have otherwise."""
        del name
        pinned, otherwise = (
            cluster(with_value({}, steps, value)),
            cluster(with_value({}, steps, other_than(value, steps))),
        )
        found = render_all([pinned, otherwise])
        assert settled(found[pinned]) != settled(found[otherwise])

    def test_a_render_is_compared_without_chance() -> None:
        """The same values give the same render, or the tests above would always pass."""
        once, again = render_all([cluster({})]), render_all([cluster({})])
        assert settled(once[cluster({})]) == settled(again[cluster({})])

    def test_patches_have_something_to_patch() -> None:
        """What krmfn patches in a release, its chart makes, and the API server gets what the profile adds."""
        patched = 0
        for path in WRITTEN:
            for item, asked in releases(path):
                render = render_of(item, asked)
                if render is None or asked.chart != CLUSTER:
                    continue
                made = {(each["kind"], each["metadata"]["name"]) for each in render.objects}
                for each in (p for r in item["spec"].get("postRenderers", ()) for p in r["kustomize"]["patches"]):
                    patch = pyyaml.safe_load(each["patch"])
                    assert (patch["kind"], patch["metadata"]["name"]) in made, (shown(path), patch)
                    patched += 1
                arguments = render.values.get("controlPlane", {}).get("apiServer", {}).get("extraArgs") or []
                plane = json.dumps(list(render.of_kind("KamajiControlPlane").values()))
                assert all(argument in plane for argument in arguments), shown(path)
        assert patched > 5

    def test_roles_are_the_platforms() -> None:
        """The kinds that its own role lets a tenant's administrators change, as its chart has it."""
        asked = Release("system/cozystack-basics", "cozystack-basics", "cozy-system", "{}")
        found = render_all([asked])[asked]
        assert not isinstance(found, str), found
        [role] = [
            each
            for each in found
            if (each["kind"], each["metadata"]["name"]) == ("ClusterRole", "cozy:tenant:admin:base")
        ]
        changed = {
            plural
            for rule in role["rules"]
            if rule["apiGroups"] == ["apps.cozystack.io"] and "update" in rule["verbs"]
            for plural in rule["resources"]
        }
        assert set(SHIPPED.tenant_admin()) == changed & {
            kind.plural for name in SHIPPED.kind_names() if (kind := SHIPPED.kind(name))
        }
