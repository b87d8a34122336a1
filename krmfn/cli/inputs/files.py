"""Where files are: what the disk and a Git tree have in common for whoever reads a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Files(Protocol):
    """Where files are: on disk, or in a Git tree. If something cannot be read, OSError has its path and the reason."""

    def below(self, root: Path) -> Files:
        """The same files for a walk from a folder: links are followed only inside the folder's repository."""
        ...

    def is_folder(self, path: Path) -> bool: ...

    def real(self, path: Path) -> Path:
        """The path without links; it is the same for two paths to one file."""
        ...

    def is_link(self, path: Path) -> bool:
        """True if the path itself is a link."""
        ...

    def absent(self, path: Path) -> str:
        """The reason why something at the path is not read; empty if it is read."""
        ...

    def dangles(self, path: Path) -> bool:
        """True if the path is a link to nothing."""
        ...

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        """The names of the folders and the files in a folder, including links."""
        ...

    def read(self, path: Path, *, named: bool) -> bytes | None:
        """The content of a file; None if it is not a regular file, such as a pipe that the user did not name."""
        ...
