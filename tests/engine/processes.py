"""The programs of the engine as processes: none outlives the tests, none is waited for without an end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tests.engine.api import RefusedError
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Given = TypeVar("Given")

# Asks the kernel to kill this process when the one that started it dies, of whatever, then becomes the program.
DIE_WITH_PARENT = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, {int(signal.SIGKILL)})
if os.getppid() != int(sys.argv[1]):
    sys.exit("the tests have ended")
os.execv(sys.argv[2], sys.argv[2:])
"""
PAUSE = 0.1
"""Seconds between two looks at something that is waited for."""
BUSY = 3
"""How many times as long all may take on a machine that is busy."""
LONGEST_LINE = 600
LAST_WORDS = 5
DEAD = 60
"""Seconds that the kernel gets to end a process that was killed."""
ADVICE = {
    "address already in use": "Another program took a port between its choice and this start: run the tests again.",
    "too many open files": "Raise the limit: ulimit -n 4096.",
    "no space left on device": "The disk is full: make room, or point TMPDIR at another one.",
}
"""What a program says before it ends by itself, and what to do about it."""


class NotReachedError(AssertionError):
    """What was waited for did not come: the wait, what was seen last, and what each program said last."""


@dataclass
class Process:
    """A program that runs until it is killed."""

    name: str
    log: Path
    running: subprocess.Popen[bytes]
    peak: int = 0

    @property
    def last_line(self) -> str:
        """The last line of the log that says something: of a controller's JSON the message and the error."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return _readable(lines[-1])[:LONGEST_LINE] if lines else "(nothing)"

    @property
    def end(self) -> str:
        """Of a process that has ended by itself how, its last words, and what to do where that is known."""
        code = self.running.returncode
        by = f"exit code {code}" if code >= 0 else f"{signal.Signals(-code).name}, perhaps for want of memory"
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-LAST_WORDS:]
        advice = [each for said, each in ADVICE.items() if said in "\n".join(lines).lower()]
        return "\n  ".join([by, *(_readable(line)[:LONGEST_LINE] for line in lines), *advice])

    @property
    def peak_memory(self) -> int:
        """The most memory that the process ever held, in MiB."""
        try:
            status = Path(f"/proc/{self.running.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return self.peak
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        return max(self.peak, int(found[1]) // 1024) if found else self.peak

    def kill(self) -> None:
        """End the process at once: on a polite signal an API server drains for up to a minute."""
        self.peak = self.peak_memory
        self.running.kill()
        self.running.wait(DEAD)


@dataclass
class Processes:
    """All that the engine has started, each with its log in one folder."""

    folder: Path
    started: dict[str, Process] = field(default_factory=dict)
    most_memory: int = 0
    """The sum of the peaks of those that ran at one time, in MiB, at the time when it was highest."""

    def start(
        self, name: str, program_name: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Process:
        """Start a program under a name of its own; built first if it never was."""
        path = program(program_name)
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            running = subprocess.Popen(
                [sys.executable, "-ISc", DIE_WITH_PARENT, str(os.getpid()), str(path), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment or {}),
                cwd=self.folder,
                # A Ctrl-C is for the tests alone: they end what they started, in their order.
                start_new_session=True,
            )
        self.started[name] = Process(name, log, running)
        return self.started[name]

    def stop(self, name: str) -> Process:
        """End one program on purpose."""
        self.note_memory()
        process = self.started.pop(name)
        process.kill()
        return process

    def note_memory(self) -> None:
        """Take down what those that run now have held; asked before each end, it misses nothing."""
        self.most_memory = max(self.most_memory, sum(process.peak_memory for process in self.started.values()))

    def stop_all(self) -> None:
        """End every program, the last started first."""
        for name in reversed(self.started.copy()):
            self.stop(name)

    def wait_for(
        self, what: str, check: Callable[[], Given | None], seconds: float = 60, *, seen: Callable[[], str] = str
    ) -> Given:
        """What the check gives once it gives something; it may be asked often, and again while nobody answers it.

        The seconds are those of an idle machine; others may use this one as well.

        Raises:
            NotReachedError: at the deadline, or as soon as a program of the engine has ended by itself.
        """
        deadline = time.monotonic() + seconds * BUSY
        while True:
            failed = ""
            try:
                given = check()
            except OSError as error:
                given, failed = None, f"the last look at it failed: {error}\n"
            if given:
                return given
            for process in self.started.values():
                if process.running.poll() is not None:
                    message = f"while the test waited for {what}, {process.name} ended by itself, by {process.end}"
                    raise NotReachedError(self._told(f"{message}\n{failed}", seen))
            if time.monotonic() > deadline:
                raise NotReachedError(self._told(f"waited {seconds * BUSY:.0f} s in vain for {what}\n{failed}", seen))
            time.sleep(PAUSE)

    def _told(self, message: str, seen: Callable[[], str]) -> str:
        try:
            found = seen()
        except (OSError, RefusedError) as error:
            found = f"what is there cannot be asked for: {error}"
        last = "".join(f"\n  {process.name}: {process.last_line}" for process in self.started.values())
        return f"{message}{found}\nThe last line of each log in {self.folder}:{last}"


def answers(address: str) -> bool:
    """Whether a GET of an address on loopback succeeds."""
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310  (http on loopback)
            return True
    except OSError:
        return False


def _readable(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict):
        return line
    words = [str(entry[key]) for key in ("level", "msg", "error") if key in entry]
    about = next((entry[kind] for kind in entry if kind in {"HelmRelease", "Kustomization", "GitRepository"}), "")
    return f"{' '.join(words)} {about}".strip()
