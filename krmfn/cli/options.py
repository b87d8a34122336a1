"""Options that several commands take: where declarations are, on disk or in a revision."""

from __future__ import annotations

from pathlib import Path

import click

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file with the ComputePlane, as each revision has it; without it, those in PATHS, each for its folder.",
)
CATALOG = click.option(
    "--catalog",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PATH",
    help="More definitions: ApplicationDefinitions and profiles.",
)
"""As `CATALOG_ON_DISK`, for commands that read revisions: there a path need not be on disk."""
CATALOG_ON_DISK = click.option(
    "--catalog",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="PATH",
    help="More definitions: ApplicationDefinitions and profiles.",
)
