"""Which paths are not the same in two revisions; Git's own ids say so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.files import content
from krmfn.repository.commits import INDEX, WORKTREE
from krmfn.repository.objects import blob_id
from krmfn.repository.snapshot import Entry

if TYPE_CHECKING:
    from krmfn.repository.commits import Commits
    from krmfn.repository.git import Git

PLAIN = ("H 100644 ", "H 100755 ")
"""How `git ls-files -s -v` begins of a plain file of which Git knows whether it is as it was."""
UNLOOKED, SKIPPED = "h 100", ("S ", "s ")
"""How it begins of a file that Git is told to take for unchanged, and of one that is not checked out."""


class Differences:
    """Compares the revisions of a repository."""

    def __init__(self, git: Git, commits: Commits) -> None:
        self._git = git
        self._commits = commits
        self._listed: list[str] | None = None

    def between(self, before: str, after: str) -> dict[str, Entry | None]:
        """The paths that are not the same in two revisions, each with what it was before; None if it was not there.

        Only a file that Git would have to read is read, and without its filters.

        Raises:
            RepositoryError: there is no such revision here, or it is incomplete.
        """
        if after != WORKTREE:
            return self._different(before, after)
        # Git looks through the folders of the work tree for what it does not have, while it compares what it has.
        with self._git.listing("ls-files", "-o", "--directory", "-z") as untracked:
            found = self._different(before, after)
            unknown = (each.partition("\t") for each in self._staged() if not each.startswith(PLAIN))
            return {**{path: _as_staged(about) for about, _, path in unknown}, **dict.fromkeys(untracked()), **found}

    def is_sparse(self) -> bool:
        """True if some files are only staged on purpose, and not on disk."""
        return any(each.startswith(SKIPPED) for each in self._staged())

    def _staged(self) -> list[str]:
        """What is staged, with what Git is told about it; listed once."""
        if self._listed is None:
            self._listed = self._git.listed("ls-files", "-s", "-v", "-z")
        return self._listed

    def _different(self, before: str, after: str) -> dict[str, Entry | None]:
        commit = self._commits.named(before) or self._git.run("hash-object", "-t", "tree", os.devnull)
        if after in {WORKTREE, INDEX}:
            compared = ("diff-index", "--raw", *(["--cached"] if after == INDEX else []), commit)
        else:
            compared = ("diff-tree", "-r", "--raw", commit, self._commits.named(after))
        options = ("-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", "--full-index")
        listed = self._git.listed(compared[0], *options, *compared[1:])
        found: dict[str, Entry | None] = {}
        for about, path in zip(listed[::2], listed[1::2], strict=True):
            mode, _, blob, now, what = about.removeprefix(":").split()
            if what != "M" or now.strip("0") or not self._has(path, blob):
                found[path] = None if what == "A" else Entry(mode, blob)
        return found

    def _has(self, path: str, blob: str) -> bool:
        """True if a file on disk is a blob, byte for byte."""
        try:
            found = content((self._git.root or Path()) / path, named=False)
        except OSError:
            return False
        return found is not None and blob_id(found, len(blob)) == blob


def _as_staged(about: str) -> Entry | None:
    """What a file was of which Git is told that it is as it was; None for what is no file, or may not be on disk."""
    _, mode, blob, _ = about.split()
    return Entry(mode, blob) if about.startswith(UNLOOKED) else None
