"""The arguments and streams of `krmfn schema`."""

from __future__ import annotations

from pathlib import Path

import click

from krmfn.cli.exits import Exit


@click.command()
@click.argument("kind", required=False)
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write <group>/<kind>_<version>.json for every kind, as editors and kubeconform look for them.",
)
def schema(kind: str | None, output_dir: Path | None) -> int:
    """Print the JSON Schema of a kind, or the list of kinds that have one: krmfn's, and those of the catalog.

    \b
    krmfn schema Placement
    krmfn schema --output-dir schemas
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.schema.declarations import apps, kinds, text, write_all  # noqa: PLC0415

    if output_dir:
        try:
            write_all(output_dir)
        except OSError as error:
            raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
    elif kind is None:
        click.echo("\n".join([*kinds(), *apps()]))
    elif kind in kinds() or kind in apps():
        click.echo(text(kind), nl=False)
    else:
        raise click.UsageError(f"there is no schema for {kind}; choose one of {', '.join([*kinds(), *apps()])}")
    return Exit.FINE
