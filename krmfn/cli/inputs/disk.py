"""The files on disk, as a walk sees them, and the Git repository that they are in."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.files import LEADS_OUT, content, fail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.files import Files


class Disk:
    """The files on disk, as they are now; links are followed only inside `top`, or everywhere if it is not set."""

    def __init__(self, top: Path | None = None) -> None:
        self._top = top
        self._reals: dict[str, Path] = {}

    def below(self, root: Path) -> Disk:
        return Disk(_top(root))

    def is_folder(self, path: Path) -> bool:
        return path.is_dir()

    def real(self, path: Path) -> Path:
        if not path.name or self.is_link(path):
            return Path(os.path.realpath(path))
        # A folder is looked up once for all files in it.
        folder, name = os.path.split(path)
        if folder not in self._reals:
            self._reals[folder] = Path(os.path.realpath(path.parent))
        return self._reals[folder] / name

    def is_link(self, path: Path) -> bool:
        return os.path.islink(path)  # noqa: PTH114  (half of the time that Path takes)

    def absent(self, path: Path) -> str:
        return LEADS_OUT if self.is_link(path) and self._leads_out(path) else ""

    def dangles(self, path: Path) -> bool:
        return self.is_link(path) and not path.exists()

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        folders: list[str] = []
        files: list[str] = []
        before = os.stat(folder)  # noqa: PTH116  (half of the time that Path takes)
        with os.scandir(folder) as entries:
            for entry in entries:
                # A link may be part of a cycle; only Path then says that it is not a folder.
                is_folder = self._leads_in(Path(entry.path)) if entry.is_symlink() else entry.is_dir()
                (folders if is_folder else files).append(entry.name)
        after = os.stat(folder)  # noqa: PTH116
        # A folder that is removed at the same time lists as empty, and its declarations would seem deleted.
        if (before.st_dev, before.st_ino, before.st_mtime_ns) != (after.st_dev, after.st_ino, after.st_mtime_ns):
            fail(errno.EIO, "it changed while it was read; run this again when nothing else writes to it", folder)
        return folders, files

    def read(self, path: Path, *, named: bool) -> bytes | None:
        return content(path, named=named)

    def _leads_in(self, link: Path) -> bool:
        return link.is_dir() and not self._leads_out(link)

    def _leads_out(self, link: Path) -> bool:
        return self._top is not None and not Path(os.path.realpath(link)).is_relative_to(self._top)


class View:
    """Other files, of which perhaps not all are listed: what extends this says which."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def below(self, root: Path) -> Files:
        return self._files.below(root)

    def is_folder(self, path: Path) -> bool:
        return self._files.is_folder(path)

    def real(self, path: Path) -> Path:
        return self._files.real(path)

    def is_link(self, path: Path) -> bool:
        return self._files.is_link(path)

    def absent(self, path: Path) -> str:
        return self._files.absent(path)

    def dangles(self, path: Path) -> bool:
        return self._files.dangles(path)

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        return self._files.listed(folder)

    def read(self, path: Path, *, named: bool) -> bytes | None:
        return self._files.read(path, named=named)


def repository_of(path: Path) -> Path | None:
    """The Git repository that a path is in."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  (a link keeps its own place)
    return next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), None)


def _top(root: Path) -> Path:
    """The repository of a folder; without one, the current folder if it contains the folder, else the folder itself."""
    real = Path(os.path.realpath(root))
    found = repository_of(real)
    if found:
        return found
    here = Path(os.path.realpath(os.curdir))
    return here if real.is_relative_to(here) else real
