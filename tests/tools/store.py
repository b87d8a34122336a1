"""Built programs in the user's cache: only whole ones are taken, one run builds at a time, and none stays for ever."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools import toolchain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def made(folder: Path, name: str, digest: str, make: Callable[[Path], None]) -> Path:
    """What is made once in a folder from sources of this digest; `make` gets the path that it is to fill.

    Raises:
        ProgramMissingError: it is not there and cannot be made.
    """
    found = folder / f"{name}-{digest[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder, name):
            if not found.is_dir():
                # A folder beside it, then a rename: nobody ever uses half of one.
                with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as scratch:
                    fresh = Path(scratch, "made")
                    make(fresh)
                    fresh.rename(found)
    except OSError as error:
        raise toolchain.cannot_write(folder, error) from error
    return found


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
