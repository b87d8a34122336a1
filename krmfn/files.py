"""Files on disk: read whole and within the limits, and replaced in one step."""

from __future__ import annotations

import errno
import os
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG
from typing import TYPE_CHECKING

from krmfn.yaml.loading import MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import NoReturn

MAX_FILES = 1_000_000
"""Of a folder or a revision, all of them counted, manifests or not."""
MAX_NAMES = 256 << 20
"""Bytes of the names in a revision: of its list of files, and of the paths of its folders."""
MAX_PATH = 4096
"""Characters of what a link says; no disk has longer ones."""
PIECE = 1 << 20
MANY = 100
"""From here on the disk is waited for once, which is for everybody's files, and no longer for each of ours."""
STAGING = ".krmfn-new"
"""Where files are made before they take their places: on the same disk, and gone after the run."""


def content(path: Path, *, named: bool) -> bytes | None:
    """All that is in a file.

    Args:
        path: to be read.
        named: whether a user named it; what only a walk has come upon is read if it is an ordinary file.

    Returns:
        None for a pipe, a socket or a device that nobody named: reading it might never end.

    Raises:
        OSError: it is too large to be a manifest, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | (0 if named else os.O_NONBLOCK))
    except OSError as error:
        if error.errno == errno.ENXIO and not named:
            return None  # A socket.
        raise
    try:
        about = os.fstat(descriptor)
        is_file = S_ISREG(about.st_mode)
        if not is_file and not named:
            return None
        if is_file and about.st_size > MAX_SIZE:
            too_large(path)
        found = _read(descriptor, path)
    finally:
        os.close(descriptor)
    if is_file and len(found) != about.st_size:
        fail(errno.EIO, "it changed while it was read; run this again when nothing else writes to it", path)
    return found


def _read(descriptor: int, path: Path) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := _piece(descriptor, path):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_SIZE:
            too_large(path)
    return b"".join(pieces)


def _piece(descriptor: int, path: Path) -> bytes:
    try:
        return os.read(descriptor, PIECE)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def too_large(path: Path) -> NoReturn:
    fail(errno.EFBIG, f"it is larger than {MAX_SIZE >> 20} MiB; split it, or name it in .krmignore", path)


def fail(number: int | None, reason: str, path: Path) -> NoReturn:
    raise OSError(number or errno.EIO, reason, path.as_posix())


def replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replaces files below a folder, each in one step and in this order, and none before all of them are on disk.

    A file keeps its mode, and a new one has what the umask leaves. What an interruption leaves behind is cleared by the
    next run over the folder.

    Raises:
        OSError: a file cannot be made, and then none was replaced, or cannot be put into its place.
    """
    staging = folder / STAGING
    clear(staging)
    if not contents:
        return
    staging.mkdir()
    try:
        many = len(contents) > MANY
        for number, (path, text) in enumerate(contents.items()):
            _make(staging / str(number), text, _mode(folder / path), wait=not many)
        if many:
            os.sync()
        for number, path in enumerate(contents):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (staging / str(number)).replace(folder / path)
    finally:
        clear(staging)


def clear(staging: Path) -> None:
    """Removes what an interrupted run left of its unfinished files.

    Raises:
        OSError: something else has that name, or is among them.
    """
    try:
        about = staging.lstat()
    except FileNotFoundError:
        return
    if not S_ISDIR(about.st_mode):
        fail(errno.EEXIST, "it is in the way of files that are being made; remove it", staging)
    for each in staging.iterdir():
        if each.name.isdecimal():
            each.unlink()
    staging.rmdir()


def _mode(place: Path) -> int | None:
    """The mode of the file that is replaced; None where there is none.

    Raises:
        OSError: it is a link, which stays a user's.
    """
    try:
        about = place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if S_ISLNK(about.st_mode):
        fail(errno.EEXIST, "it is a link, and would have to be replaced by a file; remove it", place)
    return S_IMODE(about.st_mode)


def _make(path: Path, text: bytes, mode: int | None, *, wait: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        left = memoryview(text)
        while left:
            left = left[os.write(descriptor, left) :]
        if mode is not None:
            os.fchmod(descriptor, mode)
        if wait:
            os.fsync(descriptor)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path.parent.parent)) from None
    finally:
        os.close(descriptor)
