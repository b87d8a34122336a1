"""An outline of the earlier side, with what the later side has, is what all of it expands to; or there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from krmfn.cli.plan.comparison import both_sides
from krmfn.cli.plan.revisions import Revisions
from krmfn.fleet import is_plane
from krmfn.resourcelist import package_of
from tests.declarations import app
from tests.laws import case
from tests.test_union import TOGETHER, moved

if TYPE_CHECKING:
    from krmfn.cli.inputs.expansions import Side
    from tests.history import History

Edits = dict[str, str | None]
PLANE: dict[str, Any] = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ComputePlane", "metadata": {"name": "all"}}
NOTES = {"kind": "Notes", "prefix": "notes-", "chartRef": {"kind": "OCIRepository", "name": "n", "namespace": "a-b"}}
TENANTS: Edits = {
    f"{name}.yaml": app("Redis", "cache", "{colour: red}", namespace=f"tenant-{name}") for name in "abcdefgh"
}
BOUND = yaml.dump(
    {
        **PLANE,
        "metadata": {"name": "all", "namespace": "tenant-c"},
        "spec": {"namespaces": [f"tenant-{name}" for name in "abdefgh"], "kinds": [NOTES]},
    }
)
RUN: Edits = {"plane.yaml": yaml.dump({**PLANE, "spec": {"kinds": [NOTES]}}), **TENANTS}
CHANGED = app("Redis", "cache", "{replicas: 3}", namespace="tenant-c")
MINE = "apiVersion: krmfn.dev/v1alpha1\nkind: ComponentProfile\nmetadata: {name: mine}\nspec: {extends: minimal}\n"
UNREAD = app("Notes", "n", "{a: b}", namespace="tenant-c")
"""An app of a kind without a schema, of which something is said about the ComputePlane."""


def before(history: History, monkeypatch: pytest.MonkeyPatch, *, is_outline: bool) -> Side:
    monkeypatch.chdir(history.root)
    with both_sides(Revisions((Path(),), "HEAD", "WORKTREE"), is_outline=is_outline) as sides:
        return sides.before.side


def assert_same(history: History, monkeypatch: pytest.MonkeyPatch, *, is_outline: bool = True) -> None:
    """Both say the same of the earlier side, and only where it may be an outline, it is one."""
    whole, outline = (before(history, monkeypatch, is_outline=each) for each in (False, True))
    assert outline.topologies == whole.topologies
    assert [*outline.topologies[0].tenants] == [*whole.topologies[0].tenants]
    for each in (whole, outline):
        assert each.results
    assert (outline.results, outline.at_fault) == (whole.results, whole.at_fault)
    assert (outline.expansions[0].declared is None) is is_outline


@pytest.mark.parametrize(
    "edits",
    [
        {"c.yaml": CHANGED},
        {"c.yaml": None, "i.yaml": app("Postgres", "main", namespace="tenant-i")},
        {"more.yaml": app("Redis", "more", namespace="tenant-a")},
        {"others.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: redis-cache-auth, namespace: tenant-b}\n"},
    ],
    ids=["a value", "a tenant", "an app", "another object"],
)
def test_one_namespace_differs(history: History, monkeypatch: pytest.MonkeyPatch, edits: Edits) -> None:
    """Most of the run is the same."""
    history.commit(RUN)
    history.write(edits)
    assert_same(history, monkeypatch)


@pytest.mark.parametrize(
    ("first", "edits"),
    [
        ({}, {"plane.yaml": yaml.dump({**PLANE, "spec": {"defaults": {"interval": "1h"}}})}),
        ({"mine.yaml": MINE}, {"mine.yaml": MINE.replace("minimal", "standard-addons")}),
        ({}, {"c.yaml": app("Rediss", "cache", namespace="tenant-c")}),
        ({"c.yaml": app("Rediss", "cache", namespace="tenant-c")}, {"c.yaml": CHANGED}),
        ({}, {name: str(text).replace("red", "blue") for name, text in TENANTS.items() if name < "f"}),
        ({"n.yaml": UNREAD}, {"n.yaml": None}),
        ({"plane.yaml": yaml.dump({**PLANE, "spec": {"accepted": []}})}, {"c.yaml": CHANGED}),
        (
            {"plane.yaml": BOUND, "n.yaml": app("Redis", "n").replace("  namespace: tenant-acme\n", "")},
            {"c.yaml": CHANGED},
        ),
    ],
    ids=[
        "the configuration",
        "a profile",
        "an error",
        "an error before",
        "most of it",
        "a result about all",
        "what is accepted",
        "a namespace that is that of the run",
    ],
)
def test_all_of_it_may_differ(history: History, monkeypatch: pytest.MonkeyPatch, first: Edits, edits: Edits) -> None:
    """What all share is another, or something is wrong, or told of the whole."""
    history.commit({**RUN, **first})
    history.write(edits)
    assert_same(history, monkeypatch, is_outline=False)


@pytest.mark.parametrize("edits", [{}, {"plane.yaml": BOUND}], ids=["of all", "of one of them"])
def test_what_is_said_of_all_is_kept(history: History, monkeypatch: pytest.MonkeyPatch, edits: Edits) -> None:
    """A result about the configuration that a namespace makes which did not change."""
    history.commit({**RUN, **edits, "n.yaml": UNREAD.replace("tenant-c", "tenant-a")})
    history.write({"c.yaml": CHANGED})
    assert_same(history, monkeypatch)


@pytest.mark.parametrize("config", TOGETHER, ids=lambda config: f"{len(TOGETHER[config])} tenants")
def test_cases_of_one_run(history: History, monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    """All cases of one configuration, each in a namespace of its own; one changes to another's."""
    cases = [case(folder).given.items for folder in TOGETHER[config]]
    whole = [items for items in cases if not any(package_of(item) or is_plane(item) for item in items)]
    texts = ["---\n".join(yaml.dump(moved(item, f"tenant-u{i}")) for item in each) for i, each in enumerate(whole)]
    plane = {**(json.loads(config) or PLANE), "metadata": {"name": "all"}}
    files = {f"{i}.yaml": text for i, text in enumerate(texts)}
    history.commit({**files, "plane.yaml": yaml.dump(plane), "0.yaml": texts[1].replace("tenant-u1", "tenant-u0")})
    history.write({"0.yaml": texts[0]})
    assert_same(history, monkeypatch)
