"""Which runs of a fleet changed since a revision: Git's object ids decide it, and nothing is stored.

How it is decided: docs/fleet.md#only-what-changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.changed import ChangedRuns, Now
from krmfn.cli.inputs.changesearch import Search
from krmfn.cli.inputs.disk import Disk
from krmfn.repository import INDEX, WORKTREE, Repository

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.changedoutput import WrittenTo
    from krmfn.cli.inputs.surroundings import Surroundings


def changed_on_disk(
    revision: str, around: Surroundings, output: WrittenTo | None = None, shared: Iterable[Path] = ()
) -> ChangedRuns:
    """As `changed_runs`, for the files on disk and paths as the user names them.

    Raises:
        RepositoryError: there is no repository or revision, or a path is outside of the repository.
    """
    with Repository(Path.cwd()) as repository:
        inside = {root: repository.inside(root) for root in around.paths}
        scope = tuple(map(repository.inside, around.scope))
        now = Now(WORKTREE, Disk(), inside, repository.root or Path(), scope)
        return changed_runs(repository, [revision], now, output, map(repository.inside, shared))


def changed_runs(
    repository: Repository,
    revisions: Iterable[str],
    now: Now,
    output: WrittenTo | None = None,
    shared: Iterable[Path] = (),
) -> ChangedRuns:
    """What differs now from each of these revisions.

    Args:
        repository: the one that the files are in.
        revisions: as Git knows them.
        now: the files.
        output: what is written to. A run with changed output counts as changed.
        shared: files and folders that apply to every run, inside the repository.

    Raises:
        RepositoryError: there is no such revision, or it is incomplete.
    """
    search = Search(repository, now, output)
    common = tuple(shared)
    seen: set[str] = set()
    for revision in revisions:
        if revision in {WORKTREE, INDEX}:
            return ChangedRuns(whole=f"{revision} is no commit")
        if (commit := repository.commit(revision)) in seen:
            continue
        seen.add(commit)
        for path, was in repository.different(revision, now.name).items():
            at = Path(path)
            # Of what is a link, a repository of its own or unknown to Git, Git knows nothing that is inside.
            inside = (*common, *now.roots.values(), *(now.scope if (now.top / at).is_symlink() else ()))
            if any(each.is_relative_to(at) for each in inside) or any(map(at.is_relative_to, common)):
                return ChangedRuns(whole=f"{path} has changed")
            if said := search.whole(path, was):
                return ChangedRuns(whole=said)
    return search.found()
