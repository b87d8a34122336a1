"""Runs git: what its commands print. Only this module starts git.

An untrusted repository may contain a folder that looks like a bare repository, with a configuration that runs
commands. So git is started with settings that override every configuration, without network access, and with only
those environment variables that locate the repository and its configuration.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from krmfn.repository.gitoutput import RepositoryError, entries_of, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = (
    "advice.graftFileDeprecated=false",
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.sshCommand=false",
    "core.askPass=false",
    "core.pager=cat",
    "core.warnAmbiguousRefs=true",
    "credential.helper=",
    "diff.external=",
    "log.showSignature=false",
    "protocol.allow=never",
    "submodule.recurse=false",
)
"""Settings of Git that can run a program, all switched off; and what it tells: names that two refs have, but no hints
about a file that ENVIRONMENT names."""
ENVIRONMENT = {
    # A clone with missing objects would fetch them, but krmfn uses no network. Git before 2.44 knows only the first.
    "GIT_ALLOW_PROTOCOL": "none",
    # A replaced or grafted commit would be compared with another one than its name says.
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")
KEPT = {
    *PLACES,
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
}
"""Environment variables of Git that are kept: they locate the repository (as in hooks) and the configuration."""
NUMBERED = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
NO_GIT = (
    "comparing revisions needs git, and git is not on PATH; install it, or run render without --changed-since, or "
    "check without --changed-since and --against"
)


class Git:
    """git in the repository at or above a folder.

    Attributes:
        root: its work tree; None if it has none.
        is_shallow: True if the clone does not have the whole history.
    """

    def __init__(self, folder: Path) -> None:
        """Finds the repository.

        Raises:
            RepositoryError: there is none, or no git.
        """
        self._git = _program()
        self._folder = folder
        self._environment = _environment()
        self.root, self.is_shallow = self._located()

    def run(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> str:
        """Git's output; empty if git fails with an exit code that is allowed.

        Raises:
            RepositoryError: git fails with another exit code.
        """
        code, out, said = self.outcome(*arguments)
        if code not in fine or "dubious ownership" in said:
            raise RepositoryError(f"git {arguments[0]}: {said}")
        return "" if code else out

    def outcome(self, *arguments: str) -> tuple[int, str, str]:
        """Git's exit code, its output, and its error message on one line."""
        with self._started(self._folder, *arguments) as running:
            return outcome_of(running)

    def reader(self) -> subprocess.Popen[bytes]:
        """A process that reads the names of objects, a line each, and writes the objects."""
        return self._started(self._folder, "cat-file", "--batch", stdin=subprocess.PIPE)

    def listed(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> list[str]:
        """The NUL-terminated entries of a list for the whole repository.

        Raises:
            RepositoryError: git fails, or there are more entries than the limit.
        """
        with self.listing(*arguments, fine=fine) as entries:
            return entries()

    @contextmanager
    def listing(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> Iterator[Callable[[], list[str]]]:
        """The same, made by git while the block does something else; what is given returns the entries.

        Raises:
            RepositoryError: git fails, or there are more entries than the limit.
        """
        with self._started(self.root or self._folder, *arguments) as running:
            try:
                yield lambda: entries_of(running, next(each for each in arguments if not each.startswith("-")), fine)
            finally:
                running.kill()

    def _located(self) -> tuple[Path | None, bool]:
        """The work tree, and if the clone is shallow; asked in one, for each start of git takes milliseconds."""
        asked = ("--is-bare-repository", "--is-shallow-repository", "--show-toplevel")
        code, found, said = self.outcome("rev-parse", *asked)
        is_bare, is_shallow, root = (*found.split("\n", 2), "", "")[:3]
        # Git before 2.38 does not know safe.bareRepository, and accepts the folder.
        bare = is_bare == "true" or "cannot use bare repository" in said
        if bare and "GIT_DIR" not in self._environment:
            message = (
                f"{self._folder.resolve()} is a bare repository, and a folder in a stranger's repository can look like "
                "one; if it is yours, run GIT_DIR=. krmfn plan --from REV --to REV"
            )
            raise RepositoryError(message)
        if "not a git repository" in said:
            message = (
                f"{self._folder.resolve()} is not in a Git repository, so there are no revisions to compare; run krmfn "
                "in a repository (krmfn check without --against needs none)"
            )
            raise RepositoryError(message)
        if code and not bare:
            raise RepositoryError(f"git: {said}")
        return (None if bare else Path(root)), is_shallow == "true"

    def _started(self, folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        return subprocess.Popen(  # noqa: S603  (git, found on an absolute path, with arguments that are no shell's)
            [self._git, "-C", str(folder), "--no-pager", *settings, *arguments],
            env=self._environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if stdin == subprocess.DEVNULL else subprocess.DEVNULL,
        )


def _program() -> str:
    """The path of git; never in the current folder, which may be untrusted.

    Raises:
        RepositoryError: git is not installed.
    """
    folders = [each for each in os.get_exec_path() if os.path.isabs(each)]  # noqa: PTH117
    found = which("git", path=os.pathsep.join(folders)) if folders else None
    if not found:
        raise RepositoryError(NO_GIT)
    return found


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in KEPT or name.startswith(NUMBERED)
    }
    # Git starts in another folder, and these paths may be relative to this one.
    kept |= {name: os.path.abspath(kept[name]) for name in PLACES if name in kept}  # noqa: PTH100
    return {**kept, **ENVIRONMENT}
