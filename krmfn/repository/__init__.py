"""The files of a Git revision; nothing is checked out, written or fetched."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from typing import TYPE_CHECKING

from krmfn.repository.commits import INDEX, WORKTREE, Commits
from krmfn.repository.differences import Differences
from krmfn.repository.git import Git
from krmfn.repository.gitoutput import RepositoryError
from krmfn.repository.objects import Objects
from krmfn.repository.snapshot import LINK, SUBMODULE, Entry, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

__all__ = ["INDEX", "WORKTREE", "Entry", "Repository", "RepositoryError", "Snapshot"]


class Repository:
    """A Git repository at or above a folder. Close it after use: a git process keeps running to read objects."""

    def __init__(self, folder: Path) -> None:
        """Finds it.

        Raises:
            RepositoryError: there is none, or no git.
        """
        self._git = Git(folder)
        self._objects = Objects(self._git)
        self._commits = Commits(self._git)
        self.root = self._git.root
        self._folders: dict[str, bool] = {}
        self._differences = Differences(self._git, self._commits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._objects.close()

    def inside(self, path: Path) -> Path:
        """The path inside the repository of a path on disk; in a bare repository, the same path.

        Raises:
            RepositoryError: the path is outside the repository.
        """
        if self.root is None:
            return path
        found = Path(os.path.abspath(path))  # noqa: PTH100  (a link in the tree keeps its own name)
        for root in (self.root, self.root.resolve()):
            if found.is_relative_to(root):
                return found.relative_to(root)
        if found.resolve().is_relative_to(self.root.resolve()):
            return found.resolve().relative_to(self.root.resolve())
        message = f"{path} is outside the repository {self.root}"
        raise RepositoryError(message)

    def at(self, name: str, within: Iterable[str] | None = None) -> Snapshot:
        """The files of a Git revision, or of WORKTREE or INDEX.

        Args:
            name: the revision.
            within: the folders and files that are wanted; by default all.

        Raises:
            RepositoryError: there is no such revision here, or it is incomplete.
        """
        if name in {WORKTREE, INDEX}:
            if self.root is None:
                message = f"a bare repository has no {name}; use --to REV"
                raise RepositoryError(message)
            return self._index(name, *_limits(within))
        commit = self.commit(name)
        return Snapshot(
            name, commit, self._tree(commit, *_limits(within)) if commit else {}, self._objects.content, self.root
        )

    def different(self, before: str, after: str) -> dict[str, Entry | None]:
        """The paths that are not the same in two revisions, each with what it was before; None if it was not there.

        What Git cannot say counts as different: in WORKTREE links, repositories in the repository, what Git is told not
        to look at, and what it does not have. A folder of which Git has nothing is one path, with a slash at its end.

        Raises:
            RepositoryError: there is no such revision here, or it is incomplete.
        """
        return self._differences.between(before, after)

    def is_sparse(self) -> bool:
        """True if some files are only staged on purpose, and not on disk."""
        return self._differences.is_sparse()

    def content(self, path: str, entry: Entry) -> bytes:
        """The content of a file as it was.

        Raises:
            OSError: it is too large to be a manifest.
            RepositoryError: the object is missing or incomplete in the clone.
        """
        return self._objects.content(path, entry)

    def mentioning(
        self,
        name: str,
        texts: Iterable[str],
        names: Iterable[str] = (),
        *,
        words: bool = False,
        patterns: bool = False,
    ) -> list[str]:
        """The files of a revision, or of the work tree those that Git has, in which one of the texts stands.

        Args:
            name: the revision, or WORKTREE or INDEX.
            texts: as they stand there.
            names: only of files with these names.
            words: only where no letter or digit comes before or after.
            patterns: the texts are regular expressions.
        """
        wanted = [argument for text in sorted(texts) for argument in ("-e", text)]
        if not wanted:
            return []
        commit = "" if name in {WORKTREE, INDEX} else self.commit(name)
        place = ["--cached"] if name == INDEX else [commit] if commit else []
        paths = [f":(top,glob)**/{each}" for each in names] or [":(top)"]
        options = ("-l", "-z", "-E" if patterns else "-F", "--full-name", *(["-w"] if words else []))
        found = self._git.listed("grep", *options, *wanted, *place, "--", *paths, fine=(0, 1))
        return [each.removeprefix(f"{commit}:") for each in found]

    def commit(self, name: str) -> str:
        """The commit or tree of a revision; empty for HEAD of a repository without commits.

        `A...B` is the merge base of both; an empty side means HEAD.

        Raises:
            RepositoryError: there is no such revision here.
        """
        return self._commits.named(name)

    def lacks(self, name: str, other: str) -> int:
        """How many commits of one revision the other lacks; 0 if that is unknown.

        Going back to an earlier commit is a normal plan, so it counts as 0.
        """
        return self._commits.lacks(name, other)

    def _tree(self, commit: str, *limits: str) -> dict[str, Entry]:
        found = {}
        for line in self._git.listed("ls-tree", "-r", "-z", "--full-tree", commit, *limits):
            about, _, path = line.partition("\t")
            mode, _, blob = about.split()
            found[path] = Entry(mode, blob)
        return found

    def _index(self, name: str, *limits: str) -> Snapshot:
        """The staged files, or the same paths on disk plus untracked files."""
        staged, unmerged = {}, set()
        for line in self._git.listed("--literal-pathspecs", "ls-files", "-s", "-t", "-z", *limits):
            about, _, path = line.partition("\t")
            tag, mode, blob, stage = about.split()
            if stage != "0":
                unmerged.add(path)
            # In a sparse checkout the file is not on disk, but it is not removed.
            on_disk = name == WORKTREE and tag != "S"
            staged[path] = Entry(mode, "" if on_disk else blob)
        if name == INDEX and unmerged:
            raise RepositoryError(f"merge conflict in {', '.join(sorted(unmerged))}; resolve it, and run git add")
        if name == INDEX:
            return Snapshot(name, "", staged, self._objects.content, self.root)
        for path in self._git.listed("--literal-pathspecs", "ls-files", "-o", "--exclude-standard", "-z", *limits):
            staged[path.rstrip("/")] = Entry(SUBMODULE if path.endswith("/") else "", "")
        entries = {path: self._on_disk(path, entry) for path, entry in staged.items()}
        there = {path: entry for path, entry in entries.items() if entry}
        return Snapshot(name, "", there, self._objects.content, self.root)

    def _on_disk(self, path: str, entry: Entry) -> Entry | None:
        """The file on disk at a path; None if there is none, or if a folder or a link has replaced it."""
        if entry.blob or entry.mode == SUBMODULE:
            return entry
        root = self.root or Path()
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            # Git does not follow a link in place of a folder, and neither does krmfn.
            self._folders[folder] = (root / folder).resolve() == root.resolve() / folder
        if not self._folders[folder]:
            return None
        try:
            mode = os.lstat(f"{root}/{path}").st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if S_ISLNK(mode):
            return Entry(LINK, "")
        return Entry("", "") if S_ISREG(mode) else None


def _limits(within: Iterable[str] | None) -> tuple[str, ...]:
    return () if within is None else ("--", *sorted(within))
