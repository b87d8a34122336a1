"""What a running git writes, with bounds: how long it may write nothing, and how much it may write."""

from __future__ import annotations

import os
import subprocess
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING

from krmfn.files import MAX_FILES, MAX_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

MOST_SECONDS = 600
"""The longest that git may work without writing anything: it waits for ever for a pipe in place of a file."""
NO_ANSWER = (
    f"git did not answer for {MOST_SECONDS} seconds; make sure that no file, such as .gitignore, is a pipe, and that "
    "the file system answers"
)
PIECE = 1 << 20


class RepositoryError(Exception):
    """The requested path or revision is not in the repository, or there is no repository: a usage error."""


def outcome_of(running: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """The exit code, the output, and the error message on one line.

    Raises:
        RepositoryError: git does not end for too long.
    """
    try:
        out, errors = running.communicate(timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        raise RepositoryError(NO_ANSWER) from None
    return running.returncode, os.fsdecode(out).removesuffix("\n"), " ".join(os.fsdecode(errors).split())


def entries_of(running: subprocess.Popen[bytes], command: str, fine: tuple[int, ...]) -> list[str]:
    """The NUL-terminated entries that a command prints.

    Raises:
        RepositoryError: git fails, writes nothing for too long, or there are more entries than the limit.
    """
    # A few objects can describe a tree of billions of paths, so entries are counted while they are read.
    pieces: list[bytes] = []
    said = b""
    count, size = 0, 0
    for is_entry, piece in _output(running):
        if not is_entry:
            said = (said + piece)[:PIECE]
            continue
        pieces.append(piece)
        count += piece.count(b"\0")
        size += len(piece)
        if count > MAX_FILES or size > MAX_NAMES:
            running.kill()
            most = f"{MAX_FILES} files, or names of more than {MAX_NAMES >> 20} MiB"
            raise RepositoryError(f"the repository has more than {most}; run krmfn in a smaller one")
    if running.wait() not in fine:
        raise RepositoryError(f"git {command}: {' '.join(os.fsdecode(said).split())}")
    return [each for each in os.fsdecode(b"".join(pieces)).split("\0") if each]


def _output(running: subprocess.Popen[bytes]) -> Iterator[tuple[bool, bytes]]:
    """What git writes, as it comes, and if that is its output; git waits if nobody reads its messages.

    Raises:
        RepositoryError: it writes nothing for too long.
    """
    out, errors = pipes(running.stdout, running.stderr)
    with DefaultSelector() as waiting:
        for each in (out, errors):
            waiting.register(each, EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(MOST_SECONDS)
            if not ready:
                running.kill()
                raise RepositoryError(NO_ANSWER)
            for key, _ in ready:
                piece = os.read(key.fd, PIECE)
                if piece:
                    yield key.fileobj is out, piece
                else:
                    waiting.unregister(key.fileobj)


def is_answering(stream: IO[bytes]) -> bool:
    """True once there is something to read; False if that takes too long."""
    with DefaultSelector() as waiting:
        waiting.register(stream, EVENT_READ)
        return bool(waiting.select(MOST_SECONDS))


def pipes(first: IO[bytes] | None, second: IO[bytes] | None) -> tuple[IO[bytes], IO[bytes]]:
    """Two pipes of a process that was started with them."""
    if first is None or second is None:
        raise ValueError("the process was started without pipes")
    return first, second
