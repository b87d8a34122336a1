"""The arguments and streams of `krmfn matrix`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from krmfn.cli.exits import Exit, tell
from krmfn.cli.inputs.wholeruns import refuse_part_of_a_run
from krmfn.cli.options import CATALOG, CONFIG, PATHS

if TYPE_CHECKING:
    from krmfn.declarations import Options
    from krmfn.matrix import Pair


@click.command(short_help="Print what each pair of profiles makes of a cluster.")
@PATHS
@CONFIG
@CATALOG
@click.option(
    "--output", type=click.Choice(["text", "json", "markdown"]), default="text", help="The format of the output."
)
def matrix(paths: tuple[Path, ...], config: Path | None, catalog: tuple[Path, ...], output: str) -> int:
    """Print what each pair of an isolation and a component profile makes of a cluster, your own under PATHS included.

    \b
    krmfn matrix
    krmfn matrix --output markdown
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn import declarations  # noqa: PLC0415
    from krmfn.cli.inputs.disk import Disk  # noqa: PLC0415
    from krmfn.cli.inputs.expansions import side  # noqa: PLC0415
    from krmfn.cli.inputs.positions import with_positions  # noqa: PLC0415
    from krmfn.cli.inputs.question import Question  # noqa: PLC0415
    from krmfn.cli.inputs.remembered import Remembered  # noqa: PLC0415
    from krmfn.cli.matrix.output import as_json, as_markdown, as_text  # noqa: PLC0415
    from krmfn.matrix import matrix as pairs_of  # noqa: PLC0415
    from krmfn.matrix import meaning  # noqa: PLC0415
    from krmfn.resourcelist import ResourceList  # noqa: PLC0415
    from krmfn.results import has_errors  # noqa: PLC0415

    folders = paths or (Path(),)
    missing = [path for path in (*folders, *catalog, *([config] if config else [])) if not path.exists()]
    if missing:
        raise click.UsageError(f"{missing[0]} does not exist")
    refuse_part_of_a_run(paths, config)
    files = Disk()
    found = side(Question(folders, config, catalog, Remembered()), files)
    declared = [each.declared for each in found.expansions if each.declared]
    made: list[tuple[Options, tuple[Pair, ...]]] = []
    for each in declared or [declarations.parse(ResourceList(()))]:
        pairs = pairs_of(each)
        # Most tenants' runs have the same profiles.
        if all(list(map(meaning, pairs)) != list(map(meaning, others)) for _, others in made):
            made.append((each.options, pairs))
    errors = with_positions((each for each in found.results if has_errors([each])), files)
    lines = {"text": as_text, "markdown": as_markdown}
    text = "".join(f"{line}\n" for line in lines[output](made)) if output in lines else as_json(made)
    tell(errors, sys.stderr)
    if errors:
        sys.stderr.write("krmfn matrix: made without what is invalid\n")
    sys.stdout.buffer.write(text.encode(errors="replace"))
    sys.stdout.flush()
    return Exit.FINDINGS if errors else Exit.FINE
