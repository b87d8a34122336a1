"""The commands' arguments and streams; their work is in modules of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from krmfn import __version__
from krmfn.cli.exits import Exit, code_of, tell
from krmfn.cli.revisions import check, plan


class Commands(click.Group):
    """Click's own errors are usage errors: exit code 2, with click's message."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command; what it returns is the exit code."""
        try:
            return super().main(*args, **kwargs)
        except click.exceptions.Exit as leaving:
            return leaving.exit_code
        except click.ClickException as error:
            error.show()
            return int(Exit.USAGE)
        except click.Abort:
            return int(Exit.INTERRUPTED)
        except SystemExit as leaving:
            # Click's own way out where whoever read its help has gone.
            return leaving.code if isinstance(leaving.code, int) else int(Exit.FINDINGS)


@click.group(cls=Commands, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def krmfn() -> None:
    """Expands tenant clusters and app placements into Flux HelmReleases.

    Without arguments and with a ResourceList on stdin, krmfn is a KRM function for kustomize and kpt.

    \b
    kustomize build --enable-alpha-plugins --enable-exec DIR
    kpt fn render --allow-exec DIR
    krmfn render DIR
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)


@krmfn.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write one file for each object, and a kustomization.yaml, instead of a stream.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file with the ComputePlane; without it, the one in PATHS counts, or else defaults.",
)
@click.option(
    "--catalog",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="PATH",
    help="More definitions: ApplicationDefinitions and profiles.",
)
@click.option(
    "--keep-going",
    is_flag=True,
    help="Leave out the namespaces with errors, instead of writing nothing; the exit code is still 1.",
)
def render(
    paths: tuple[Path, ...],
    output_dir: Path | None,
    config: Path | None,
    catalog: tuple[Path, ...],
    *,
    keep_going: bool,
) -> int:
    """Print the objects for the declarations under PATHS (default: the current folder).

    \b
    krmfn render tenants/acme
    krmfn render tenants/acme --output-dir rendered/acme
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    if output_dir and any(path.resolve() == output_dir.resolve() for path in paths or (Path(),)):
        raise click.UsageError("--output-dir is also an input; choose a folder beside it or inside it")
    from krmfn.cli.render import Request, rendered  # noqa: PLC0415
    from krmfn.cli.walking import origin_of_file  # noqa: PLC0415
    from krmfn.cli.writing import write, write_stream  # noqa: PLC0415

    outcome = rendered(Request(paths or (Path(),), config, catalog, output_dir, keep_going))
    results = list(outcome.results)
    if outcome.objects is not None and output_dir:
        try:
            results += write(output_dir, outcome.objects, outcome.left_out)
        except OSError as error:
            place = origin_of_file(str(error.filename))
            results.append(place.error("cannot-write", f"cannot be written: {error.strerror}"))
    elif outcome.objects is not None:
        write_stream(outcome.objects, sys.stdout.buffer)
    sys.stderr.write(f"{outcome.summary}\n")
    tell(results, sys.stderr)
    return code_of(results)


@krmfn.command()
@click.argument("kind", required=False)
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write <kind>.schema.json for every kind.",
)
def schema(kind: str | None, output_dir: Path | None) -> int:
    """Print the JSON Schema of a kind, or the list of kinds that have one.

    \b
    krmfn schema Placement > placement.schema.json
    krmfn schema --output-dir schemas
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.schema import kinds, text, write_all  # noqa: PLC0415

    if output_dir:
        try:
            write_all(output_dir)
        except OSError as error:
            raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
    elif kind is None:
        click.echo("\n".join(kinds()))
    elif kind in kinds():
        click.echo(text(kind), nl=False)
    else:
        raise click.UsageError(f"there is no schema for {kind}; choose one of {', '.join(kinds())}")
    return Exit.FINE


@krmfn.command()
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The format of the output.")
def version(output: str) -> int:
    """Print krmfn's version and the versions that it writes for.

    \b
    krmfn version --output json
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.version import as_json, as_text  # noqa: PLC0415

    click.echo(as_json() if output == "json" else as_text())
    return Exit.FINE


@krmfn.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--adopt",
    is_flag=True,
    help="Instead annotate the applications in DIR, so that Flux keeps them when krmfn takes them over.",
)
def init(folder: Path, *, adopt: bool) -> int:
    """Write a starter repository to DIR (default: the current folder); no file is ever overwritten.

    \b
    krmfn init fleet
    krmfn init --adopt clusters/production
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    if adopt and not folder.exists():
        raise click.UsageError(f"{folder} does not exist")
    from krmfn.cli.adopt import prepared  # noqa: PLC0415
    from krmfn.cli.init import started  # noqa: PLC0415

    lines, results = prepared(folder) if adopt else started(folder)
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    tell(results, sys.stderr)
    return code_of(results)


krmfn.add_command(plan)
krmfn.add_command(check)
