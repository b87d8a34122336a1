"""stdin, stdout and stderr: what is read is all of it, and what is written is all of it, or it is an OSError.

Python alone loses output. Under PYTHONUNBUFFERED=1 a write that took only a part counts as done; a pipe that does not
block refuses what its reader has no room for; a stream that was closed at the start is None, and the next file that
is opened gets its number. Everything that krmfn says goes through here, and so does what click and Python say.
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
    """A file descriptor that gives all there is and takes all it is given, however long the other side takes."""

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
        """All that comes until the end, or its first `size` bytes.

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
        """Writes all of it, in as many steps as it takes: a signal or a full pipe may end each of them early.

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
        """Returns when the other side has made room or sent more, or is gone."""
        from select import POLLIN, POLLOUT, poll  # noqa: PLC0415  (few runs have to wait)

        waiting = poll()
        waiting.register(self._descriptor, POLLOUT if writing else POLLIN)
        waiting.poll()

    def _named(self, error: OSError, what: str) -> OSError:
        reason = "it is closed" if error.errno == EBADF else error.strerror
        return OSError(error.errno, f"cannot be {what}: {reason}", STREAMS.get(self._descriptor))


def take_streams() -> None:
    """Makes sys.stdout and sys.stderr whole, and keeps the numbers of closed streams from the files opened next."""
    for descriptor in STREAMS:
        try:
            os.fstat(descriptor)
        except OSError:
            # Opened the wrong way round, so that using it fails as using a closed one does. The lowest free number
            # is this one, for those below are taken.
            os.open(os.devnull, os.O_WRONLY if descriptor == STDIN else os.O_RDONLY)
    sys.stdout = _text(STDOUT, "utf-8", "replace", line_buffering=False)
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = _text(STDERR, encoding, "backslashreplace", line_buffering=True)


def _text(descriptor: int, encoding: str, errors: str, *, line_buffering: bool) -> TextIOWrapper:
    return TextIOWrapper(BufferedWriter(Whole(descriptor)), encoding, errors, line_buffering=line_buffering)


def stdin() -> Whole:
    return Whole(STDIN)


def close() -> None:
    """Writes what is left, and closes stdout: some disks say only then that they are full.

    Raises:
        OSError: something could not be written.
    """
    sys.stdout.flush()
    os.close(STDOUT)
    sys.stderr.flush()


def last_words(text: str) -> None:
    """Says on stderr why krmfn ends; where nobody can be told, the exit code has to do."""
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
