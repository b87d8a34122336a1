"""stdin, stdout and stderr: everything is read and everything is written, or there is an OSError.

Python alone can lose output. With PYTHONUNBUFFERED=1, a partial write counts as done. A non-blocking pipe refuses
data if its reader is slow. A stream that was closed at the start is None, and the next file that is opened gets its
number. All output of krmfn, click and Python goes through this module.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from errno import EBADF
from io import BufferedWriter, RawIOBase, TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDIN, STDOUT, STDERR = range(3)
PIECE = 1 << 20
STREAMS = {STDIN: "standard input", STDOUT: "standard output", STDERR: "standard error"}


class Whole(RawIOBase):
    """A file descriptor that reads and writes everything, and waits for the other side as long as needed."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def read(self, size: int = -1, /) -> bytes:
        """All bytes until the end, or the first `size` bytes.

        Raises:
            OSError: it cannot be read; `filename` says what.
        """
        pieces: list[bytes] = []
        left = size
        while left:
            try:
                piece = os.read(self._descriptor, min(left, PIECE) if left > 0 else PIECE)
            except BlockingIOError:
                self._wait(writing=False)
                continue
            except OSError as error:
                raise self._named(error, "read") from None
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece) if left > 0 else 0
        return b"".join(pieces)

    def write(self, content: ReadableBuffer, /) -> int:
        """Writes everything, in as many steps as needed: a signal or a full pipe may end a step early.

        Raises:
            OSError: not all of it could be written; `filename` says where to.
        """
        left = memoryview(content).cast("B")
        size = len(left)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                self._wait(writing=True)
            except OSError as error:
                raise self._named(error, "written") from None
        return size

    def _wait(self, *, writing: bool) -> None:
        """Waits until the other side has room, has sent data, or is closed."""
        from select import POLLIN, POLLOUT, poll  # noqa: PLC0415  (few runs have to wait)

        waiting = poll()
        waiting.register(self._descriptor, POLLOUT if writing else POLLIN)
        waiting.poll()

    def _named(self, error: OSError, what: str) -> OSError:
        reason = "it is closed" if error.errno == EBADF else error.strerror
        return OSError(error.errno, f"cannot be {what}: {reason}", STREAMS.get(self._descriptor))


def take_streams() -> None:
    """Replaces sys.stdout and sys.stderr by Whole streams, and reserves the numbers of closed streams."""
    for descriptor in STREAMS:
        try:
            os.fstat(descriptor)
        except OSError:
            # Opened in the wrong direction, so that using it fails like a closed stream. It gets this number, because
            # all lower numbers are taken.
            os.open(os.devnull, os.O_WRONLY if descriptor == STDIN else os.O_RDONLY)
    sys.stdout = _text(STDOUT, "utf-8", "replace", line_buffering=False)
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = _text(STDERR, encoding, "backslashreplace", line_buffering=True)


def _text(descriptor: int, encoding: str, errors: str, *, line_buffering: bool) -> TextIOWrapper:
    return TextIOWrapper(BufferedWriter(Whole(descriptor)), encoding, errors, line_buffering=line_buffering)


def stdin() -> Whole:
    return Whole(STDIN)


def say(text: str) -> None:
    """Writes an answer to stdout, whole, and as UTF-8 in every terminal encoding."""
    sys.stdout.buffer.write(text.encode(errors="replace"))
    sys.stdout.flush()


def close() -> None:
    """Writes what is left, and closes stdout: some file systems report a full disk only then.

    Raises:
        OSError: something could not be written.
    """
    sys.stdout.flush()
    os.close(STDOUT)
    sys.stderr.flush()


def last_words(text: str) -> None:
    """Writes to stderr why krmfn ends; if that fails, only the exit code remains."""
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
