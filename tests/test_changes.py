"""What lies between two topologies: what holds for every golden case, and what Flux makes of each field."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, resourcelist, resources, yaml
from krmfn.catalog import ChartRef
from krmfn.changes import Action, Data, Effect, between, written
from krmfn.changes.change import Absent
from krmfn.changes.differences import differences
from krmfn.changes.effects import effects
from krmfn.changes.interlock import refusals
from krmfn.changes.picture import pictured
from krmfn.fieldpaths import path_of
from krmfn.resourcelist import ResourceList, identity
from krmfn.results import Origin, ResourceRef
from krmfn.topology.model.clusters import SecretKey
from krmfn.topology.model.releases import Dependency, HelmAction, Release, Remote, ValuesReference
from tests.laws import ANSWERED

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.changes.picture import Picture
    from krmfn.topology import Topology

EMPTY = pictured(())
REMOTE = Remote(SecretKey("a", "value"), "a", "a")
RELEASE = Release(
    origin=Origin(ResourceRef("apps.cozystack.io/v1alpha1", "Redis", "tenant-a", "a")),
    name="a",
    namespace="tenant-a",
    owner="Redis/a",
    chart_ref=ChartRef("HelmChart", "a", ""),
    interval="5m0s",
    max_history=5,
    retry_interval="1m0s",
    install=HelmAction("5m0s", disable_wait=False),
    upgrade=HelmAction("5m0s", disable_wait=False),
    values={"a": 1},
    remote=REMOTE,
)


def topology(given: ResourceList) -> Topology:
    """What a ResourceList comes to."""
    expansion = function.expand(given)
    assert expansion.topology, expansion.answer.results
    return expansion.topology


@cache
def of(folder: Path) -> Topology:
    return topology(resourcelist.load((folder / "input.yaml").read_bytes()))


@cache
def picture_of(folder: Path) -> Picture:
    return pictured((of(folder),))


OF_EACH_CASE = pytest.mark.parametrize("folder", ANSWERED, ids=lambda folder: folder.name)


def test_there_are_cases() -> None:
    """Laws over no case at all would hold."""
    assert len(ANSWERED) > 50


@OF_EACH_CASE
def test_nothing_lies_between_a_picture_and_itself(folder: Path) -> None:
    """No case differs from itself, and none is refused for what it already is."""
    here = picture_of(folder)
    assert between(here, here) == ()
    assert {each.result.code for each in refusals(here, here, (), frozenset())} <= {"confirmed-in-use"}


@OF_EACH_CASE
def test_from_nothing_everything_is_created(folder: Path) -> None:
    """Every object of every case belongs to a declaration that is created, and each is touched once."""
    changes = between(EMPTY, picture_of(folder))
    assert {change.action for change in changes} <= {Action.CREATE}
    touched = sorted((each.kind, each.name) for change in changes for each in change.touched)
    emitted = [identity(each.resource) for each in resources.emit(of(folder))]
    assert touched == sorted((each.kind, each.name) for each in emitted)
    assert {each.effect for change in changes for each in change.touched} <= {Effect.INSTALLED, Effect.CREATED}


@OF_EACH_CASE
def test_into_nothing_everything_goes_or_stays_behind(folder: Path) -> None:
    """What is not protected goes, what is protected stays; no data is lost with what stays, and none goes unrefused."""
    found = picture_of(folder)
    changes = between(found, EMPTY)
    assert {change.action for change in changes} <= {Action.RETIRE, Action.ORPHAN}
    gone = {Effect.UNINSTALLED, Effect.REMOVED, Effect.LEFT_RUNNING, Effect.LEFT}
    assert {each.effect for change in changes for each in change.touched} <= gone
    refused = {each.about for each in refusals(found, EMPTY, changes, frozenset())}
    for change in changes:
        if change.action is Action.ORPHAN:
            assert change.data is Data.KEPT
            assert change.before in refused


BOUNDARY = {"labels": {"krmfn.dev/boundary": "true"}}
HELM = {"sourceRef": {"kind": "HelmRepository", "name": "a"}}
CHARTS = tuple(ChartRef("HelmChart", name, "") for name in "ab")


def git(chart: str, **more: Any) -> dict[str, Any]:
    return {"chart_ref": None, "chart": {"spec": {"chart": chart, **more}}}


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ({"remote": REMOTE}, {"remote": REMOTE._replace(release_name="b")}, Effect.RECREATED),
        ({"chart_ref": CHARTS[0]}, {"chart_ref": CHARTS[1]}, Effect.RECREATED),
        (git("./charts/a"), git("./charts/b"), Effect.RECREATED),
        ({"chart_ref": CHARTS[0]}, {"chart_ref": CHARTS[0]._replace(kind="OCIRepository")}, Effect.RECREATED),
        (BOUNDARY | {"chart_ref": CHARTS[0]}, BOUNDARY | {"chart_ref": CHARTS[1]}, Effect.UPGRADED),
        (BOUNDARY | git("./charts/a"), BOUNDARY | {"chart_ref": CHARTS[0]}, Effect.UPGRADED),
        (BOUNDARY | git("./charts/a"), BOUNDARY | git("./charts/b"), Effect.UPGRADED),
        (BOUNDARY | {"chart_ref": CHARTS[0]}, BOUNDARY | git("krmfn-objects", **HELM), Effect.UPGRADED),
        (BOUNDARY | {"chart_ref": CHARTS[0]}, BOUNDARY | git("objects", **HELM), Effect.RECREATED),
        (git("./old/a"), git("./new/a"), Effect.UPGRADED),
        (git("./charts/a"), git("./charts/a/"), Effect.UPGRADED),
        (git("a", version="1"), git("a", version="2"), Effect.UPGRADED),
        ({"values": {"a": 1}}, {"values": {"a": 2}}, Effect.UPGRADED),
        ({"values": {"a": 1}}, {"values": {"a": True}}, Effect.UPGRADED),
        ({"values": {"a": 1}}, {"values": {"a": 1.0}}, Effect.UPGRADED),
        ({}, {"values_from": (ValuesReference("a"),)}, Effect.UPGRADED),
        ({}, {"monitors": ("a",)}, Effect.UPGRADED),
        ({}, {"interval": "6m0s"}, Effect.RECONFIGURED),
        ({}, {"depends_on": (Dependency("b", ""),)}, Effect.RECONFIGURED),
        ({}, {"install": HelmAction("6m0s", disable_wait=False)}, Effect.RECONFIGURED),
        ({}, {"prune": False}, Effect.RECONFIGURED),
    ],
)
def test_what_flux_makes_of_a_field(before: dict[str, Any], after: dict[str, Any], effect: Effect) -> None:
    """Which fields reinstall, upgrade, or leave what is installed alone: docs/platform.md#helmrelease."""
    old, new = (written.release(RELEASE._replace(**fields)) for fields in (before, after))
    (touched,) = effects({old.key: old}, {new.key: new})
    assert touched.effect is effect


@pytest.mark.parametrize(
    "remote", [REMOTE._replace(target_namespace="b"), REMOTE._replace(kubeconfig=SecretKey("b", "value"))]
)
def test_flux_goes_on_without_what_it_installed_elsewhere(remote: Remote) -> None:
    """A release whose place changes stays in the old one and is installed in the new (tests/engine/test_claims.py)."""
    old, new = written.release(RELEASE), written.release(RELEASE._replace(remote=remote))
    touched = effects({old.key: old}, {new.key: new})
    assert [each.effect for each in touched] == [Effect.LEFT_RUNNING, Effect.INSTALLED]


def fields(before: str, after: str) -> list[tuple[str, object, object]]:
    """The fields that differ between two texts of values."""
    found = differences(yaml.load(before), yaml.load(after))
    return [(path_of(*each.steps), each.before, each.after) for each in found]


def test_one_that_comes_between_moves_nobody() -> None:
    """Items of a list that have names are compared by them, others by their place."""
    assert fields("env: [{name: A, value: x}]", "env: [{name: B, value: y}, {name: A, value: x}]") == [
        ("env.B.name", Absent(), "B"),
        ("env.B.value", Absent(), "y"),
    ]
    assert fields("a: [1, 2]", "a: [1, 3]") == [("a[1]", 2, 3)]
    assert fields("a: [{name: x}]", "a: [{name: x}, {name: x}]") == [("a[1].name", Absent(), "x")]
    assert fields("a: [{name: x}, {name: y}]", "a: [{name: y}, {name: x}]") == [("a", ["x", "y"], ["y", "x"])]
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
        pictures.append(pictured((topology(ResourceList(items)),)))
    return {each.was.removeprefix("Redis/"): each.name for each in between(*pictures) if each.was}


def test_a_rename_is_told_only_where_it_is_certain() -> None:
    """One that went and one that came with the same content were renamed; of several that could be, none is."""
    assert renamed([("a", 1)], [("b", 1)]) == {"a": "b"}
    assert renamed([("a", 1), ("b", 2)], [("c", 2), ("d", 1)]) == {"a": "d", "b": "c"}
    assert renamed([("a", 1)], [("b", 1), ("c", 1)]) == {}
    assert renamed([("a", 1), ("b", 1)], [("c", 1)]) == {}
    assert renamed([("a", 1)], [("b", 2)]) == {}
    assert renamed([("a", 1)], [("a", 1), ("b", 1)]) == {}
