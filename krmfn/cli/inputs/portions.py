"""The portion of a fleet that a command works on; of other runs, only what the rules about a fleet need is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.disk import View
from krmfn.cli.inputs.folderwalk import FOR_ALL
from krmfn.cli.inputs.manifests import read
from krmfn.cli.inputs.overlays import refuse
from krmfn.cli.inputs.surroundings import planes_among
from krmfn.declarations import Role, role_of
from krmfn.fleet import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.changed import ChangedRuns
    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.surroundings import Surroundings
    from krmfn.fleet import Fleet, Shard
    from krmfn.results import Result


class Portion(View):
    """The files of some runs of a fleet, and of the others what is directly in their folders: who owns what (R14).

    If it is known which runs changed, the others are not looked for. Else `others` has the folders of the other runs,
    after the walk over the files. Runs around the paths to answer for are read whole: of those no shard answers.
    """

    def __init__(
        self,
        files: Files,
        shard: Shard,
        around: Surroundings,
        changed: ChangedRuns | None = None,
        others: set[str] | None = None,
    ) -> None:
        super().__init__(files)
        self._shard = shard
        self._around = around
        self._changed = changed if changed and not changed.whole else None
        self._above = self._changed.above() if self._changed else frozenset()
        self.others = set() if others is None else others

    @property
    def is_of_fleet(self) -> bool:
        """True if what is read is known to be a part of a fleet, even if it is one run."""
        return self._changed is not None

    def below(self, root: Path) -> Portion:
        return Portion(self._files.below(root), self._shard, self._around, self._changed, self.others)

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        folders, names = self._files.listed(folder)
        if self._changed and not self._changed.has(folder):
            return self._needed(folder, folders, names, self._changed)
        if self._shard.is_whole or not self._around.wants(folder.as_posix()):
            return folders, names
        planes = dict(planes_among(folder, names, self._files))
        if not planes or any(self._shard.may_need(Run("", (), plane)) for plane in planes.values()):
            return folders, names
        self.others.add(folder.as_posix())
        # What tenants write is in folders below; what is here may be in two runs, and is then an error in both.
        return [], names

    def refused(self, tree: Tree) -> Iterator[Result]:
        """An error for each kustomization that changes declarations, also those of other shards' runs."""
        here = [each for each in tree.overlays if not self._is_of_other(each.path)]
        entries = ((each.path.parent, entry) for each in here for _, entry in each.entries() if ".." in entry)
        listed = {Path(os.path.normpath(folder / entry)) for folder, entry in entries} if self.others else set()
        more = read(sorted(filter(self._is_of_other, listed)), files=self._files)
        items = (item for item in (*tree.items, *more.items) if role_of(item) is Role.DECLARATION)
        return refuse((*tree.overlays, *more.overlays), items)

    def _is_of_other(self, path: Path) -> bool:
        return any(each.as_posix() in self.others for each in (path, *path.parents))

    def in_scope(self, results: Iterable[Result]) -> Iterator[Result]:
        """The results without those about other runs' files: the shards of those runs report them."""
        for result in results:
            if not result.file or not self._is_of_other(Path(result.file.path)):
                yield result

    def of(self, fleet: Fleet) -> Fleet:
        """The runs that are worked on."""
        mine = (run for run in fleet.runs if not self._changed or not run.config or self._changed.has(Path(run.folder)))
        return fleet.only(part for run in mine if (part := self._shard.of(run)))

    def _needed(
        self, folder: Path, folders: Iterable[str], names: Iterable[str], changed: ChangedRuns
    ) -> tuple[Iterable[str], Iterable[str]]:
        """What is read in a folder that is not the folder of a changed run."""
        if changed.platform and any(each.as_posix() == changed.platform for each in (folder, *folder.parents)):
            return folders, names
        wanted = self._above | changed.folders | {changed.platform}
        # Of all tenants' folders: a Path of each would take longer than reading one tenant.
        here = (folder / "x").as_posix().removesuffix("x")
        return (
            [name for name in folders if here + name in wanted],
            [name for name in names if name in FOR_ALL or here + name in changed.files],
        )
