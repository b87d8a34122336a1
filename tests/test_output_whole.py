"""The whole answer with exit 0, or another exit code: whatever the streams are and whoever is at their other end."""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.command_line import PACKAGE, environment
from tests.declarations import app
from tests.history import ROOT, History

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENVELOPE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
ITEM = (
    "- apiVersion: apps.cozystack.io/v1alpha1\n  kind: Redis\n  spec: {nobodyKnowsThis: 1}\n"
    "  metadata: {name: cache-%d, namespace: a}\n"
)
COMMANDS = {
    "function": (),
    "render": ("render", "tree"),
    "render into a folder": ("render", "tree", "--output-dir", "out-{n}"),
    "check": ("check", "tree", "--format", "json"),
    "plan": ("plan", "tree", "--from", "HEAD~1", "--to", "HEAD"),
    "why": ("why", "Redis/cache-1", "--path", "tree/few/1.yaml"),
    "reach": ("reach", "--path", "tree/few"),
    "import": ("import", "tree"),
    "matrix": ("matrix", "tree"),
    "schema": ("schema", "ComputePlane"),
    "version": ("version",),
    "init": ("init", "fleet-{n}"),
    "help": ("--help",),
}
FEW = 4
"""Files of which an answer about all their pairs is longer than the least that a pipe holds."""
LOST = {"full", "no room", "closed stdout"}
CONDITIONS = ("closed reader", "stopped", "not blocking", *sorted(LOST), "closed stdin", "closed stderr", "full stderr")
NO_MEMORY = "error: there is not enough memory for this input; give krmfn more, or split the input"
STDIN_CLOSED = "error: standard input: cannot be read: it is closed\n"


class Answer(NamedTuple):
    code: int
    stdout: bytes
    stderr: str


def conditions(command: str) -> tuple[str, ...]:
    return (*CONDITIONS, "slow stdin") if command == "function" else CONDITIONS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """A ResourceList, and a history whose commands have something to say on both streams."""
    root = tmp_path_factory.mktemp("streams")
    history = History(root, store)
    many = {
        f"tree/{'few/' if n < FEW else ''}{n}.yaml": app("Redis", f"cache-{n}", "{nobodyKnowsThis: 1}")
        for n in range(12)
    }
    given = ENVELOPE + "".join(ITEM % number for number in range(12))
    history.commit({"tree/none.yaml": app("Redis", "none"), "given.yaml": given})
    history.commit(many)
    return root


@pytest.fixture(scope="module", params=["buffered", "unbuffered"])
def answers(request: pytest.FixtureRequest, folder: Path) -> dict[str, Answer]:
    """What each command does under each condition."""
    cases = [(name, command, each) for name, command in COMMANDS.items() for each in ("plain", *conditions(name))]
    done = subprocess.run(
        [sys.executable, "-m", "tests.streams", *(["--unbuffered"] if request.param == "unbuffered" else []), folder],
        cwd=ROOT,
        env=environment(),
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return {name: Answer(each["code"], base64.b64decode(each["stdout"]), each["stderr"]) for name, each in made.items()}


@pytest.mark.parametrize(("command", "condition"), [(name, each) for name in COMMANDS for each in conditions(name)])
def test_the_whole_answer_or_no_exit_0(answers: dict[str, Answer], command: str, condition: str) -> None:
    """Every byte arrives where that is possible; where it is not, the exit code is not 0 and one line says why."""
    expected, answer = answers[f"{command}: plain"], answers[f"{command}: {condition}"]
    assert expected.code in {0, 1}
    assert expected.stdout or expected.stderr
    if condition == "closed stdin" and command == "function":
        assert answer == (1, b"", STDIN_CLOSED)
    elif condition == "no room" and command == "init":
        # Its files meet the limit before its words do.
        assert answer.code == 1
        assert answer.stderr.count("[cannot-write]") == len(answer.stderr.splitlines()) == 1
    elif condition in LOST and expected.stdout:
        first, *rest = answer.stderr.splitlines()
        assert answer.code == 1
        assert first.startswith("error: standard output: cannot be written: ")
        assert not rest or "krmfn: " in rest[0]
    elif condition == "closed reader" and expected.stdout:
        assert (answer.code, answer.stderr) == (1, "")
    elif condition in {"closed stderr", "full stderr"}:
        # Who cannot be told why has the exit code; nothing of it strays to stdout.
        assert answer.code == (1 if expected.stderr else expected.code)
        assert answer.stdout == _numbered(expected.stdout, answer.stdout) or (answer.code == 1 and not answer.stdout)
    else:
        assert answer.code == expected.code
        assert answer.stdout == _numbered(expected.stdout, answer.stdout)
        assert answer.stderr == expected.stderr


def _numbered(expected: bytes, answer: bytes) -> bytes:
    """What is expected, for the folder that this answer names: each run of init writes to one of its own."""
    found = answer.partition(b"/")[0]
    return (
        expected.replace(expected.partition(b"/")[0] + b"/", found + b"/") if found.startswith(b"fleet-") else expected
    )


def process(
    arguments: list[str], *, stdin: bytes = b"", before: Callable[[], None] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "krmfn", *arguments],
        input=stdin.decode(),
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=before,
        **options,
    )


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """On a disk of 64 KB, made where root may and else a limit of the same size, an answer of more is exit 1."""
    given = ENVELOPE + "".join(ITEM % number for number in range(300))
    disk = tmp_path / "disk"
    disk.mkdir()
    limit: Callable[[], None] | None = None
    if os.getuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    else:
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))  # noqa: E731
    try:
        with (disk / "answer").open("wb") as stdout:
            answer = process([], stdin=given.encode(), before=limit, stdout=stdout)
        assert (disk / "answer").stat().st_size == 64 << 10
    finally:
        if limit is None:
            subprocess.run(["umount", disk], check=True)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: standard output: cannot be written: ")
    assert len(answer.stderr.splitlines()) == 1


def test_a_report_is_whole_or_none(folder: Path) -> None:
    """As every command; apart, for it takes longer than all of them."""
    full = os.open("/dev/full", os.O_WRONLY)
    reader, writer = os.pipe()
    os.close(reader)
    told = {}
    for end, descriptor in (("full", full), ("closed reader", writer)):
        answer = process(["report", str(folder / "tree")], stdout=descriptor)
        os.close(descriptor)
        told[end] = (answer.returncode, answer.stderr.splitlines())
    assert told["closed reader"] == (1, [])
    code, (line,) = told["full"]
    assert code == 1
    assert line.startswith("error: standard output: cannot be written: ")


def test_too_little_memory_is_no_bug(tmp_path: Path) -> None:
    """An input that does not fit is exit 1 and one line, without a traceback or a wish for a report."""
    given = ENVELOPE + "".join(ITEM % number for number in range(6000))

    def poor() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (60 << 20, 60 << 20))

    (tmp_path / "many.yaml").write_text("---\n".join(app("Redis", f"cache-{number}") for number in range(6000)))
    for arguments, stdin in (([], given.encode()), (["check", str(tmp_path)], b"")):
        answer = process(arguments, stdin=stdin, before=poor, stdout=subprocess.PIPE)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert answer.stderr == f"{NO_MEMORY}\n"


def test_what_needs_memory_at_the_end_has_some(tmp_path: Path) -> None:
    """A generator that is left half way ends when its frame is freed, before all that fills the memory is."""
    script = (
        "import resource, sys\nfrom krmfn import cli\n"
        "def half_way():\n"
        "    try: yield\n"
        "    finally: bytearray(1 << 20)\n"
        "def greedy(*_):\n"
        "    generator, filled = half_way(), []\n"
        "    next(generator)\n"
        "    now = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (now + (8 << 20),) * 2)\n"
        "    while True: filled.append(bytearray(1 << 16))\n"
        "cli.as_command = greedy\nsys.argv = ['krmfn', 'version']\ncli.main()\n"
    )
    (tmp_path / "greedy.py").write_text(script)
    done = subprocess.run(
        [sys.executable, tmp_path / "greedy.py"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{NO_MEMORY}\n"


def test_a_bug_is_told_on_stderr_alone(tmp_path: Path) -> None:
    """Where stderr is closed, a traceback goes nowhere, and not into what the next program reads."""
    script = (
        "import sys\nfrom krmfn import cli\n"
        "def broken(*_): raise ZeroDivisionError\n"
        "cli.as_command = broken\nsys.argv = ['krmfn', 'version']\ncli.main()\n"
    )
    (tmp_path / "broken.py").write_text(script)
    for closed, lines in ((False, ["Traceback", cli_report()]), (True, [])):
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" "$@" {"2>&-" if closed else ""}', sys.executable, tmp_path / "broken.py"],
            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (3, "")
        assert [each for each in lines if each not in done.stderr] == []


def cli_report() -> str:
    from krmfn.cli import REPORT  # noqa: PLC0415

    return REPORT


def test_a_bug_tells_no_value_of_the_input(tmp_path: Path) -> None:
    """Python puts values into messages of exceptions; a traceback says where, of which type and after which other."""
    script = (
        "import sys\nfrom krmfn import cli\n"
        "def broken(*_):\n"
        "    try: int('hunter2')\n"
        "    except ValueError as error: raise KeyError('hunter3') from error\n"
        "cli.as_command = broken\nsys.argv = ['krmfn', 'version']\ncli.main()\n"
    )
    (tmp_path / "broken.py").write_text(script)
    done = subprocess.run(
        [sys.executable, tmp_path / "broken.py"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "\nValueError\n" in done.stderr
    assert "\nKeyError\n" in done.stderr
    # The script's own lines are shown: they are the program's, and no input.
    assert [line for line in done.stderr.splitlines() if "hunter" in line and "    " not in line] == []
