"""The output that a command writes: of which run a file in it is, if that file differs from a revision."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import Walk, walk
from krmfn.cli.inputs.ownfiles import each_output_folder, is_output
from krmfn.cli.inputs.surroundings import is_run, planes_among
from krmfn.namedtuple import NamedTuple
from krmfn.repository import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.surroundings import Surroundings
    from krmfn.repository import Repository


class WrittenTo(NamedTuple):
    """A folder of output, and the folder to which the folders of the runs in it are relative."""

    folder: Path
    top: Path

    def inside(self, repository: Repository) -> Path | None:
        """Its path inside the repository, without links; None if it is outside."""
        try:
            return repository.inside(self.folder.resolve())
        except RepositoryError:
            return None

    def folders(self, path: Path) -> Iterator[Path]:
        """The folders whose output a path may be, or may hold; none for all of the output: Git has nothing of it.

        Args:
            path: the path below the folder of output, of a file or of a folder that Git does not have.
        """
        if path != Path():
            yield from (path, *path.parents)
            yield from (each.relative_to(self.folder) for each in each_output_folder(self.folder / path))

    def runs(self, folder: Path, roots: Iterable[Path]) -> Iterator[Path]:
        """The folder of the run whose output is in a folder, as the walks of the roots give it.

        What has no folder of its own is also that of the run that all paths are in.
        """
        around = self.top.parents if folder == Path() else ()
        for root in roots:
            for each in (self.top / folder, *around):
                found = os.path.relpath(each, root)
                if not found.startswith(os.pardir):
                    yield root / found

    def written_before(self, files: Files) -> Iterator[str]:
        """The folder of a run that is there, and of which there is output; nothing if there is none."""
        folders = (each.relative_to(self.folder) for each in each_output_folder(self.folder))
        yield from islice((each.as_posix() for each in folders if is_run(self.top / each, files)), 1)

    def has(self, folder: Path) -> bool:
        """True if a run's output is in a folder."""
        return is_output(self.folder / folder)


def top_of(paths: Iterable[Path]) -> Path:
    """The folder to which the names of runs are relative: the lowest that all paths of a command are in."""
    tops = [os.path.abspath(path if path.is_dir() else path.parent) for path in paths]  # noqa: PTH100  (without links)
    return Path(os.path.commonpath(tops))


def is_in_order(output: Path, around: Surroundings, files: Files) -> bool:
    """True if what is in a folder of output is where a render of the whole would leave it.

    The run that all paths are in, and the only one below them, have no folder of their own in it; several have.
    """
    has_runs = any(each != output for each in each_output_folder(output))
    if any(is_run(folder, files) for path in around.scope for folder in (path, *path.parents)):
        return not has_runs
    if has_runs or not around.is_wider:
        return not is_output(output)
    found = (file for path in around.scope for file in walk(path, output, Walk({}, [], {}, []), files))
    runs = (file.parent for file in found if [*planes_among(file.parent, [file.name], files)])
    first = next(runs, None)
    return any(each != first for each in runs)
