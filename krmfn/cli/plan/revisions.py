"""The files of the two revisions that are compared: all of them, or those that what changed needs."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.changed import Now
from krmfn.cli.inputs.changedruns import changed_runs
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.surroundings import surroundings
from krmfn.fleet import Shard
from krmfn.namedtuple import NamedTuple
from krmfn.repository import WORKTREE, Repository, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.question import Question
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


def about_changed(repository: Repository, request: Revisions, question: Question) -> Question:
    """The question about the runs that are not as they were.

    Of the work tree, the files on disk are looked at, and not all are listed.
    """
    on_disk = (Path(repository.root or "", path).exists() for path in (*question.paths, *question.catalog))
    if request.after == WORKTREE and repository.root and all(on_disk) and not repository.is_sparse():
        with chdir(repository.root):
            return _about_changed(repository, request, question, Disk())
    return _about_changed(repository, request, question, repository.at(request.after))


def _about_changed(repository: Repository, request: Revisions, question: Question, files: Files) -> Question:
    around = surroundings(question.paths, files)
    roots = {each: each for each in around.paths}
    now = Now(request.after, files, roots, scope=question.paths, is_compared=True)
    changed = changed_runs(repository, [request.since, request.before], now, None, question.catalog)
    return question._replace(changed=changed, since=request.since, around=None if changed.whole else around)


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


def lag_warning(before: str, after: str, lag: int) -> str:
    """A line for stderr if the earlier revision has commits that the later lacks; else nothing."""
    if not lag:
        return ""
    commits, them = ("a commit", "it") if lag == 1 else (f"{lag} commits", "them")
    return (
        f"krmfn: {before} has {commits} that {after} lacks, so this comparison shows {them} as undone; rebase, or "
        f"compare with the common ancestor: {before}...\n"
    )
