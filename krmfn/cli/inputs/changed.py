"""What changed of a fleet: which runs, what else is read because of them, and where all that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import FOR_ALL
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.cli.inputs.files import Files


class ChangedRuns(NamedTuple):
    """What changed since a revision.

    Attributes:
        folders: the folders of the changed runs, with everything in them.
        files: other files to read, because they may be about these runs.
        platform: the folder of the platform's run, which is read as well.
        gone: the folders of removed runs.
        lost: the folders that Kustomizations of Flux apply, and that are not there.
        whole: why everything counts as changed; empty if it does not.
    """

    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    platform: str = ""
    gone: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
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
        scope: the paths to answer for, inside the repository.
        is_compared: what declarations take over from Flux is asked as well.
    """

    name: str
    files: Files
    roots: Mapping[Path, Path]
    top: Path = Path()
    scope: tuple[Path, ...] = ()
    is_compared: bool = False

    def placed(self, path: str) -> Iterator[tuple[Path, Path]]:
        """The path of a file of the repository, as the walk of a root gives it, with that root."""
        for root, inside in self.roots.items():
            if Path(path).is_relative_to(inside):
                yield root, root / Path(path).relative_to(inside)
