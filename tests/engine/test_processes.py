"""The engine itself: no wait without an end or a reason, and nothing that outlives the tests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.engine.clusters import start_etcd
from tests.engine.ports import free_ports
from tests.engine.processes import NotReachedError, Processes, answers
from tests.engine.repositories import serving
from tests.tools.programs import TESTS, ProgramMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.stop_all()


def test_a_wait_ends_and_says_what_for(processes: Processes) -> None:
    """At the deadline a failure names what was waited for, what was seen, and each program's last line."""
    start_etcd(processes)
    with pytest.raises(NotReachedError) as failure:
        processes.wait_for("a sign", lambda: None, 0.3, seen=lambda: "nothing but clouds")
    told = str(failure.value)
    assert "in vain for a sign\nnothing but clouds\n" in told
    assert f"  etcd: {processes.started['etcd'].last_line}" in told
    assert str(processes.folder) in told


def test_a_program_that_cannot_start_ends_the_wait_for_it(processes: Processes) -> None:
    """A port that is taken is a failure at once, with the program's own words."""
    taken = start_etcd(processes)
    [peer] = free_ports(1)
    processes.start(
        "second",
        "etcd",
        f"--data-dir={processes.folder / 'second'}",
        f"--listen-client-urls={taken}",
        f"--advertise-client-urls={taken}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
    )
    with pytest.raises(NotReachedError) as failure:
        processes.wait_for("never", lambda: None, 30)
    told = str(failure.value)
    assert told.startswith("while the test waited for never, second ended by itself, by exit code 1\n  ")
    assert f"listen tcp {taken.removeprefix('http://')}: bind: address already in use" in told
    assert "\n  Another program took a port between its choice and this start: run the tests again.\n" in told


def test_a_program_that_is_killed_from_outside_is_said_to_be(processes: Processes) -> None:
    """It says nothing itself: what killed it may be a machine without memory."""
    start_etcd(processes)
    processes.started["etcd"].running.kill()
    with pytest.raises(NotReachedError) as failure:
        processes.wait_for("never", lambda: None, 30)
    assert "etcd ended by itself, by SIGKILL, perhaps for want of memory\n" in str(failure.value)


def test_nobody_to_ask_is_no_answer(processes: Processes) -> None:
    """A look that fails is repeated; at the deadline the failure says why, and so does what was seen last."""
    [port] = free_ports(1)

    def look() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5) as answer:
            return str(answer.read())

    with pytest.raises(NotReachedError) as failure:
        processes.wait_for("a server", look, 0.3, seen=look)
    refused = "<urlopen error [Errno 111] Connection refused>"
    told = f"in vain for a server\nthe last look at it failed: {refused}\nwhat is there cannot be asked for: {refused}"
    assert told in str(failure.value)


def test_a_server_that_comes_late_is_waited_for(processes: Processes) -> None:
    """Looks that failed do not count once one succeeds."""
    looks = iter([OSError("too early"), None, "there"])

    def look() -> str | None:
        seen = next(looks)
        if isinstance(seen, OSError):
            raise seen
        return seen

    assert processes.wait_for("a server", look, 30) == "there"


STARTS_ETCD = """
import pathlib, sys, time
from tests.engine.clusters import start_etcd
from tests.engine.processes import Processes
print(start_etcd(Processes(pathlib.Path(sys.argv[1]))), flush=True)
time.sleep(600)
"""


def test_what_was_started_dies_with_the_tests(tmp_path: Path) -> None:
    """Killed without a chance to clean up, the tests leave nothing running."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_ETCD, tmp_path], cwd=TESTS.parent, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout
        etcd = starter.stdout.readline().strip()
        assert answers(f"{etcd}/health")
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while answers(f"{etcd}/health"):
        assert time.monotonic() < deadline, f"etcd at {etcd} outlives those who started it"


def test_without_git_nothing_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is told at its start what to install, and not by Flux that a repository cannot be cloned."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissingError, match=r"^git is not on PATH\. .* install git, with git http-backend\.$"):
        serving(tmp_path / "served").__enter__()
    git = tmp_path / "git"
    git.write_text("#!/bin/sh\necho /nowhere\n")
    git.chmod(0o755)
    with pytest.raises(ProgramMissingError, match=r"^/nowhere has no git-http-backend\. "):
        serving(tmp_path / "served").__enter__()


def test_what_git_cannot_serve_is_an_answer_with_its_reason(tmp_path: Path) -> None:
    """A repository or file that is not there fails in the words of who looked for it, and the server goes on."""
    with serving(tmp_path / "served") as server:
        repository = server.repository("there")
        broken = server.repository("broken")
        (server.root / "broken.git/config").write_text("[nonsense", encoding="utf-8")
        refs = "info/refs?service=git-upload-pack"
        for address, status, said in (
            (f"{server.url}/not-there.git/{refs}", 404, "Not a git repository: "),
            (f"{broken.url}/{refs}", 500, "fatal: bad config line "),
            (f"{server.url}/files/not-there.tgz", 404, "no file /files/not-there.tgz"),
        ):
            with pytest.raises(urllib.error.HTTPError) as failure:
                urllib.request.urlopen(address, timeout=30)  # noqa: S310  (http on loopback)
            with failure.value as answer:
                assert answer.code == status
                assert answer.read().decode().startswith(said)
        assert answers(f"{repository.url}/{refs}")
