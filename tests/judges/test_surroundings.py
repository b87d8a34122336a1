"""The picture that judges have of the platform around a tenant is what its own charts make."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.judges.guest import MADE_WITH, RUNNING, SERVICES
from tests.judges.policies import opened_ancestors, platform
from tests.platform import charts
from tests.platform.charts import PACKAGES, Release, render_all
from tests.platform.records import RECORDS, renders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource

NETWORK = {"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "NetworkPolicy"}
MODULES = ("etcd", "ingress", "monitoring")
WITH_MODULES = {"etcd": True, "host": "child.example.org", "ingress": True, "monitoring": True}
SERVED = sorted({(kind, template) for kind, made in SERVICES.items() for template in made})
OPERATORS = {
    *(("Postgres", suffix) for suffix in ("{}-rw", "{}-ro", "{}-r")),
    *(("Redis", name) for name in ("rfrm-{}", "rfrs-{}", "rfs-{}")),
    ("Kafka", "{}-kafka-bootstrap"),
    *(("MongoDB", suffix) for suffix in ("{}-rs0", "{}-mongos")),
}
"""Services that operators make and no chart: tests/platform/operators.yaml has their sources."""


def around(objects: Iterable[Resource]) -> dict[tuple[str, str], Any]:
    """The specs of network policies, by kind and name."""
    return {(each["kind"], each["metadata"]["name"]): each["spec"] for each in objects if each["kind"] in NETWORK}


def pictured(namespace: str, values: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return around(platform(namespace, **{module: values.get(module) is True for module in MODULES}))


def test_ancestors_are_those_in_the_name_of_the_parents_namespace() -> None:
    """A child of tenant-root reaches its services; a grandchild reaches those of its parent alone."""
    assert opened_ancestors("tenant-root") == ()
    assert opened_ancestors("tenant-acme") == ("tenant-root",)
    assert opened_ancestors("tenant-acme-dev") == ("tenant-acme",)
    assert opened_ancestors("tenant-acme-dev-ci") == ("tenant-acme", "tenant-acme-dev")


if RECORDS.is_dir():
    TENANTS = [each for each in renders() if each.kind == "Tenant"]

    @pytest.mark.parametrize("render", TENANTS, ids=lambda render: str(sorted(render.values)))
    def test_the_policies_around_a_tenant_are_those_of_its_chart(render: Any) -> None:
        """Selectors, peers and ports, of a tenant with modules and of one without."""
        assert around(render.objects) == pictured("tenant-acme-child", render.values)

    def test_tenants_with_and_without_modules_were_recorded() -> None:
        """Each module brings a policy or more."""
        assert {bool(each.values.get("etcd")) for each in TENANTS} == {True, False}

    @pytest.mark.parametrize(("kind", "template"), sorted({*SERVED} - OPERATORS))
    def test_a_service_of_the_picture_is_the_charts(kind: str, template: str) -> None:
        """It is there with the values that make it, on its ports, and not without them; both were recorded."""
        seen = set()
        for render in (each for each in renders() if each.kind == kind):
            made = MADE_WITH.get((kind, template), ((), ""))[0]
            wanted = all(render.values.get(value) is True for value in made)
            service = render.of_kind("Service").get(template.format(render.release))
            assert bool(service) == wanted
            if service:
                assert {port["port"] for port in service["spec"]["ports"]} == {*SERVICES[kind][template]}
            seen.add(wanted)
        assert seen == {True, False}

    def test_no_other_service_of_a_chart_serves_clients() -> None:
        """What a chart makes besides is for metrics, or a page of its own."""
        kinds = {kind for _, kind, _ in RUNNING}
        others = {
            name.removeprefix(render.release)
            for render in renders()
            if render.kind in kinds
            for name in render.of_kind("Service")
            if name not in {template.format(render.release) for template in SERVICES[render.kind]}
        }
        assert others == {"-metrics"}


if PACKAGES.is_dir() and charts.CHECKOUT.name:

    @pytest.mark.parametrize(
        ("parent", "child"),
        [("tenant-root", "tenant-child"), ("tenant-acme", "tenant-acme-child"), ("tenant-a-b", "tenant-a-b-child")],
    )
    @pytest.mark.parametrize("values", [{}, WITH_MODULES], ids=["without modules", "with modules"])
    def test_the_policies_are_those_of_a_chart_that_is_rendered(
        parent: str, child: str, values: dict[str, Any]
    ) -> None:
        """The same of the checkout's chart, for a child of the root and for deeper ones."""
        asked = Release("apps/tenant", "tenant-child", parent, json.dumps(values, sort_keys=True))
        found = render_all([asked])[asked]
        assert not isinstance(found, str), found
        assert around(found) == pictured(child, values)

    def test_a_wrong_picture_is_seen() -> None:
        """A policy with one label more is another one."""
        asked = Release("apps/tenant", "tenant-child", "tenant-acme", "{}")
        found = render_all([asked])[asked]
        assert not isinstance(found, str), found
        wrong = copy.deepcopy(pictured("tenant-acme-child", {}))
        wrong["CiliumNetworkPolicy", "allow-to-dns"]["egress"][0]["toEndpoints"][0]["matchLabels"]["app"] = "dns"
        assert around(found) != wrong
