"""Commands that read the current folder alone read whole runs: a part of one would be read without its ComputePlane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


def refuse_part_of_a_run(paths: tuple[Path, ...], config: Path | None = None) -> None:
    """Refuses to read a part of a run as if it were one: its ComputePlane would be missing.

    Raises:
        click.UsageError: the ComputePlane is in a folder above the current one.
    """
    from krmfn.cli.inputs.surroundings import run_above  # noqa: PLC0415  (help needs no folder)

    if config is None and (run := run_above(paths)):
        raise click.UsageError(
            f"the current folder is a part of the run in {run}, and its ComputePlane is there; run this in that folder"
        )
