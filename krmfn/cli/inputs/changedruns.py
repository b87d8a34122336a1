"""Which runs of a fleet changed since a revision: Git's object ids decide it, and nothing is stored.

How it is decided: docs/fleet.md#only-what-changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.changesearch import ChangedRuns, Now, Search
from krmfn.cli.inputs.disk import Disk
from krmfn.repository import WORKTREE, Repository

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ChangedRuns", "Now", "changed_on_disk", "changed_runs"]


def changed_on_disk(
    revision: str, roots: Iterable[Path], output: Path | None = None, shared: Iterable[Path] = ()
) -> ChangedRuns:
    """As `changed_runs`, for the files on disk and paths as the user names them.

    Raises:
        RepositoryError: there is no repository or revision, or a path is outside of the repository.
    """
    with Repository(Path.cwd()) as repository:
        inside = {root: repository.inside(root) for root in roots}
        now = Now(WORKTREE, Disk(), inside, repository.root or Path())
        return changed_runs(repository, [revision], now, output, map(repository.inside, shared))


def changed_runs(
    repository: Repository,
    revisions: Iterable[str],
    now: Now,
    output: Path | None = None,
    shared: Iterable[Path] = (),
) -> ChangedRuns:
    """What differs now from each of these revisions.

    Args:
        repository: the one that the files are in.
        revisions: as Git knows them.
        now: the files.
        output: the folder that is written to. A run with changed output counts as changed.
        shared: files and folders that apply to every run, inside the repository.

    Raises:
        RepositoryError: there is no such revision, or it is incomplete.
    """
    search = Search(repository, now, output)
    common = tuple(shared)
    for revision in dict.fromkeys(revisions):
        for path, was in repository.different(revision, now.name).items():
            said = f"{path} has changed" if any(map(Path(path).is_relative_to, common)) else search.whole(path, was)
            if said:
                return ChangedRuns(whole=said)
    return search.found()
