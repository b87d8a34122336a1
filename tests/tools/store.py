"""Built programs in the user's cache: only whole ones are taken, one run builds at a time, and none stays for ever."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.tools import toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 30 * 24 * 3600
"""Seconds that a program is kept after its last use."""


def find(folder: Path, stem: str) -> Path | None:
    """What was built before of exactly these sources; its name ends with its own digest, so half a file is none."""
    for file in folder.glob(f"{stem}-*"):
        told = file.stat()
        if os.access(file, os.X_OK) and _content(file, told.st_size, told.st_mtime_ns) == file.name[len(stem) + 1 :]:
            if told.st_mtime < time.time() - KEPT / 10:
                # Another user's cache may be read as well.
                with suppress(OSError):
                    os.utime(file)
            return file
    return None


def keep(fresh: Path, folder: Path, stem: str) -> Path:
    """Give a program the name that it is found by; nobody ever executes half a program."""
    told = fresh.stat()
    return fresh.rename(folder / f"{stem}-{_content(fresh, told.st_size, told.st_mtime_ns)}")


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Of two test runs one builds a program; the other waits for it. The kernel frees a lock whose holder has died."""
    with (folder / f".{name}.lock").open("a+", encoding="utf-8") as lock:
        deadline = time.monotonic() + toolchain.LONGEST
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > deadline:
                lock.seek(0)
                message = f"process {lock.read()} has been building {name} for {toolchain.LONGEST} s: end it, or wait."
                raise toolchain.ProgramMissingError(message)
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def forget_unused(folder: Path) -> None:
    """Remove programs that nothing has used for long: of older sources, or under an older name."""
    for file in folder.glob("[!.]*"):
        # Another run may be at it, or it may be another user's.
        with suppress(OSError):
            if file.stat().st_mtime < time.time() - KEPT:
                file.unlink()


@functools.cache
def _content(file: Path, _size: int, _changed: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:16]
