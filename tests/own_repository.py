"""A repository with objects of its own, made by git: one that a test may damage, clone or fill with traps."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.command_line import environment
from tests.history import WHO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class OwnRepository:
    """A repository, commit by commit, as git makes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.root,
            env=environment(WHO),
            input=given,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Writes files, and removes those that are None."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(content, encoding="utf-8")

    def commit(self, files: Mapping[str, str | None]) -> None:
        """Writes files, and commits whatever stands on disk."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
