"""Sorts the paths that differ from a revision: into runs that changed, what all runs share, and what is in no run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.changed import ChangedRuns
from krmfn.cli.inputs.folderwalk import FOR_ALL, IGNORE_FILE, KUSTOMIZATIONS, Walk, is_reached, walk
from krmfn.cli.inputs.listings import Listings
from krmfn.cli.inputs.mentions import MOST_NAMES, Mentions, paths_applied
from krmfn.cli.inputs.pins import pinned
from krmfn.cli.inputs.sharedfacts import platform_of, shared_names
from krmfn.cli.inputs.surroundings import objects_in_text, planes_among, planes_of
from krmfn.fleet import Run, is_plane

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.changed import Now
    from krmfn.cli.inputs.changedoutput import WrittenTo
    from krmfn.repository import Entry, Repository
    from krmfn.resourcelist import Resource

CHART = "Chart.yaml"
"""The file by which a folder is a chart, and is not read."""
HIDING = (IGNORE_FILE, CHART)
"""Files that say what else is not read: with them, runs come and go."""
OF_GIT = (".gitattributes", ".gitmodules")
"""Files that say what other files are on disk: Git changes the content of some, and has others elsewhere."""


class Search:
    """Collects what the differing paths mean, one by one."""

    def __init__(self, repository: Repository, now: Now, output: WrittenTo | None) -> None:
        self._repository = repository
        self._now_at = now
        self._roots = now.roots
        self._files = Listings(now.files)
        self._output = output
        self._inside_output = output.inside(repository) if output else None
        self._folders: set[Path] = set()
        self._besides: set[Path] = set()
        self._gone: set[Path] = set()
        self._left_over: set[Path] = set()
        self._around: list[Path] = []
        self._flux_paths: set[str] = set()
        self._claims_may_differ = False
        self._known: dict[Path, dict[str, Resource]] = {}

    def whole(self, path: str, was: Entry | None) -> str:
        """Notes a path that differs; returns the reason if it means that everything changed, else nothing."""
        if self._output and self._inside_output and Path(path).is_relative_to(self._inside_output):
            self._of_output(Path(path).relative_to(self._inside_output), self._output)
            return ""
        root, place = next(self._now_at.placed(path), (Path(), None))
        if Path(path).name in OF_GIT:
            return f"{path}, which may be about all runs, has changed"
        if place is None or not self._is_reached(root, place):
            return pinned(path, (self._before(path, was), self._text(self._now_at.top / path)))
        return self._of_fleet(path, was, root, place)

    def _of_fleet(self, path: str, was: Entry | None, root: Path, place: Path) -> str:
        """The same for a path that a walk comes to."""
        homes = [folder for folder in place.parents if folder.is_relative_to(root) and self._planes(folder)]
        texts = (self._before(path, was), self._text(self._now_at.top / path))
        # What was is valid; now a ComputePlane may be misspelt, and is one all the same.
        before, now = planes_of(texts[0]), [*filter(is_plane, objects_in_text(texts[1]))]
        if any(Run("", (), plane).is_platform for plane in (*before, *now)):
            return f"{path}, the platform's, has changed"
        is_folder = path.endswith("/") or self._files.is_folder(place)
        is_about_others = place.name in FOR_ALL and any(b".." in each for each in texts)
        if is_about_others or (is_folder and self._has_more_about_others(place)):
            return f"{path}, which may be about all runs, has changed"
        self._claims_may_differ |= bool(before or now) or is_folder or place.name in HIDING
        if before and place.parent not in homes:
            self._gone.add(place.parent)
            self._folders.add(place.parent)
        homes += [place.parent] if now and place.parent not in homes else []
        self._folders.update(homes)
        if homes:
            return ""
        (self._folders if is_folder else self._besides).add(place)
        if place.name in FOR_ALL or (place.name == CHART and bool(was) != self._is_there(place)):
            self._around.append(place)
        self._flux_paths.update(path for each in texts for path in paths_applied(each))
        return pinned(path, texts)

    def found(self) -> ChangedRuns:
        """What was noted, and what else is to be read."""
        if not self._folders and not self._besides and not self._left_over:
            return ChangedRuns()
        self._gone.update(filter(self._is_hidden, self._folders))
        for place in self._around:
            if not self._gone.intersection(place.parents):
                return ChangedRuns(whole=f"{place.as_posix()}, which may be about all runs, has changed")
        output = self._output.folder if self._output else None
        platform, others = platform_of(self._roots, self._files, output)
        if platform is None and len({plane.parent for plane in others}) <= 1:
            return ChangedRuns(whole="there is no fleet of runs")
        if platform and any(platform.is_relative_to(each) or each.is_relative_to(platform) for each in self._folders):
            return ChangedRuns(whole=f"something of the platform's run in {platform.as_posix()} has changed")
        differ = self._claims_may_differ
        names = shared_names(self._folders, self._besides, self._files, output, said_anew=differ)
        self._besides.update(others[:1] if platform is None else ())
        if len(names.anew) > MOST_NAMES:
            return ChangedRuns(whole=f"runs of more than {MOST_NAMES} namespaces are new or bound to others")
        self._besides.update(self._runs_applied())
        mentions = Mentions(self._repository, self._now_at._replace(files=self._files), output, self._planes)
        self._besides.update(mentions.of(names))
        if self._claims_may_differ or self._flux_paths or mentions.have_flux(self._besides):
            self._besides.update(mentions.of_flux())
        return ChangedRuns(
            folders=_names(self._folders),
            files=_names(self._besides),
            platform=platform.as_posix() if platform else "",
            gone=_names(self._gone | self._left_over),
            lost=frozenset(self._lost()) if self._gone else frozenset(),
        )

    def _lost(self) -> Iterator[str]:
        """The folders that Kustomizations of Flux apply, and that are not there."""
        for path in (path for place in self._besides for path in paths_applied(self._text(place))):
            if not self._files.is_folder(self._now_at.top / path):
                yield path

    def _runs_applied(self) -> Iterator[Path]:
        """The ComputePlanes of the runs that differing Kustomizations of Flux apply."""
        for path in self._flux_paths:
            parts = Path(path).parts
            ends = [Path(*parts[number:]) for number in range(len(parts))]
            for folder in (root / end for root in self._roots for end in ends):
                yield from (folder / name for name in self._planes(folder))

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

    def _text(self, place: Path) -> bytes:
        try:
            return self._files.read(place, named=False) or b""
        except OSError:
            return b""

    def _of_output(self, path: Path, output: WrittenTo) -> None:
        """Notes the runs with changed output, and output of no run."""
        for folder in output.folders(path):
            for run in output.runs(folder, self._roots):
                if self._planes(run):
                    self._folders.add(run)
                elif folder != Path() and output.has(folder):
                    self._left_over.add(run)

    def _is_reached(self, root: Path, place: Path) -> bool:
        if place.name in HIDING:
            # It may be what keeps a walk from its folder, or from itself.
            return place.parent == root or is_reached(root, place.parent, self._files)
        return is_reached(root, place, self._files)

    def _is_there(self, place: Path) -> bool:
        try:
            return place.name in self._files.listed(place.parent)[1]
        except OSError:
            return False

    def _is_hidden(self, folder: Path) -> bool:
        """True for the folder of a run whose ComputePlane is not read."""
        planes = [folder / name for name in self._planes(folder)]
        reached = (is_reached(root, each, self._files) for root in self._roots for each in planes)
        return bool(planes) and not any(reached)

    def _has_more_about_others(self, folder: Path) -> bool:
        """True if a folder of which Git knows nothing has a kustomization that may be about other folders."""
        files = walk(folder, None, Walk({}, [], {}, []), self._files)
        return any(b".." in self._text(each) for each in files if each.name in KUSTOMIZATIONS)


def _names(paths: Iterable[Path]) -> frozenset[str]:
    return frozenset(each.as_posix() for each in paths)
