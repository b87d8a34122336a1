"""Files on disk: read completely and within limits, and replaced in one step."""

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
"""The most files in a folder or a revision; all files count, not only manifests."""
MAX_NAMES = 256 << 20
"""The most bytes of names in a revision: in its list of files, and in the paths of its folders."""
MAX_PATH = 4096
"""The most characters in a link's target; no file system allows more."""
PIECE = 1 << 20
MANY = 100
"""From this number of files on, wait once for the whole disk instead of once for each file."""
LEADS_OUT = "is a link to a place outside the repository, which is not in Git and is not read"
STAGING = ".krmfn-new"
"""The folder in which new files are written first: on the same disk, and removed after the run."""


def content(path: Path, *, named: bool) -> bytes | None:
    """The content of a file.

    Args:
        path: the file.
        named: the user named it; a file that was only found in a folder is read only if it is a regular file.

    Returns:
        None for a pipe, a socket or a device that the user did not name: reading it may never end.

    Raises:
        OSError: the file is too large for a manifest, or cannot be read.
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
        found = _read(descriptor, path, about.st_size if is_file else PIECE)
    finally:
        os.close(descriptor)
    if is_file and len(found) != about.st_size:
        fail(errno.EIO, "it changed while it was read; run this again when nothing else writes to it", path)
    return found


def _read(descriptor: int, path: Path, expected: int) -> bytes:
    # One byte more than expected: of most files the first piece is all, and shorter than asked for because they end.
    whole = _piece(descriptor, path, min(expected + 1, PIECE))
    if len(whole) == expected < PIECE:
        return whole
    pieces = [whole]
    size = len(whole)
    while piece := _piece(descriptor, path, PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_SIZE:
            too_large(path)
    return b"".join(pieces)


def _piece(descriptor: int, path: Path, most: int) -> bytes:
    try:
        return os.read(descriptor, most)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def too_large(path: Path) -> NoReturn:
    fail(errno.EFBIG, f"it is larger than {MAX_SIZE >> 20} MiB; split it, or name it in .krmignore", path)


def fail(number: int | None, reason: str, path: Path) -> NoReturn:
    raise OSError(number or errno.EIO, reason, path.as_posix())


def replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replaces files in a folder, each in one step and in this order, after all new files are on disk.

    A file keeps its mode; a new file gets the mode that the umask allows. The next run in the folder removes what an
    interrupted run left.

    Raises:
        OSError: a new file cannot be written (then no file is replaced), or a file cannot be replaced.
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
    """Removes the unfinished files of an interrupted run.

    Raises:
        OSError: the folder's name is used for something else, or the folder contains something else.
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
    """The mode of the file to replace; None if there is no file.

    Raises:
        OSError: it is a link, which krmfn does not replace.
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
