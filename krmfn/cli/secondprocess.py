"""A second process that makes something for this one, and is neither seen nor heard by anyone else."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

STREAMS = range(3)


class Second(NamedTuple):
    """A process that is running, and the descriptor to read what it makes."""

    pid: int
    reader: int


def cores() -> int:
    """How many processes can run at once; 1 where a process cannot be divided in two."""
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def started(make: Callable[[], bytes]) -> Second | None:
    """Starts a copy of this process, which calls `make` and ends; None if the machine has no room for one."""
    try:
        reader, writer = os.pipe()
    except OSError:
        return None
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return None
    if not pid:
        os.close(reader)
        _work(make, writer)
    os.close(writer)
    return Second(pid, reader)


def made(second: Second) -> bytes:
    """Waits for the end of a process, and returns what it made; empty if not all of that is known to be there."""
    with open(second.reader, "rb") as stream:  # noqa: PTH123  (a pipe)
        sent = stream.read()
    try:
        _, status = os.waitpid(second.pid, 0)
    except ChildProcessError:
        # Whoever started krmfn ignores SIGCHLD, and so the system does not say how a process ended.
        return b""
    return b"" if status else sent


def _work(make: Callable[[], bytes], writer: int) -> NoReturn:
    """Makes it, sends it, and ends this process, which must not write what its parent has not written yet."""
    code = 1
    try:
        # Whoever kills krmfn waits until nobody has its streams.
        for descriptor in STREAMS:
            with suppress(OSError):
                os.close(descriptor)
        with open(writer, "wb") as stream:
            stream.write(make())
        code = 0
    finally:
        os._exit(code)
