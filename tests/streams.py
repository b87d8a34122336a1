"""Runs krmfn in forks of one Python, each with streams that misbehave in one way; prints what came of it as JSON.

`python -m tests.streams [--unbuffered] FOLDER` with a JSON list of [case, arguments, condition] on stdin. A fork is
given its streams as Python would open them at its start; that spares an interpreter's start for each of the many.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import resource
import signal
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, NamedTuple

import krmfn
from krmfn.cli.schema import declarations as schemas

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 4096
"""The least that a pipe holds."""
FILLER = b"#" * SMALL
A_WHILE = 0.03


class Ends(NamedTuple):
    """The descriptors that krmfn gets; None where a stream is closed."""

    stdin: int | None
    stdout: int | None
    stderr: int | None


def opened(descriptor: int, name: str, *, unbuffered: bool) -> None:
    """Sets sys.stdin, stdout or stderr as Python does when it starts."""
    try:
        os.fstat(descriptor)
    except OSError:
        setattr(sys, name, None)
        return
    raw = FileIO(descriptor, "r" if descriptor == 0 else "w", closefd=False)
    if descriptor == 0:
        sys.stdin = TextIOWrapper(BufferedReader(raw), "utf-8")
        return
    buffer: Any = raw if unbuffered else BufferedWriter(raw)
    errors = "backslashreplace" if name == "stderr" else "strict"
    text = TextIOWrapper(buffer, "utf-8", errors, line_buffering=name == "stderr", write_through=unbuffered)
    setattr(sys, name, text)


def forked(arguments: list[str], ends: Ends, *, unbuffered: bool, limit: int | None = None) -> int:
    """A fork that is krmfn with these streams."""
    child = os.fork()
    if child:
        for end in ends:
            if end is not None:
                os.close(end)
        return child
    kept = [None if end is None else fcntl.fcntl(end, fcntl.F_DUPFD, 100) for end in ends]
    for number, end in enumerate(kept):
        if end is None:
            os.close(number)
        else:
            os.dup2(end, number)
    os.closerange(3, 200)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        opened(number, name, unbuffered=unbuffered)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sys.argv = ["krmfn", *arguments]
    from krmfn import cli  # noqa: PLC0415

    cli.main()
    raise AssertionError("main leaves by itself")


def drained(descriptor: int, first: Callable[[], None] = lambda: None) -> bytes:
    first()
    with open(descriptor, "rb") as file:
        return file.read()


def file_of(content: bytes) -> int:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(content)
        file.seek(0)
        return os.dup(file.fileno())


def run(arguments: list[str], condition: str, given: bytes, plain: bytes, *, unbuffered: bool) -> dict[str, Any]:
    """What came of it: exit code, stdout and stderr."""
    stdin, feed = stdin_for(condition, given)
    stdout, drain = stdout_for(condition)
    said = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (read after the fork has ended)
    stderr = os.open("/dev/full", os.O_WRONLY) if condition == "full stderr" else os.dup(said.fileno())
    ends = Ends(stdin, stdout, None if condition == "closed stderr" else stderr)
    limit = len(plain) // 2 if condition == "no room" and plain else None
    child = forked(arguments, ends, unbuffered=unbuffered, limit=limit)
    if feed is not None:
        slowly(feed, given)
    written = drain(child) if drain else b""
    _, status = os.waitpid(child, 0)
    said.seek(0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "stdout": base64.b64encode(written).decode(),
        "stderr": said.read().decode(),
    }


def stdin_for(condition: str, given: bytes) -> tuple[int | None, int | None]:
    """What krmfn reads from, and where the test is to write to."""
    if condition == "closed stdin":
        return None, None
    if condition == "slow stdin":
        stdin, feed = os.pipe()
        os.set_blocking(stdin, False)
        return stdin, feed
    return file_of(given), None


def stdout_for(condition: str) -> tuple[int | None, Callable[[int], bytes] | None]:
    """What krmfn writes to, and how the test gets at it."""
    if condition in {"full", "no room", "closed stdout"}:
        file = {"full": "/dev/full", "no room": tempfile.mkstemp(dir=".")[1]}.get(condition)
        return os.open(file, os.O_WRONLY) if file else None, None
    read, stdout = os.pipe()
    if condition == "closed reader":
        os.close(read)
        return stdout, None
    if condition == "stopped":
        fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, SMALL)
        return stdout, lambda child: drained(read, lambda: stop_and_go(child))
    if condition == "not blocking":
        fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, SMALL)
        os.set_blocking(stdout, False)
        os.write(stdout, FILLER)
        return stdout, lambda _: drained(read, lambda: time.sleep(A_WHILE))[SMALL:]
    return stdout, lambda _: drained(read)


def stop_and_go(child: int) -> None:
    """Stops krmfn once it has filled the pipe, as Ctrl-Z does, and lets it go on."""
    for _ in range(2):
        time.sleep(A_WHILE)
        os.kill(child, signal.SIGSTOP)
        time.sleep(A_WHILE / 5)
        os.kill(child, signal.SIGCONT)


def slowly(feed: int, given: bytes) -> None:
    half = len(given) // 2
    # Most commands do not read it.
    with suppress(BrokenPipeError), open(feed, "wb", buffering=0) as file:
        for part in (given[:half], given[half:]):
            time.sleep(A_WHILE)
            file.write(part)


def main() -> None:
    unbuffered = "--unbuffered" in sys.argv
    os.chdir(sys.argv[-1])
    cases = json.load(sys.stdin)
    # Loaded and made once, for all forks.
    for module in walk_packages(krmfn.__path__, "krmfn."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    schemas.texts()

    given = Path("given.yaml").read_bytes()
    answers: dict[str, Any] = {}
    plain = b""
    for number, (name, arguments, condition) in enumerate(cases):
        ready = [each.replace("{n}", f"{os.getpid()}-{number}") for each in arguments]
        answer = run(ready, condition, given, plain, unbuffered=unbuffered)
        if condition == "plain":
            plain = base64.b64decode(answer["stdout"])
        answers[f"{name}: {condition}"] = answer
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
