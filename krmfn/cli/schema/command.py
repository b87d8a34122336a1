"""The arguments and streams of `krmfn schema`."""

from __future__ import annotations

from pathlib import Path

import click

from krmfn.cli.exits import Exit


def kinds_like(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The kinds that a word can become, for completion."""
    from krmfn.cli.schema.declarations import apps, kinds  # noqa: PLC0415

    return [each for each in (*kinds(), *apps()) if each.lower().startswith(typed.lower())]


@click.command(short_help="Print the JSON Schema of a kind.")
@click.argument("kind", required=False, shell_complete=kinds_like)
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
    from krmfn.lookalikes import did_you_mean  # noqa: PLC0415

    if output_dir:
        try:
            write_all(output_dir)
        except OSError as error:
            raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
    elif kind is None:
        click.echo("\n".join([*kinds(), *apps()]))
    else:
        known = {each.lower(): each for each in (*kinds(), *apps())}
        found = known.get(kind.lower())
        if found is None:
            hint = did_you_mean(kind, known.values()) or "; krmfn schema lists the kinds that have one"
            raise click.UsageError(f"there is no schema for {kind}{hint}")
        click.echo(text(found), nl=False)
    return Exit.FINE
