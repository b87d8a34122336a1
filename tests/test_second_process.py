"""A second process gives all that it has made, or nothing; and nobody waits for it but the first."""

from __future__ import annotations

import os
import resource
import signal
from typing import TYPE_CHECKING, NoReturn

import pytest

from krmfn.cli.secondprocess import made, started

if TYPE_CHECKING:
    from collections.abc import Callable

    Captured = pytest.CaptureFixture[str]

MUCH = b"all of it\n" * 100_000


def answer(make: Callable[[], bytes]) -> bytes:
    second = started(make)
    assert second is not None
    return made(second)


def killed() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def failed() -> NoReturn:
    raise MemoryError


def test_all_of_it_comes() -> None:
    """More than a pipe holds at a time."""
    assert answer(lambda: MUCH) == MUCH


@pytest.mark.parametrize("ends", [killed, failed])
def test_nothing_comes_of_one_that_does_not_end_well(
    ends: Callable[[], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    """Killed, as by a kernel without memory, or failed: nothing, and not a word."""
    assert answer(ends) == b""
    assert capfd.readouterr() == ("", "")


def test_nothing_comes_where_children_are_not_waited_for() -> None:
    """A parent may have said that nobody waits for children; how one ended is then not known."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert answer(lambda: MUCH) == b""
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_none_is_started_without_descriptors() -> None:
    """One process does it all where the machine has no pipe to give."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        assert started(lambda: MUCH) is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_it_holds_none_of_the_streams() -> None:
    """A host that kills krmfn then reads to the end of its stdout, and must not wait for a second process."""
    assert answer(lambda: bytes(map(is_open, range(3)))) == bytes([False, False, False])
