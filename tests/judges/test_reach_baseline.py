"""The platform's policies in the catalog are those that the judges have of its chart, written down twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn.catalog import Catalog
from krmfn.reach.baseline import ancestors, manifest
from krmfn.reach.reading import rules_of
from tests.judges.policies import opened_ancestors, platform

if TYPE_CHECKING:
    from krmfn.reach.rules import Rule
    from krmfn.resourcelist import Resource

TENANTS = ("tenant-root", "tenant-acme", "tenant-acme-dev", "tenant-acme-dev-x")


def rules(manifests: list[Resource]) -> dict[tuple[str, str], Rule]:
    """By policy and field; the order of rules in a policy counts, that of policies does not."""
    return {(str(rule.policy), rule.field): rule for each in manifests for rule in rules_of(each)}


def meaning(rule: Rule) -> tuple[object, ...]:
    """A rule without the order of the expressions of its selectors."""
    selectors = (rule.subjects, *(rule.peers or ()))
    return (
        rule.policy,
        rule.action,
        rule.ingress,
        rule.ports,
        [sorted(map(repr, each.requirements)) if hasattr(each, "requirements") else each for each in selectors],
    )


@pytest.mark.parametrize("namespace", TENANTS)
def test_the_baseline_is_what_the_tenants_chart_makes(namespace: str) -> None:
    """Each rule of each policy of a tenant with all modules, and no other."""
    said = Catalog.shipped().platform_policies()
    mine = rules([manifest(each, namespace) for each in said.policies])
    theirs = rules(platform(namespace, etcd=True, ingress=True, monitoring=True))
    assert mine.keys() == theirs.keys()
    assert len(mine) > 15
    assert {key: meaning(rule) for key, rule in mine.items()} == {key: meaning(rule) for key, rule in theirs.items()}


def test_ancestors_are_all_tenants_above() -> None:
    """By labels of namespaces all, the root included; by the chart's policies the root only for its own children."""
    assert [ancestors(each) for each in TENANTS] == [
        (),
        ("tenant-root",),
        ("tenant-root", "tenant-acme"),
        ("tenant-root", "tenant-acme", "tenant-acme-dev"),
    ]
    assert opened_ancestors("tenant-acme-dev") == ("tenant-acme",)
    assert ancestors("default") == ()
