"""The commands' arguments and streams; their work is in modules of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from krmfn import __version__
from krmfn.cli.exits import Exit, code_of, tell
from krmfn.cli.importing import import_
from krmfn.cli.pairing import matrix
from krmfn.cli.questions import report, why
from krmfn.cli.reaching import reach
from krmfn.cli.rendering import render
from krmfn.cli.revisions import DETAILED, check, plan


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
            # 2 would say that there are changes.
            return int(Exit.FINDINGS if args and DETAILED in args[0] else Exit.USAGE)
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
@click.argument("words", metavar="[DIR | tenant NAME]", nargs=-1)
@click.option(
    "--adopt",
    is_flag=True,
    help="Instead annotate what Flux applies directly in DIR, so that Flux keeps it when krmfn takes it over.",
)
@click.option("--namespace", metavar="NAMESPACE", help="The namespace of tenant NAME; default: tenant-NAME.")
def init(words: tuple[str, ...], namespace: str | None, *, adopt: bool) -> int:
    """Write what is missing of a starter repository to DIR (default: the current folder), or add a tenant to it.

    No file is ever overwritten; what is there stays, and is named.

    \b
    krmfn init fleet
    krmfn init tenant birch
    krmfn init --adopt clusters/production
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    is_tenant = words[:1] == ("tenant",)
    if is_tenant and (len(words) != 2 or adopt):  # noqa: PLR2004
        raise click.UsageError("init tenant takes one NAME; for a folder of that name say ./tenant")
    if not is_tenant and (len(words) > 1 or namespace):
        raise click.UsageError("init takes one DIR; --namespace goes with init tenant NAME")
    folder = Path(words[0]) if words and not is_tenant else Path()
    if adopt and not folder.exists():
        raise click.UsageError(f"{folder} does not exist")
    if folder.is_file():
        raise click.UsageError(f"{folder} is a file")
    from krmfn.cli.adopt import prepared  # noqa: PLC0415
    from krmfn.cli.init import started  # noqa: PLC0415
    from krmfn.cli.tenant import added  # noqa: PLC0415

    if is_tenant:
        lines, results = added(folder, words[1], namespace or f"tenant-{words[1]}")
    else:
        lines, results = prepared(folder) if adopt else started(folder)
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    tell(results, sys.stderr)
    return code_of(results)


krmfn.add_command(render)
krmfn.add_command(import_)
krmfn.add_command(plan)
krmfn.add_command(check)
krmfn.add_command(reach)
krmfn.add_command(matrix)
krmfn.add_command(why)
krmfn.add_command(report)
