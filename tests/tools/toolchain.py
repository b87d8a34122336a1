"""Go as the tests use it: found, new enough, never waited for without an end; each failure says what to do."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ELSEWHERE = "/usr/local/go/bin"
"""Where Go's own installer puts it; a shell's profile, which adds that to PATH, may not have been read."""
INSTALL = "Install Go 1.26 or newer, see https://go.dev/dl/."
ENVIRONMENT = {"CGO_ENABLED": "0", "GO111MODULE": "on", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
"""What a user's own settings must not change: a program is what its sources say, wherever it is built."""
ANSWER = 300
"""Seconds for what takes one; more, for an older Go may first fetch the one that a go.mod asks for."""
LONGEST = 1800
"""Seconds that a build may take; the longest takes three minutes on two idle cores."""

ROOM = "The disk is full: make room, or point TMPDIR, GOCACHE, GOMODCACHE and XDG_CACHE_HOME at another one."
WRITABLE = "Point HOME or XDG_CACHE_HOME at a folder that this user may write to."
FETCH = (
    "Go fetches each module once, from the proxy that GOPROXY names: try again where there is a network, "
    "`python -m tests.tools.programs` and the same with `engine` fetch all; or give GOPROXY one that answers here."
)
REMEDIES = {
    r"no space left on device|disk quota exceeded": ROOM,
    r"requires go >= |toolchain not available|: download go\d": INSTALL,
    r"permission denied|read-only file system|(GOCACHE|GOPATH|HOME|module cache).* not (defined|found|set)": WRITABLE,
    r"dial tcp|GOPROXY=off|GOPROXY list|reading https?://|TLS|i/o timeout|unexpected EOF": FETCH,
}
"""What Go says, and what to do about it; the first that fits."""


class ProgramMissingError(Exception):
    """What to install so that the tests can run; a missing program fails them and never skips them."""


def installed(name: str, remedy: str) -> Path:
    """The path of a program of the machine."""
    found = shutil.which(name) or shutil.which(name, path=ELSEWHERE)
    if not found:
        raise ProgramMissingError(f"{name} is not on PATH. {remedy}")
    return Path(found)


def go(purpose: str) -> Path:
    """The path of Go."""
    return installed("go", f"It is needed to {purpose}: {INSTALL[0].lower()}{INSTALL[1:]}")


@cache
def version(go: Path, module: Path) -> str:
    """Version and platform of the Go that would build a module; new enough for it."""
    told = run([go, "env", "GOVERSION", "GOOS", "GOARCH"], module, ANSWER)
    needed = re.search(r"^go (\d+)\.(\d+)", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    found = re.search(r"go(\d+)\.(\d+)", told)
    if needed and not (found and _numbers(found) >= _numbers(needed)):
        raise ProgramMissingError(
            f"Go {'.'.join(needed.groups())} or newer is needed for {module}, found {told.split()[0]} at {go}. "
            f"{INSTALL} Or let it fetch a newer one: GOTOOLCHAIN=auto."
        )
    return told


def run(command: Sequence[str | Path], folder: Path, seconds: float) -> str:
    """What a command of Go's prints; with all that it started it is ended at the deadline.

    Raises:
        ProgramMissingError: what it said instead, and what to do about it.
    """
    told = f"{' '.join(map(str, command))}, in {folder},"
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # Files and no pipes: a compiler that outlives `go` would hold a pipe open.
        running = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            code = running.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ProgramMissingError(
                f"{told} has not ended after {seconds:.0f} s. Its last words: {_text(errors.fileno()) or 'none'}\n"
                "Where the network or the machine is slow, run it by hand once: what it has done so far is kept."
            ) from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait(ANSWER)
        if code:
            said = f"{_text(output.fileno())}\n{_text(errors.fileno())}".strip()
            raise ProgramMissingError(f"{told} failed:\n{said}\n{_remedy(said)}".rstrip())
        return _text(output.fileno())


def cannot_write(folder: Path, error: OSError) -> ProgramMissingError:
    """What to do where a file cannot be kept."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return ProgramMissingError(f"{folder} cannot be written to: {error}. {ROOM if full else WRITABLE}")


def _remedy(said: str) -> str:
    return next((remedy for pattern, remedy in REMEDIES.items() if re.search(pattern, said)), "")


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, found.groups()))


def _text(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, size, 0).decode(errors="replace")
