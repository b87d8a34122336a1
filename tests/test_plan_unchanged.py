"""Namespaces that came to the same on both sides are not compared, and the verdict is that over all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from krmfn.cli.inputs.expansions import Side
from krmfn.cli.plan import comparison
from krmfn.cli.plan.revisions import Revisions
from tests.declarations import app
from tests.test_plan_outlines import CHANGED, NOTES, PLANE, RUN

if TYPE_CHECKING:
    from krmfn.changes.picture import Picture
    from krmfn.cli.plan.comparison import Comparison
    from tests.history import History
    from tests.test_plan_outlines import Edits


def compared(history: History, monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> tuple[Comparison, list[set[str]]]:
    """What HEAD and what is on disk differ in, and the namespaces of both pictures."""
    pictured: list[set[str]] = []

    def picture(side: Side, without: frozenset[str] = frozenset()) -> Picture:
        made = original(side, without)
        pictured.append({*made.spaces()})
        return made

    original = Side.picture
    with monkeypatch.context() as patch:
        patch.chdir(history.root)
        patch.setattr(Side, "picture", picture)
        if whole:
            patch.setattr(comparison, "_unchanged", lambda _before, _after: frozenset())
        return comparison.compared(Revisions((Path(),), "HEAD", "WORKTREE")), pictured


def test_only_what_differs_is_compared(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of eight namespaces one has another declaration."""
    history.commit(RUN)
    history.write({"c.yaml": CHANGED})
    part, pictured = compared(history, monkeypatch, whole=False)
    assert pictured == [{"tenant-c"}, {"tenant-c"}]
    whole, pictured = compared(history, monkeypatch, whole=True)
    assert [len(spaces) for spaces in pictured] == [8, 8]
    assert part.verdict == whole.verdict
    assert [change.owner for change in part.verdict.changes] == ["Redis/cache"]


@pytest.mark.parametrize(
    ("edits", "spaces"),
    [
        ({"c.yaml": None}, 1),
        ({"i.yaml": app("Redis", "cache", namespace="tenant-i")}, 1),
        ({"c.yaml": RUN["d.yaml"], "d.yaml": RUN["c.yaml"]}, 2),
        ({"c.yaml": CHANGED, "h.yaml": app("Redis", "other", namespace="tenant-h")}, 2),
        ({"plane.yaml": yaml.dump({**PLANE, "spec": {"kinds": [NOTES], "protect": "data"}})}, 8),
    ],
)
def test_the_verdict_is_that_over_all(
    history: History, monkeypatch: pytest.MonkeyPatch, edits: Edits, spaces: int
) -> None:
    """One more or less, a file of another name, two namespaces, and what all share."""
    history.commit(RUN)
    history.write(edits)
    part, pictured = compared(history, monkeypatch, whole=False)
    whole, _ = compared(history, monkeypatch, whole=True)
    assert part.verdict == whole.verdict
    assert len(set.union(*pictured)) == spaces
