"""No short text costs much: of shapes that `make bench` measures, twice as much is about twice the work.

Work is counted in lines of krmfn that run, which is the same on every machine and under every load.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import krmfn
from bench.fleets import FLEETS, alike, checked, tenants, write
from bench.growth import MOST, SHAPES, resource_list
from krmfn import function, resourcelist
from krmfn.cli.render.outcome import Request
from krmfn.cli.render.rendered import rendered
from krmfn.cli.report.page import reported

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.fleets import Files, Fleet
    from bench.growth import Items, Shape

HOME = str(Path(krmfn.__file__).parent)
HELD = (
    "placements with a connection each, on one sandbox",
    "connections of one placement",
    "definitions of one kind",
    "definitions of a kind each",
    "words of a key that means a credential",
    "entries of a list that must differ",
    "oneOf in one another",
    "values of an enum, and as many entries",
    "credentials of a connection",
    "credentials at one path",
    "aliases of one list",
)
"""Shapes that once took the square or the cube of their size, and those beside them."""
MOST_OF_FLEET = 1.1
REFUSED = [fleet for fleet in FLEETS if fleet.files not in {tenants, alike}]
COMMANDS: dict[str, Callable[[], object]] = {
    "check": lambda: checked(Path()),
    "render": lambda: rendered(Request((Path(),))),
    "report": lambda: reported((Path(),), None, (), ""),
}
SMALLER = 10
"""Of the sizes that are measured, the part that is counted: counting is slow."""


def lines(run: Callable[[], object]) -> int:
    """How many lines of krmfn run meanwhile."""
    count = 0

    def inside(*_: Any) -> Any:
        nonlocal count
        count += 1
        return inside

    def called(frame: Any, *_: Any) -> Any:
        return inside if frame.f_code.co_filename.startswith(HOME) else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def answered(items: Items | bytes) -> int:
    """How many lines of krmfn run to answer these items."""
    source = resource_list(items)
    return lines(lambda: resourcelist.dump(function.run(resourcelist.load(source))))


@pytest.mark.parametrize("shape", [each for each in SHAPES if each.name in HELD], ids=lambda shape: shape.name)
def test_work_grows_with_the_input(shape: Shape) -> None:
    """Twice as large is less than 2.3 times the work: an exponent below 1.2."""
    size = max(10, shape.first // SMALLER)
    answered(shape.items(1))  # what is read once is read before
    small, double, four = (answered(shape.items(size * step)) for step in (1, 2, 4))
    assert small
    assert four - double < 2**MOST * (double - small)


@pytest.mark.parametrize("fleet", REFUSED, ids=lambda fleet: fleet.name)
def test_work_grows_with_the_fleet(fleet: Fleet, tmp_path: Path) -> None:
    """Twice as many claims or foreign objects are about twice the work of a check."""
    size = fleet.first // SMALLER
    for step in (0, 1, 2, 4):
        write(fleet.files(size * step or 2), tmp_path / str(step))
    assert checked(tmp_path / "0")
    small, double, four = (lines(partial(checked, tmp_path / str(step))) for step in (1, 2, 4))
    assert small
    assert four - double < 2**MOST_OF_FLEET * (double - small)


@pytest.mark.parametrize("files", [tenants, alike], ids=("with the platform's run", "without it"))
@pytest.mark.parametrize("command", COMMANDS)
def test_a_tenant_costs_the_same_in_any_fleet(
    command: str, files: Callable[[int], Files], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No run looks at all other runs: the next three tenants take as many lines as the three before them."""
    counts = []
    for turn, size in enumerate((9, 3, 6, 9)):
        write(files(size), tmp_path / str(turn))
        monkeypatch.chdir(tmp_path / str(turn))
        counts.append(lines(COMMANDS[command]))
    _, three, six, nine = counts  # what is read once is read in the first turn
    assert six - three > three / 2
    assert abs((nine - six) / (six - three) - 1) < 0.001


def test_every_shape_that_is_held_is_measured() -> None:
    """A name that no shape has would be held by nothing."""
    assert set(HELD) <= {shape.name for shape in SHAPES}
    assert len(REFUSED) == len(FLEETS) - 2
