"""The arguments and streams of `krmfn report`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from krmfn.cli.exits import code_of, tell
from krmfn.cli.inputs.wholeruns import refuse_part_of_a_run
from krmfn.cli.options import CATALOG, CONFIG, PATHS, REVISION
from krmfn.files import replace


@click.command(short_help="Write one HTML page about what is declared.")
@PATHS
@click.option("--from", "before", **REVISION, help="Also show what changed since this revision.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write; without it, the page goes to stdout.",
)
@CONFIG
@CATALOG
def report(
    paths: tuple[Path, ...], before: str, output: Path | None, config: Path | None, catalog: tuple[Path, ...]
) -> int:
    """Write one HTML page about the declarations under PATHS: clusters, apps, who talks to whom, and what was found.

    The page is one file that loads nothing: it can be mailed, archived, or attached to a build.

    \b
    krmfn report --output report.html
    krmfn report tenants/acme --from origin/main --output report.html
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.report.page import reported  # noqa: PLC0415
    from krmfn.repository import RepositoryError  # noqa: PLC0415

    missing = [path for path in paths if not path.exists()]
    if missing:
        raise click.UsageError(f"{missing[0]} does not exist")
    refuse_part_of_a_run(paths, config)
    try:
        made = reported(paths or (Path(),), config, catalog, before)
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} draws the pictures, and is not installed: pip install 'krmfn[report]', or in a clone "
            "pip install '.[report]'"
        ) from error
    except ImportError as error:
        if error.name is None or error.name.startswith("krmfn"):
            raise
        raise click.ClickException(
            f"what draws the pictures cannot be loaded: {error}; on Debian and Ubuntu, install libglib2.0-0, libxext6 "
            "and libxrender1"
        ) from error
    if output:
        replace(output.parent, {output.name: made.html.encode()})
    else:
        sys.stdout.buffer.write(made.html.encode())
        sys.stdout.flush()
    errors = [each for each in made.results if each.severity == "error"]
    tell(errors, sys.stderr)
    return code_of(errors)
