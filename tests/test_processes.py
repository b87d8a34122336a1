"""What only a process shows: that it says what a call says, a terminal, a pipe that closes, a broken installation."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command_line import PACKAGE, Ends, called, environment, run, start
from tests.declarations import app, redis
from tests.folders import plant
from tests.history import LAST, pull_request

if TYPE_CHECKING:
    from tests.history import History

ENVELOPE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
REDIS = "{apiVersion: apps.cozystack.io/v1alpha1, kind: Redis, metadata: {name: cache, namespace: tenant-a}}"
ITSELF = {"PYTHONPATH": str(PACKAGE.parent)}


@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        (f"{ENVELOPE}items:\n- {REDIS}\n", 0),
        (f"{ENVELOPE}items:\n- {REDIS.replace('Redis', 'Rediss')}\n", 1),
        ("just text", 1),
    ],
)
def test_the_function_says_as_a_process_what_it_says_when_called(stdin: str, code: int) -> None:
    """The other tests call it: the same bytes on both streams, and the same exit code."""
    called, started = run(stdin=stdin), start(stdin=stdin)
    assert started.returncode == code
    assert (called.returncode, called.stdout, called.stderr) == (code, started.stdout, started.stderr)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("plan", "--from", "origin/main"), 0),
        (("check", "--against", "origin/main"), 1),
        (("plan", "--from", "mian"), 2),
        (("render",), 0),
        (("--help",), 0),
    ],
)
def test_a_command_says_as_a_process_what_it_says_when_called(
    arguments: tuple[str, ...], code: int, history: History
) -> None:
    """So do the commands, over the same history."""
    pull_request(history)
    called, started = (each(*arguments, cwd=history.root) for each in (run, start))
    assert started.returncode == code
    assert started.stdout or started.stderr
    assert (called.returncode, called.stdout, called.stderr) == (code, started.stdout, started.stderr)


def test_a_bug_of_ours_says_so(tmp_path: Path) -> None:
    """A broken installation is no user's mistake: exit 3, a traceback, a line that asks for a report, no output."""
    broken = shutil.copytree(PACKAGE, tmp_path / "krmfn", ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "catalog/kinds/redis.yaml").write_text("kind: Redis\n", encoding="utf-8")
    answer = start(stdin=f"{ENVELOPE}items:\n- {REDIS}\n", package=broken, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (3, b"")
    error = answer.stderr.decode()
    assert error.startswith("Traceback ")
    assert "CatalogError" in error
    assert "Please report it" in error.splitlines()[-1]
    plant(tmp_path / "in", {"cache.yaml": redis("tenant-a")})
    assert start("render", tmp_path / "in", package=broken, cwd=tmp_path).returncode == 3


def test_a_terminal_gets_the_help() -> None:
    """Without arguments and without a pipe there is nothing to read, so krmfn says what it is."""
    master, terminal = pty.openpty()
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "krmfn"],
            stdin=terminal,
            capture_output=True,
            check=False,
            env=environment(ITSELF),
        )
    finally:
        os.close(master)
        os.close(terminal)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert answer.stdout.startswith(b"Usage: krmfn ")


def on_terminal(history: History, **more: str) -> str:
    """What `krmfn plan` prints to a terminal."""
    main, side = pty.openpty()
    with Path(os.devnull).open("r+b") as nothing:
        ends = Ends(nothing.fileno(), side, nothing.fileno())
        assert called(["plan", *LAST], ends, history.root, environment(more)) == 0
    os.close(side)
    told = os.read(main, 65536).decode()
    os.close(main)
    return told


def test_colours_are_for_terminals(history: History) -> None:
    """A terminal gets colours, unless NO_COLOR or a dumb one asks for none; a pipe never does."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"b.yaml": app("Redis", "b")})
    assert b"\033" not in start("plan", *LAST, cwd=history.root, more={"TERM": "xterm", "NO_COLOR": ""}).stdout
    assert "\033[32mcreate" in on_terminal(history, TERM="xterm", NO_COLOR="")
    for colourless in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb", "NO_COLOR": ""}):
        told = on_terminal(history, **colourless)
        assert "create" in told
        assert "\033" not in told


def test_no_git_is_usage(history: History) -> None:
    """Without git, plan says so, and what compares nothing works."""
    history.write({"a.yaml": app("Redis", "a")})
    nowhere = {"PATH": str(history.root / "empty")}
    answer = start("plan", cwd=history.root, more=nowhere)
    assert answer.returncode == 2
    assert "needs git, and git is not on PATH" in answer.stderr.decode()
    for command in ("render", "check"):
        assert start(command, cwd=history.root, more=nowhere).returncode == 0


def test_the_same_bytes_in_another_locale(tmp_path: Path) -> None:
    """What is written does not depend on the encoding of the terminal."""
    plant(tmp_path, {"a.yaml": redis("tenant-a") + "spec: {title: Käse}\n"})
    here, there = run("render", cwd=tmp_path), start("render", cwd=tmp_path, more={"PYTHONIOENCODING": "ascii"})
    assert (there.returncode, there.stdout) == (0, here.stdout)
    assert "Käse" in here.stdout.decode()


def test_a_reader_that_leaves_early_is_no_bug(tmp_path: Path) -> None:
    """`krmfn render | head -1` ends quietly: nothing on stderr but the summary, and no request to report a bug."""
    plant(tmp_path, {"many.yaml": "---\n".join(redis("tenant-a", f"cache-{number}") for number in range(500))})
    pipeline = f'"{sys.executable}" -m krmfn render . | head -1'
    answer = subprocess.run(
        ["sh", "-c", pipeline], capture_output=True, check=False, cwd=tmp_path, env=environment(ITSELF)
    )
    assert answer.stdout == b"apiVersion: helm.toolkit.fluxcd.io/v2\n"
    assert answer.stderr in {b"", b"krmfn render: 0 errors, 0 warnings in 1 run; read 1 file with 500 declarations\n"}
