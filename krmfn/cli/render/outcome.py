"""What `krmfn render` is asked for, and what comes of it: the objects of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.positions import accepted_with_positions
from krmfn.fleet import Shard
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.cli.render.manifest import Manifest
    from krmfn.declarations.accepted import Accepted
    from krmfn.results import Result


class Request(NamedTuple):
    """The arguments of the command line; `stdin` has what `-` among the paths stands for."""

    paths: tuple[Path, ...]
    config: Path | None = None
    catalog: tuple[Path, ...] = ()
    output_dir: Path | None = None
    keep_going: bool = False
    generated_only: bool = False
    stdin: bytes | None = None
    shard: Shard = Shard()
    since: str = ""


class Rendered(NamedTuple):
    """The objects of a run, or None if it has errors; `left_out` has the invalid namespaces that were left out.

    `folder` is the run's folder, relative to the paths; empty for a run that is not known by its folder. `shard` has
    the namespaces of the run that were rendered.
    """

    folder: str
    objects: tuple[Manifest, ...] | None
    left_out: frozenset[str] = frozenset()
    accepted: tuple[Accepted, ...] = ()
    shard: Shard = Shard()


class Outcome(NamedTuple):
    """The output of all runs; if one has errors, nothing is written, except with --keep-going.

    Attributes:
        is_fleet: each run has a folder of its own in the output.
        others: the folders of known runs of the fleet that are not rendered: those of other shards, for example.
        gone: the folders of runs that are there no longer; None if that is to be seen from the output.
    """

    runs: tuple[Rendered, ...]
    results: tuple[Result, ...]
    summary: str
    is_fleet: bool = False
    others: frozenset[str] = frozenset()
    gone: frozenset[str] | None = None

    @property
    def is_part(self) -> bool:
        """True if runs were left out on purpose."""
        return bool(self.others) or self.gone is not None

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        return accepted_with_positions((each for run in self.runs for each in run.accepted), Disk())

    def written(self, *, keep_going: bool) -> tuple[Rendered, ...]:
        """The runs whose objects are to be written."""
        whole = tuple(run for run in self.runs if run.objects is not None)
        return whole if keep_going or len(whole) == len(self.runs) else ()
