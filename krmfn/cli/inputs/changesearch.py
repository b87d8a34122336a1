"""Sorts the paths that differ from a revision: into runs that changed, what all runs share, and what is in no run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.inputs.folderwalk import FOR_ALL, KUSTOMIZATIONS, SUFFIXES, is_reached
from krmfn.cli.inputs.listings import Listings
from krmfn.cli.inputs.sharedfacts import platform_of, shared_namespaces
from krmfn.cli.inputs.surroundings import planes_among, planes_of
from krmfn.fleet import Run
from krmfn.repository import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.cli.inputs.folderwalk import Files
    from krmfn.repository import Entry, Repository
    from krmfn.resourcelist import Resource

PROGRAM, IMAGE = re.compile(rb"krmfn"), re.compile(rb"krmfn[:@]")
"""How a file may name the krmfn that renders: as a program to install, or as an image in a manifest."""
PROSE = (".md", "CODEOWNERS")
MOST_WORDS = 100
"""The most namespaces for which the repository is searched; with more, all of it is read."""


class ChangedRuns(NamedTuple):
    """What changed since a revision.

    Attributes:
        folders: the folders of the changed runs, with everything in them.
        files: other files to read, because they may be about these runs.
        platform: the folder of the platform's run, which is read as well.
        gone: the folders of removed runs.
        whole: why everything counts as changed; empty if it does not.
    """

    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    platform: str = ""
    gone: frozenset[str] = frozenset()
    whole: str = ""

    def left_out(self, revision: str) -> str:
        """What is left out, for the last line."""
        if self.whole:
            return f"; left out nothing that is as it was at {revision}, because {self.whole}"
        if self == ChangedRuns():
            return f"; nothing has changed since {revision}"
        return f"; left out the runs that are as they were at {revision}"

    def has(self, folder: Path) -> bool:
        """True for the folder of a run that changed, and for those in it."""
        return any(each.as_posix() in self.folders for each in (folder, *folder.parents))

    def above(self) -> frozenset[str]:
        """The folders on the way to what is read."""
        paths = map(Path, (*self.folders, *self.files, self.platform))
        return frozenset(each.as_posix() for path in paths for each in path.parents)

    def paths(self) -> frozenset[str]:
        """All that is read, as folders and files."""
        around = {(Path(folder) / name).as_posix() for folder in (*self.above(), ".") for name in FOR_ALL}
        return frozenset({*self.folders, *self.files, *around, self.platform} - {""})


class Now(NamedTuple):
    """The files that are compared with a revision.

    Attributes:
        name: that of their own revision, or WORKTREE.
        files: where they are.
        roots: the folders and files of the fleet, each with its path inside the repository.
        top: the repository's own folder, as `files` has it.
    """

    name: str
    files: Files
    roots: Mapping[Path, Path]
    top: Path = Path()


class Search:
    """Collects what the differing paths mean, one by one."""

    def __init__(self, repository: Repository, now: Now, output: Path | None) -> None:
        self._repository = repository
        self._now_at = now
        self._roots = now.roots
        self._files = Listings(now.files)
        self._output = output
        self._inside_output = _inside(repository, output) if output else None
        self._folders: set[Path] = set()
        self._besides: set[Path] = set()
        self._gone: set[Path] = set()
        self._around: list[Path] = []
        self._claims_may_differ = False
        self._known: dict[Path, dict[str, Resource]] = {}

    def whole(self, path: str, was: Entry | None) -> str:
        """Notes a path that differs; returns the reason if it means that everything changed, else nothing."""
        if self._inside_output and Path(path).is_relative_to(self._inside_output):
            self._of_output(Path(path).relative_to(self._inside_output))
            return ""
        root, place = next(self._placed(path), (Path(), None))
        if place is None or not is_reached(root, place, self._files):
            return self._pin(path, was)
        homes = [folder for folder in place.parents if folder.is_relative_to(root) and self._planes(folder)]
        texts = (self._before(path, was), self._now(path))
        before, now = map(planes_of, texts)
        if any(Run("", (), plane).is_platform for plane in (*before, *now)):
            return f"{path}, the platform's, has changed"
        if place.name in FOR_ALL and any(b".." in each for each in texts):
            return f"{path}, which may be about all runs, has changed"
        self._claims_may_differ |= bool(before or now) or path.endswith("/")
        if before and place.parent not in homes:
            self._gone.add(place.parent)
            self._folders.add(place.parent)
        self._folders.update(homes)
        if homes:
            return ""
        (self._folders if path.endswith("/") else self._besides).add(place)
        if place.name in FOR_ALL:
            self._around.append(place)
        return self._pin(path, was)

    def found(self) -> ChangedRuns:
        """What was noted, and what else is to be read."""
        if not self._folders and not self._besides:
            return ChangedRuns()
        for place in self._around:
            if not self._gone.intersection(place.parents):
                return ChangedRuns(whole=f"{place.as_posix()}, which may be about all runs, has changed")
        platform, others = platform_of(self._roots, self._files, self._output)
        if platform is None and len({plane.parent for plane in others}) <= 1:
            return ChangedRuns(whole="there is no fleet of runs")
        if platform and any(platform.is_relative_to(each) or each.is_relative_to(platform) for each in self._folders):
            return ChangedRuns(whole=f"something of the platform's run in {platform.as_posix()} has changed")
        self._besides.update(others[:1] if platform is None else ())
        words = shared_namespaces(self._folders, self._files, self._output, said_anew=self._claims_may_differ)
        if len(words) > MOST_WORDS:
            return ChangedRuns(whole=f"runs of more than {MOST_WORDS} namespaces are new or bound to others")
        name, look = self._now_at.name, self._repository.mentioning
        named = [*look(name, words, words=True), *look(name, [".."], KUSTOMIZATIONS)]
        for root, place in (found for path in named for found in self._placed(path)):
            if is_reached(root, place, self._files) and not self._is_written(place):
                self._besides.add(place)
                above = (folder for folder in place.parents if folder.is_relative_to(root))
                self._besides.update(folder / name for folder in above for name in self._planes(folder))
        return ChangedRuns(
            folders=_names(self._folders),
            files=_names(self._besides),
            platform=platform.as_posix() if platform else "",
            gone=_names(self._gone),
        )

    def _placed(self, path: str) -> Iterator[tuple[Path, Path]]:
        """The path of a file of the repository, as the walk of a root gives it."""
        for root, inside in self._roots.items():
            if Path(path).is_relative_to(inside):
                yield root, root / Path(path).relative_to(inside)

    def _planes(self, folder: Path) -> dict[str, Resource]:
        if folder not in self._known:
            try:
                _, names = self._files.listed(folder)
            except OSError:
                names = ()
            self._known[folder] = dict(planes_among(folder, names, self._files))
        return self._known[folder]

    def _before(self, path: str, was: Entry | None) -> bytes:
        try:
            return self._repository.content(path, was) if was and was.blob.strip("0") else b""
        except OSError:
            return b""

    def _now(self, path: str) -> bytes:
        try:
            return self._files.read(self._now_at.top / path, named=False) or b""
        except OSError:
            return b""

    def _of_output(self, path: Path) -> None:
        """Notes the run with changed output."""
        for root in self._roots:
            above = (root / folder for folder in (path, *path.parents))
            self._folders.update(folder for folder in above if folder != root and self._planes(folder))

    def _is_written(self, place: Path) -> bool:
        return self._output is not None and place.is_relative_to(self._output)

    def _pin(self, path: str, was: Entry | None) -> str:
        """The reason if a file outside of all runs changes everything: it may name the krmfn that renders."""
        if path.endswith(PROSE) or path.endswith("/"):
            return ""
        is_manifest = path.endswith(SUFFIXES) and not any(part.startswith(".") for part in Path(path).parts)
        names_krmfn = IMAGE if is_manifest else PROGRAM
        if any(names_krmfn.search(each) for each in (self._before(path, was), self._now(path))):
            return f"{path}, which may say which krmfn renders, has changed"
        return ""


def _inside(repository: Repository, output: Path) -> Path | None:
    """The path of a folder inside the repository; None for one outside."""
    try:
        return repository.inside(output)
    except RepositoryError:
        return None


def _names(paths: Iterable[Path]) -> frozenset[str]:
    return frozenset(each.as_posix() for each in paths)
