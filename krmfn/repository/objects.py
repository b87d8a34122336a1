"""What git hands out: a command's output, and contents. Only this room knows git."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.repository.snapshot import LINK, fail
from krmfn.yaml.loading import MAX_SIZE

if TYPE_CHECKING:
    from krmfn.repository.snapshot import Entry

# A clone that lacks objects would fetch them, and krmfn uses no network.
_ENVIRONMENT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
_NO_GIT = "comparing revisions needs git, and there is none on PATH; install it (krmfn render and check do without)"


class RepositoryError(Exception):
    """What was asked for is not in the repository, or there is none: the command line's mistake, in one sentence."""


class Objects:
    """The objects of the repository at or above a folder; `root` is where its files are, None where it has none."""

    def __init__(self, folder: Path) -> None:
        """Finds it.

        Raises:
            RepositoryError: there is none, or no git.
        """
        try:
            import git  # noqa: PLC0415  (imported only where revisions are compared: it starts git)
        except ImportError as error:
            raise RepositoryError(_NO_GIT) from error
        self._git = git
        try:
            self._repo = git.Repo(folder, search_parent_directories=True, expand_vars=False)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
            message = (
                f"{folder.resolve()} is in no Git repository, and there are no revisions to compare; run it in one "
                "(krmfn check without --against needs none)"
            )
            raise RepositoryError(message) from error
        self._repo.git.update_environment(**_ENVIRONMENT)
        self.root = None if self._repo.bare else Path(str(self._repo.working_tree_dir))
        self._blobs: dict[str, bytes] = {}

    def close(self) -> None:
        self._repo.close()

    def is_shallow(self) -> bool:
        """Whether the clone's history ends before the repository's does."""
        return (Path(self._repo.common_dir) / "shallow").exists()

    def content(self, path: str, entry: Entry) -> bytes:
        """A blob's content, or a file's, or where a link leads; each blob is asked for once.

        Raises:
            OSError: it is too large to be a manifest, or cannot be read.
            RepositoryError: the object is not in the clone.
        """
        if not entry.blob:
            place = (self.root or Path()) / path
            if entry.mode == LINK:
                return os.fsencode(place.readlink())
            if place.stat().st_size > MAX_SIZE:
                fail(
                    errno.EFBIG,
                    f"it is larger than {MAX_SIZE >> 20} MiB; split it, or name it in .krmignore",
                    Path(path),
                )
            return place.read_bytes()
        if entry.blob not in self._blobs:
            try:
                _, _, size, stream = self._repo.git.stream_object_data(entry.blob)
                if size > MAX_SIZE:
                    fail(
                        errno.EFBIG,
                        f"it is larger than {MAX_SIZE >> 20} MiB; split it, or name it in .krmignore",
                        Path(path),
                    )
                self._blobs[entry.blob] = stream.read()
            except (ValueError, BrokenPipeError) as error:
                message = (
                    f"{path} is not in this clone, which leaves out objects (--filter, or a damaged one); fetch them "
                    f"with git, or clone without a filter: {entry.blob} is missing"
                )
                raise RepositoryError(message) from error
        return self._blobs[entry.blob]

    def run(self, *arguments: str, fine: tuple[int, ...] = (0,), at_root: bool = False) -> str:
        """What git says; nothing where it fails in a way that is fine."""
        command = ["git", *(["-C", str(self.root)] if at_root else []), *arguments]
        try:
            status, out, err = self._repo.git.execute(command, with_extended_output=True, with_exceptions=False)
        except self._git.GitCommandNotFound as error:
            raise RepositoryError(_NO_GIT) from error
        if status not in fine or "dubious ownership" in str(err):
            raise RepositoryError(f"git {arguments[0]}: {' '.join(str(err).split())}")
        return "" if status else str(out)
