"""A repository with objects of its own, made by git: one that a test may damage, clone or fill with traps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.work_tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class OwnRepository(WorkTree):
    """A repository, commit by commit, as git makes it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def commit(self, files: Mapping[str, str | bytes | None]) -> None:
        """Writes files, and commits whatever stands on disk."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
