"""The fleet around the paths of a command: what one run means depends on the platform's run and on the others.

A command in `tenants/acme/declared` is about that run. But the platform's settings for it are in the folder above,
the platform's definitions are in `platform`, and another run may have claimed its namespace.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.cli.inputs.disk import Disk, repository_of
from krmfn.cli.inputs.documents import objects_in
from krmfn.cli.inputs.folderwalk import SUFFIXES
from krmfn.files import MAX_FILES
from krmfn.fleet import Run, is_plane
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.files import Files
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

HERE = Path()
MARKS = (b"ComputePlane", b"\\")
"""One of these is in every file with a ComputePlane: its kind, or an escape in the place of a letter of it."""


class Surroundings(NamedTuple):
    """The paths to read, and those to answer for; both are the same if nothing around the paths matters."""

    paths: tuple[Path, ...]
    scope: tuple[Path, ...]

    @property
    def is_wider(self) -> bool:
        return self.paths != self.scope

    def wants(self, folder: str) -> bool:
        """True for a folder inside one of the paths to answer for, or around one."""
        path = Path(folder)
        return any(path.is_relative_to(each) or each.is_relative_to(path) for each in self.scope)

    def in_scope(self, results: Iterable[Result], runs: Iterable[Run]) -> Iterator[Result]:
        """The results about the paths to answer for: in their files, and in those of their runs."""
        mine = (*self.scope, *(Path(run.folder) for run in runs))
        for result in results:
            file = Path(result.file.path) if result.file else HERE
            if not self.is_wider or any(file.is_relative_to(each) for each in mine):
                yield result


def surroundings(paths: tuple[Path, ...], files: Files) -> Surroundings:
    """The paths, or instead of each the folder of the fleet that it is in, or of the run that it is in.

    Args:
        paths: the paths, relative to the repository.
        files: the files of the repository.
    """
    around = [_around(path, files) for path in paths]
    if around == [*paths]:
        return Surroundings(paths, paths)
    outermost = [each for each in around if not any(each != other and each.is_relative_to(other) for other in around)]
    return Surroundings(tuple(dict.fromkeys(outermost)), paths)


def run_above(paths: Iterable[Path]) -> Path | None:
    """The folder of the run that the current folder is a part of, if its ComputePlane is above, in the same repository.

    None if some path leads out of the current folder, or if there is a ComputePlane in it.
    """
    here = Path(os.path.abspath(os.curdir))  # noqa: PTH100  (a link keeps its own place)
    top = repository_of(here)
    if top is None or any(path.is_absolute() or ".." in path.parts for path in paths):
        return None
    files = Disk()
    above = (each for each in here.parents if each.is_relative_to(top))
    run = next((each for each in above if any(_planes(each, files))), None)
    return None if run is None or _has_run_below(HERE, files) else run


def _around(path: Path, files: Files) -> Path:
    if path == HERE or path.is_absolute() or ".." in path.parts or not files.is_folder(path):
        return path
    above = [path, *path.parents]
    run = next((each for each in above if is_run(each, files)), None)
    if run is None and not _has_run_below(path, files):
        return path
    return next((each for each in above if _has_platform_beside(each, files)), run or path)


def _has_run_below(folder: Path, files: Files) -> bool:
    """True if a ComputePlane is in the folder or below; links are not followed, because they may form a cycle."""
    waiting = [folder]
    while waiting:
        each = waiting.pop()
        if is_run(each, files):
            return True
        inside = [each / name for name in _listed(each, files)[0] if not name.startswith(".")]
        waiting += [path for path in inside if files.real(path) == files.real(each) / path.name]
    return False


def _has_platform_beside(folder: Path, files: Files) -> bool:
    """True if the platform's run is in a folder directly inside this one."""
    inside, _ = _listed(folder, files)
    return any(
        Run("", (), plane).is_platform
        for name in inside
        if not name.startswith(".")
        for plane in _planes(folder / name, files)
    )


def planes_among(folder: Path, names: Iterable[str], files: Files) -> Iterator[tuple[str, Resource]]:
    """The ComputePlanes among a folder's own files, each with its file; the walk reports what cannot be read."""
    for name in names:
        if name.endswith(SUFFIXES) and not name.startswith("."):
            yield from ((name, each) for each in _documents(folder / name, files) if is_plane(each))


def is_run(folder: Path, files: Files) -> bool:
    """True if a ComputePlane is in the folder."""
    return any(_planes(folder, files))


def _planes(folder: Path, files: Files) -> Iterator[Resource]:
    return (plane for _, plane in planes_among(folder, _listed(folder, files)[1], files))


def _listed(folder: Path, files: Files) -> tuple[list[str], list[str]]:
    try:
        folders, names = files.listed(folder)
    except OSError:
        return [], []
    return sorted(folders)[:MAX_FILES], sorted(names)


def _documents(path: Path, files: Files) -> list[Resource]:
    return _parsed(_content(path, files), MARKS)


def planes_of(content: bytes) -> list[Resource]:
    """The ComputePlanes of a file; none if it cannot be read."""
    return [*filter(is_plane, _parsed(content, MARKS))]


def objects_of(path: Path, files: Files) -> list[Resource]:
    """The objects of a file; none if it cannot be read."""
    return _parsed(_content(path, files))


def objects_in_text(content: bytes) -> list[Resource]:
    """The objects in the content of a file; none if it cannot be read."""
    return _parsed(content)


def namespaces_set(path: Path, files: Files) -> list[str]:
    """The namespaces that a kustomization sets; none if it cannot be read."""
    found = (each.get("namespace") for each in _documents_of(_content(path, files)))
    return [each for each in found if isinstance(each, str)]


def _content(path: Path, files: Files) -> bytes:
    try:
        return b"" if files.absent(path) else files.read(path, named=False) or b""
    except OSError:
        return b""


def _parsed(content: bytes, marks: Iterable[bytes] = (b"",)) -> list[Resource]:
    documents = _documents_of(content) if any(each in content for each in marks) else ()
    return [inner for each in documents for inner in objects_in(each)]


def _documents_of(content: bytes) -> list[Resource]:
    try:
        return [each for each in yaml.load_all(content) if isinstance(each, dict)]
    except yaml.YamlError:
        return []
