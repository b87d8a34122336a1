"""The engine itself: no wait without an end or a reason, and nothing that outlives the tests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.clusters import start_etcd
from tests.engine.processes import NotReachedError, Processes, answers, free_ports
from tests.tools.programs import TESTS

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
    assert "second ended by itself with exit code 1 while the test waited for never" in str(failure.value)
    assert "address already in use" in str(failure.value)


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
