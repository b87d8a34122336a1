"""How far a command is: shown on a terminal for work of over a second, and nowhere else."""

from __future__ import annotations

import os
import pty
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import pytest

from krmfn.cli import progress
from tests.command_line import Ends, called, environment, run_in
from tests.declarations import plane, redis
from tests.folders import plant

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("acme", "birch", "cedar")
DUMB, NO_COLOUR, IN_CI = {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"CI": "true"}
TERMINAL = {"TERM": "xterm", "COLUMNS": "100", "CI": ""}
LONGEST = 1 << 20


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    files = {f"tenants/{name}/plane.yaml": plane("{}", f"tenant-{name}", name) for name in NAMES}
    return plant(tmp_path, {**files, **{f"tenants/{name}/cache.yaml": redis(f"tenant-{name}") for name in NAMES}})


def on_terminal(folder: Path, *arguments: str, more: dict[str, str] | None = None) -> str:
    """What a command writes to stderr where that is a terminal."""
    ours, theirs = pty.openpty()
    with TemporaryFile(buffering=0) as nothing, TemporaryFile(buffering=0) as out:
        ends = Ends(nothing.fileno(), out.fileno(), theirs)
        code = called(arguments, ends, folder, environment({**TERMINAL, **(more or {})}))
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, LONGEST):
            said += piece
    except OSError:
        # The other end is closed, and all that was in it is read.
        pass
    os.close(ours)
    assert code == 0, said
    return said.decode()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every command took longer than it does, and over more files."""
    monkeypatch.setattr(progress, "AFTER", -1.0)
    monkeypatch.setattr(progress, "MANY", progress.STEPS)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("command", "steps"),
    [("render", ("reading files", "rendering runs")), ("check", ("reading files", "expanding runs"))],
)
def test_on_a_terminal_it_is_shown_and_gone_in_the_end(fleet: Path, command: str, steps: tuple[str, ...]) -> None:
    """How many files were read, then a bar over the runs; what stays on the screen is what a pipe gets."""
    said = on_terminal(fleet, command)
    for step in steps:
        assert step in said
    assert f"{len(NAMES)}/{len(NAMES)}" in said
    shown, cleared, rest = said.rpartition(progress.CLEAR)
    assert (bool(shown), bool(cleared)) == (True, True)
    assert not any(step in rest for step in steps)
    # No colour, with or without NO_COLOR: only the cursor is moved, and hidden meanwhile.
    assert "\033[3" not in shown
    assert rest.replace("\r\n", "\n").endswith(run_in(fleet, command).stderr.splitlines()[-1] + "\n")


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("more", [DUMB, IN_CI])
def test_some_terminals_get_none(fleet: Path, more: dict[str, str]) -> None:
    """One that cannot move its cursor, and the log of a pipeline."""
    assert "reading files" not in on_terminal(fleet, "render", more=more)


@pytest.mark.usefixtures("at_once")
def test_a_pipe_gets_none(fleet: Path) -> None:
    """Whatever takes how long: what is read by programs is findings and the verdict."""
    for command in ("render", "check"):
        said = run_in(fleet, command).stderr
        assert "reading files" not in said
        assert "\033" not in said


def test_what_is_quick_shows_none(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing for less than a second, which here lasts as long as it takes."""
    monkeypatch.setattr(progress, "AFTER", float("inf"))
    said = on_terminal(fleet, "render", more=NO_COLOUR)
    assert "reading files" not in said
    assert "\033" not in said
