"""What lies between two pictures, without Git: what holds for every golden case, and what Flux makes of each field."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from krmfn import function, resourcelist, yaml
from krmfn.changes import Absent, Action, Data, Differ, Hidden, Outcome, Picture, between, indexed
from krmfn.changes.interlock import refusals
from krmfn.changes.outcomes import outcomes
from krmfn.resourcelist import ResourceList, identity
from tests.laws import ANSWERED

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = indexed(Picture())
RELEASE = {
    "apiVersion": "helm.toolkit.fluxcd.io/v2",
    "kind": "HelmRelease",
    "metadata": {"name": "a", "namespace": "tenant-a", "annotations": {}},
}


def picture(given: ResourceList) -> Picture:
    """What a ResourceList comes to."""
    expansion = function.expand(given)
    assert expansion.topology, expansion.answer.results
    return Picture((expansion.topology,), expansion.generated)


@cache
def of(folder: Path) -> Picture:
    return picture(resourcelist.load((folder / "input.yaml").read_bytes()))


OF_EACH_CASE = pytest.mark.parametrize("folder", ANSWERED, ids=lambda folder: folder.name)


def test_there_are_pictures() -> None:
    """Laws over no case at all would hold."""
    assert len(ANSWERED) > 50


@OF_EACH_CASE
def test_nothing_lies_between_a_picture_and_itself(folder: Path) -> None:
    """No case differs from itself, and none is refused for what it already is."""
    here = indexed(of(folder))
    assert between(here, here) == ()
    assert {result.code for _, result in refusals(here, here, (), frozenset())} <= {"confirmed-in-use"}


@OF_EACH_CASE
def test_from_nothing_everything_is_created(folder: Path) -> None:
    """Every object of every case belongs to a declaration that is created, and each is touched once."""
    found = of(folder)
    changes = between(EMPTY, indexed(found))
    assert {change.action for change in changes} <= {Action.CREATE}
    touched = sorted((each.kind, each.name) for change in changes for each in change.touched)
    assert touched == sorted((identity(item).kind, identity(item).name) for item in found.objects)
    assert {each.outcome for change in changes for each in change.touched} <= {Outcome.INSTALLED, Outcome.CREATED}


@OF_EACH_CASE
def test_into_nothing_everything_goes_or_stays_behind(folder: Path) -> None:
    """What is not protected goes, what is protected stays; no data is lost with what stays, and none goes unrefused."""
    found = indexed(of(folder))
    changes = between(found, EMPTY)
    assert {change.action for change in changes} <= {Action.RETIRE, Action.ORPHAN}
    gone = {Outcome.UNINSTALLED, Outcome.REMOVED, Outcome.LEFT_RUNNING, Outcome.LEFT}
    assert {each.outcome for change in changes for each in change.touched} <= gone
    refused = {place for place, _ in refusals(found, EMPTY, changes, frozenset())}
    for change in changes:
        if change.action is Action.ORPHAN:
            assert change.data is Data.KEPT
            assert (change.namespace, change.owner) in refused


@pytest.mark.parametrize(
    ("field", "before", "after", "outcome"),
    [
        ("releaseName", "a", "b", Outcome.RECREATED),
        ("storageNamespace", "a", "b", Outcome.RECREATED),
        ("chartRef", {"kind": "HelmChart", "name": "a"}, {"kind": "HelmChart", "name": "b"}, Outcome.RECREATED),
        ("chart", {"spec": {"chart": "./charts/a"}}, {"spec": {"chart": "./charts/b"}}, Outcome.RECREATED),
        ("chart", {"spec": {"chart": "./old/a"}}, {"spec": {"chart": "./new/a"}}, Outcome.UPGRADED),
        ("chart", {"spec": {"chart": "a", "version": "1"}}, {"spec": {"chart": "a", "version": "2"}}, Outcome.UPGRADED),
        ("values", {"a": 1}, {"a": 2}, Outcome.UPGRADED),
        ("valuesFrom", [], [{"kind": "Secret", "name": "a"}], Outcome.UPGRADED),
        ("postRenderers", [], [{}], Outcome.UPGRADED),
        ("interval", "5m0s", "6m0s", Outcome.RECONFIGURED),
        ("dependsOn", [], [{"name": "b"}], Outcome.RECONFIGURED),
        ("install", {"timeout": "5m0s"}, {"timeout": "6m0s"}, Outcome.RECONFIGURED),
    ],
)
def test_what_flux_makes_of_a_field(field: str, before: object, after: object, outcome: Outcome) -> None:
    """Which fields reinstall, upgrade, or leave what is installed alone: docs/platform.md#helmrelease."""
    old, new = ({**RELEASE, "spec": {field: value}} for value in (before, after))
    (touched,) = outcomes({identity(RELEASE): old}, {identity(RELEASE): new})
    assert touched.outcome is outcome


@pytest.mark.parametrize("field", ["targetNamespace", "kubeConfig"])
def test_flux_goes_on_without_what_it_installed_elsewhere(field: str) -> None:
    """A release whose place changes stays in the old one and is installed in the new (tests/engine/test_claims.py)."""
    old, new = ({**RELEASE, "spec": {field: value}} for value in ("a", "b"))
    touched = outcomes({identity(RELEASE): old}, {identity(RELEASE): new})
    assert [each.outcome for each in touched] == [Outcome.LEFT_RUNNING, Outcome.INSTALLED]


def fields(before: str, after: str) -> list[tuple[str, object, object]]:
    """The fields that differ between two texts of values."""
    old, new = ({**RELEASE, "spec": {"values": yaml.load(text)}} for text in (before, after))
    return [(each.path.removeprefix("spec.values."), each.before, each.after) for each in Differ().fields(old, new)]


def test_one_that_comes_between_moves_nobody() -> None:
    """Items of a list that have names are compared by them, others by their place."""
    assert fields("env: [{name: A, value: x}]", "env: [{name: B, value: y}, {name: A, value: x}]") == [
        ("env.B.name", Absent(), "B"),
        ("env.B.value", Absent(), "y"),
    ]
    assert fields("a: [1, 2]", "a: [1, 3]") == [("a[1]", 2, 3)]
    one, two = (
        f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: n}}, data: {{a: {value}}}}}"
        for name, value in (("x", "b"), ("y", "c"))
    )
    assert fields(f"objects: [{one}, {two}]", f"objects: [{two.replace(': c', ': d')}, {one}]") == [
        ("objects.ConfigMap/n/y.data.a", "c", "d")
    ]


def test_a_field_is_told_to_its_leaf() -> None:
    """What comes or goes is told leaf by leaf; what is empty, or of another type, as it is."""
    assert fields("a: {b: {c: 1}}", "a: {}") == [("a.b.c", 1, Absent())]
    assert fields("{}", "a: {}") == [("a", Absent(), {})]
    assert fields("a: 1", "a: [1]") == [("a", 1, [1])]
    assert fields("a: 1", "a: true") == [("a", 1, True)]


def test_credentials_are_compared_and_hidden() -> None:
    """Two credentials that differ are a change, two that are the same are none, and neither says what it is."""
    assert fields("password: a", "password: a") == []
    ((path, before, after),) = fields("password: abc", "password: xyz")
    assert (path, str(before), str(after)) == ("password", "(a credential)", "(a credential)")
    assert before != after
    assert isinstance(before, Hidden)
    ((_, whole, _),) = fields("a: [{password: abc}]", "a: text")
    assert "abc" not in str(whole)


DECLARED = """\
apiVersion: apps.cozystack.io/v1alpha1
kind: Redis
metadata: {{name: {name}, namespace: tenant-a}}
spec: {{replicas: {replicas}}}
"""


def renamed(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> dict[str, str]:
    """Which Redis became which; items come without files."""
    pictures = []
    for side in (before, after):
        items = tuple(yaml.load(DECLARED.format(name=name, replicas=replicas)) for name, replicas in side)
        pictures.append(indexed(picture(ResourceList(items))))
    return {each.was.removeprefix("Redis/"): each.name for each in between(*pictures) if each.was}


def test_a_rename_is_told_only_where_it_is_certain() -> None:
    """One that went and one that came with the same content were renamed; of several that could be, none is."""
    assert renamed([("a", 1)], [("b", 1)]) == {"a": "b"}
    assert renamed([("a", 1), ("b", 2)], [("c", 2), ("d", 1)]) == {"a": "d", "b": "c"}
    assert renamed([("a", 1)], [("b", 1), ("c", 1)]) == {}
    assert renamed([("a", 1), ("b", 1)], [("c", 1)]) == {}
    assert renamed([("a", 1)], [("b", 2)]) == {}
    assert renamed([("a", 1)], [("a", 1), ("b", 1)]) == {}
