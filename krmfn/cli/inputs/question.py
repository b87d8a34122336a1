"""What is asked of a revision: its files, and the runs and namespaces to answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.fleet import Shard
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.cli.inputs.changed import ChangedRuns
    from krmfn.cli.inputs.remembered import Remembered
    from krmfn.cli.inputs.surroundings import Surroundings


class Question(NamedTuple):
    """The files to read, the same for every side.

    Attributes:
        remembered: what was read and expanded for other sides.
        widen: the fleet around the paths is read as well; the paths are then relative to the repository.
        shard: the namespaces to answer for.
        changed: the runs to answer for, because the others are as they were at a revision.
        since: that revision.
        around: the fleet around the paths, if that is known: it cannot be seen from a part of the files.
        is_outline: only topologies and results are asked for, so what another side has is not expanded again.
    """

    paths: tuple[Path, ...]
    config: Path | None
    catalog: tuple[Path, ...]
    remembered: Remembered
    widen: bool = False
    shard: Shard = Shard()
    changed: ChangedRuns | None = None
    since: str = ""
    around: Surroundings | None = None
    is_outline: bool = False

    @property
    def is_part(self) -> bool:
        return not self.shard.is_whole or (self.changed is not None and not self.changed.whole)
