"""Walks a folder as kpt does: without charts, hidden folders and ignored files; nothing else is skipped silently."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from krmfn.cli.ignoring import Ignored, parse
from krmfn.files import MAX_FILES, content, fail
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.results import Result

SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
IGNORE_FILE = ".krmignore"
MAX_IGNORED = 64 * 1024
"""The most bytes of an ignore file: every name in the folder is matched with every line."""
LEADS_OUT = "is a link to a place outside the repository, which is not in Git and is not read"
LEADS_NOWHERE = "is a broken link, and declarations may be missing because of it; mend the link, or remove it"
NO_FILE = "is a pipe, a socket or a device, and was not read; name it on the command line to read it"


class Files(Protocol):
    """Where files are: on disk, or in a Git tree. If something cannot be read, OSError has its path and the reason."""

    def below(self, root: Path) -> Files:
        """The same files for a walk from a folder: links are followed only inside the folder's repository."""
        ...

    def is_folder(self, path: Path) -> bool: ...

    def real(self, path: Path) -> Path:
        """The path without links; it is the same for two paths to one file."""
        ...

    def absent(self, path: Path) -> str:
        """The reason why something at the path is not read; empty if it is read."""
        ...

    def dangles(self, path: Path) -> bool:
        """True if the path is a link to nothing."""
        ...

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        """The names of the folders and the files in a folder, including links."""
        ...

    def read(self, path: Path, *, named: bool) -> bytes | None:
        """The content of a file; None if it is not a regular file, such as a pipe that the user did not name."""
        ...


class Disk:
    """The files on disk, as they are now; links are followed only inside `top`, or everywhere if it is not set."""

    def __init__(self, top: Path | None = None) -> None:
        self._top = top
        self._reals: dict[Path, Path] = {}

    def below(self, root: Path) -> Disk:
        return Disk(_top(root))

    def is_folder(self, path: Path) -> bool:
        return path.is_dir()

    def real(self, path: Path) -> Path:
        parent = path.parent
        if parent not in self._reals:
            self._reals[parent] = Path(os.path.realpath(parent))
        return Path(os.path.realpath(path)) if path.is_symlink() or not path.name else self._reals[parent] / path.name

    def absent(self, path: Path) -> str:
        return LEADS_OUT if path.is_symlink() and self._leads_out(path) else ""

    def dangles(self, path: Path) -> bool:
        return path.is_symlink() and not path.exists()

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


class Walk(NamedTuple):
    """What a walk found: counts of read and skipped files by kind, and results for what could not be read.

    `links` has the links that it met, to folders and to files, with what they lead to.
    """

    counts: dict[str, int]
    results: list[Result]
    links: dict[Path, Path]

    def note(self, path: Path, real: Path, files: Files) -> None:
        """Notes the path if it is a link itself."""
        if path.name and real != files.real(path.parent) / path.name:
            self.links[path] = real

    def tally(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def origin_of_file(path: Path | str) -> Origin:
    """The origin for results about a file itself."""
    name = Path(path).as_posix()
    return Origin(ResourceRef("v1", "File", "", name), File(name))


def unreadable(error: OSError) -> Result:
    """An error for a file that cannot be read: otherwise its declarations would seem deleted."""
    return origin_of_file(str(error.filename)).error("unreadable-file", f"cannot be read: {error.strerror}")


def walk(root: Path, leave_out: Path | None, found: Walk, everywhere: Files) -> Iterator[Path]:
    """The files that may contain manifests, in order; links to folders are followed, each folder only once."""
    files = everywhere.below(root)
    specs: dict[Path, Ignored] = {}
    entered: set[Path] = set()
    waiting = [root]
    count = 0
    while waiting:
        folder = waiting.pop()
        try:
            folders, names = files.listed(folder)
        except OSError as error:
            found.results.append(unreadable(error))
            continue
        real = files.real(folder)
        found.note(folder, real, files)
        if "Chart.yaml" in names:
            found.tally("charts")
        if "Chart.yaml" in names or real in entered or (leave_out and real == files.real(leave_out)):
            continue
        entered.add(real)
        count += len(list(folders)) + len(list(names))
        if count > MAX_FILES:
            message = f"has more than {MAX_FILES} files; run krmfn in a smaller folder"
            found.results.append(origin_of_file(root).error("unreadable-file", message))
            return
        specs |= {path.parent: _patterns(path, found, files) for path in [folder / IGNORE_FILE] if path.name in names}
        inner = (each for each in folders if not each.startswith("."))
        kept = [each for each in inner if not _ignored(folder / each, specs, is_folder=True)]
        waiting += [folder / each for each in sorted(kept, reverse=True)]
        yield from _wanted(folder, names, specs, found, files)


def _wanted(
    folder: Path, names: Iterable[str], specs: dict[Path, Ignored], found: Walk, files: Files
) -> Iterator[Path]:
    """The files in a folder that may contain manifests, with a result for files that may have been meant to."""
    for each in sorted(names):
        path = folder / each
        if _ignored(path, specs, is_folder=False):
            found.tally("ignored files")
        elif reason := files.absent(path):
            found.results.append(origin_of_file(path).warning("not-read", reason))
        elif _may_hold_manifests(each):
            yield path
        elif files.dangles(path):
            found.results.append(origin_of_file(path).warning("not-read", LEADS_NOWHERE))


def _may_hold_manifests(name: str) -> bool:
    return (name.endswith(SUFFIXES) and not name.startswith(".")) or name in KUSTOMIZATIONS


def _patterns(path: Path, found: Walk, files: Files) -> Ignored:
    """The patterns of an ignore file; bytes that are not UTF-8 match no name."""
    try:
        text = b"" if files.absent(path) else files.read(path, named=False) or b""
        if len(text) > MAX_IGNORED:
            fail(errno.EFBIG, f"it is larger than {MAX_IGNORED >> 10} KiB; ignore folders instead of files", path)
    except OSError as error:
        found.results.append(unreadable(error))
        text = b""
    return parse(text.decode(errors="replace"))


def _ignored(path: Path, specs: dict[Path, Ignored], *, is_folder: bool) -> bool:
    """True if an ignore file in a folder above ignores the path."""
    return any(
        specs[folder].has(path.relative_to(folder).as_posix(), is_folder=is_folder)
        for folder in (path.parents if specs else ())
        if folder in specs
    )
