"""Walks a folder as kpt would: charts, hidden folders and ignored files left out, nothing lost in silence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pathspec import GitIgnoreSpec

from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.results import Result

SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
IGNORE_FILE = ".krmignore"


class Files(Protocol):
    """Where files are: on disk, or in a Git tree. What cannot be had is an OSError with the path and the reason."""

    def is_folder(self, path: Path) -> bool: ...

    def real(self, path: Path) -> Path:
        """The path without links: the same for two ways to one file."""
        ...

    def absent(self, path: Path) -> str:
        """Why something that stands there is not read; nothing where it is."""
        ...

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        """The names of the folders and of the files in a folder, links included."""
        ...

    def read(self, path: Path) -> bytes | None:
        """What is in a file; None for what is no file, such as a pipe."""
        ...


class Disk:
    """The files on disk, as they are now."""

    def is_folder(self, path: Path) -> bool:
        return path.is_dir()

    def real(self, path: Path) -> Path:
        return path.resolve()

    def absent(self, path: Path) -> str:  # noqa: ARG002  (a disk has what it has)
        return ""

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        folders: list[str] = []
        files: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                # A link may lead round in a circle, which only Path takes for no folder.
                leads_in = Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()
                (folders if leads_in else files).append(entry.name)
        return folders, files

    def read(self, path: Path) -> bytes | None:
        return None if path.exists() and not path.is_file() else path.read_bytes()


class Walk(NamedTuple):
    """A walk's findings: what was read and what was skipped, by kind, and what could not be entered."""

    counts: dict[str, int]
    results: list[Result]

    def tally(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def origin_of_file(path: Path | str) -> Origin:
    """Where results about a file itself point."""
    name = Path(path).as_posix()
    return Origin(ResourceRef("v1", "File", "", name), File(name))


def unreadable(error: OSError) -> Result:
    """What cannot be read may declare something, and what it declares would be taken for gone: an error."""
    return origin_of_file(str(error.filename)).error("unreadable-file", f"cannot be read: {error.strerror}")


def walk(root: Path, leave_out: Path | None, found: Walk, files: Files) -> Iterator[Path]:
    """The files that may hold manifests, in order; links to folders are followed, each folder once."""
    specs: dict[Path, GitIgnoreSpec] = {}
    entered: set[Path] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            folders, names = files.listed(folder)
        except OSError as error:
            found.results.append(unreadable(error))
            continue
        real = files.real(folder)
        is_left_out = leave_out is not None and real == files.real(leave_out)
        if is_left_out or "Chart.yaml" in names or real in entered:
            if "Chart.yaml" in names:
                found.tally("charts")
            continue
        entered.add(real)
        if IGNORE_FILE in names:
            specs[folder] = _patterns(folder / IGNORE_FILE, found, files)
        inner = (each for each in folders if not each.startswith("."))
        kept = [each for each in inner if not _ignored(folder / each, specs, is_folder=True)]
        waiting += [folder / each for each in sorted(kept, reverse=True)]
        for each in sorted(names):
            path = folder / each
            if _ignored(path, specs, is_folder=False):
                found.tally("ignored files")
            elif reason := files.absent(path):
                found.results.append(origin_of_file(path).warning("not-read", reason))
            elif (each.endswith(SUFFIXES) and not each.startswith(".")) or each in KUSTOMIZATIONS:
                yield path


def _patterns(path: Path, found: Walk, files: Files) -> GitIgnoreSpec:
    """The patterns of an ignore file; what is not UTF-8 in it matches no name."""
    try:
        content = files.read(path) or b""
    except OSError as error:
        found.results.append(unreadable(error))
        content = b""
    return GitIgnoreSpec.from_lines(content.decode(errors="replace").splitlines())


def _ignored(path: Path, specs: dict[Path, GitIgnoreSpec], *, is_folder: bool) -> bool:
    return any(
        spec.match_file(path.relative_to(folder).as_posix() + ("/" if is_folder else ""))
        for folder, spec in specs.items()
        if path.is_relative_to(folder)
    )
