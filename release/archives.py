"""Archives whose bytes depend on their content alone: no owner, no date, one order."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

from release import DATED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXECUTABLE, READABLE = 0o755, 0o644


def packed(files: Mapping[str, bytes], *, executable: str = "") -> bytes:
    """A .tar.gz of files by their paths, one of which may be a program."""
    written = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=written, mtime=DATED) as compressed:
        compressed.write(tarred(files, executable=executable))
    return written.getvalue()


def tarred(files: Mapping[str, bytes], *, executable: str = "") -> bytes:
    """The same, not compressed."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in sorted(files.items()):
            about = tarfile.TarInfo(path)
            about.size, about.mtime, about.mode = len(content), DATED, EXECUTABLE if path == executable else READABLE
            archive.addfile(about, io.BytesIO(content))
    return written.getvalue()


def of_folder(folder: Path) -> bytes:
    """A .tar of all files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return tarred({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})
