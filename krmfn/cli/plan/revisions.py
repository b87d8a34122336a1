"""The files of the two revisions that are compared: all of them, or those that what changed needs."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.inputs.changed import Now
from krmfn.cli.inputs.changedruns import changed_runs
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.surroundings import surroundings
from krmfn.fleet import Shard
from krmfn.repository import WORKTREE, Repository, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from krmfn.cli.inputs.changed import ChangedRuns
    from krmfn.cli.inputs.expansions import Question
    from krmfn.repository import Snapshot


class Revisions(NamedTuple):
    """The arguments of the command line."""

    paths: tuple[Path, ...]
    before: str
    after: str
    config: Path | None = None
    catalog: tuple[Path, ...] = ()
    shard: Shard = Shard()
    since: str = ""


def changed_in(repository: Repository, request: Revisions, question: Question) -> ChangedRuns:
    """The runs that are not as they were; of the work tree, the files on disk are looked at, and not all are listed."""
    revisions = [request.since, request.before]
    on_disk = (Path(repository.root or "", path).exists() for path in (*question.paths, *question.catalog))
    if request.after == WORKTREE and repository.root and all(on_disk) and not repository.is_sparse():
        with chdir(repository.root):
            files = Disk()
            roots = {each: each for each in surroundings(question.paths, files).paths}
            now = Now(WORKTREE, files, roots, scope=question.paths, is_compared=True)
            return changed_runs(repository, revisions, now, None, question.catalog)
    snapshot = repository.at(request.after)
    roots = {each: each for each in surroundings(question.paths, snapshot).paths}
    now = Now(request.after, snapshot, roots, is_compared=True)
    return changed_runs(repository, revisions, now, None, question.catalog)


def snapshots(repository: Repository, request: Revisions, question: Question) -> tuple[Snapshot, Snapshot]:
    """Both revisions: all of their files, or those that are read, unless links lead from them to others."""
    wanted = (*question.paths, *question.catalog, *([question.config] if question.config else []))
    if question.changed and not question.changed.whole:
        within = question.changed.paths()
        found = (repository.at(request.before, within), repository.at(request.after, within))
        if not any(each.has_links for each in found):
            apart = [path.as_posix() for path in wanted if not any(each.has(path) for each in found)]
            more = [repository.at(name, apart) for name in (request.before, request.after) if apart]
            _present(wanted, (*found, *more), request)
            return found
    found = (repository.at(request.before), repository.at(request.after))
    _present(wanted, found, request)
    return found


def _present(paths: Iterable[Path], found: Sequence[Snapshot], request: Revisions) -> None:
    """An error for a path that is in none of the snapshots."""
    for path in paths:
        if not any(each.has(path) for each in found):
            message = f"{path} is neither in {request.before} nor in {request.after}"
            raise RepositoryError(message)
