"""Listings of folders, kept in memory and only to a given depth: to look around in a fleet before it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.disk import View

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from krmfn.cli.inputs.files import Files

    Listing = tuple[Iterable[str], Iterable[str]]


class Listings(View):
    """Files whose folders are listed once; below a depth under `root` there are no folders."""

    def __init__(self, files: Files, root: Path | None = None, depth: int = 0) -> None:
        super().__init__(files)
        self._root = root
        self._depth = depth
        self._kept: dict[Path, Listing] = {}
        self.has_deeper = False

    def below(self, root: Path) -> Listings:  # noqa: ARG002  (links are not followed: nobody looks around through one)
        return self

    def listed(self, folder: Path) -> Listing:
        if folder not in self._kept:
            self._kept[folder] = self._files.listed(folder)
        folders, names = self._kept[folder]
        if self._root is None or len(folder.relative_to(self._root).parts) < self._depth:
            return folders, names
        self.has_deeper |= any(not each.startswith(".") for each in folders)
        return [], names
