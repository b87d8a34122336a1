"""The arguments and streams of `krmfn init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from krmfn.cli.exits import code_of, tell


@click.command(short_help="Write a starter repository, or add a tenant to one.")
@click.argument("words", metavar="[DIR | tenant NAME]", nargs=-1)
@click.option(
    "--adopt",
    is_flag=True,
    help="Instead annotate what Flux applies directly in DIR, so that Flux keeps it when krmfn takes it over.",
)
@click.option("--plain-flux", is_flag=True, help="A starter without Cozystack: for Flux, and clusters that are there.")
@click.option("--namespace", metavar="NAMESPACE", help="The namespace of tenant NAME; default: tenant-NAME.")
def init(words: tuple[str, ...], namespace: str | None, *, adopt: bool, plain_flux: bool) -> int:
    """Write what is missing of a starter repository to DIR (default: the current folder), or add a tenant to it.

    No file is ever overwritten; what is there stays, and that is said.

    \b
    krmfn init fleet
    krmfn init fleet --plain-flux
    krmfn init tenant birch
    krmfn init --adopt clusters/production
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    is_tenant = words[:1] == ("tenant",)
    if is_tenant and (len(words) != 2 or adopt):  # noqa: PLR2004
        raise click.UsageError("init tenant takes one NAME; for a folder with the name tenant, write ./tenant")
    if not is_tenant and (len(words) > 1 or namespace):
        like = f"; for one more tenant, write krmfn init tenant {words[-1]}" if len(words) > 1 else ""
        raise click.UsageError(f"init takes one DIR, and --namespace goes with init tenant NAME{like}")
    if plain_flux and (is_tenant or adopt):
        raise click.UsageError("--plain-flux is for a new starter; what is there says in spec.target what it runs on")
    folder = Path(words[0]) if words and not is_tenant else Path()
    if adopt and not folder.exists():
        raise click.UsageError(f"{folder} does not exist")
    if folder.is_file():
        raise click.UsageError(f"{folder} is a file")
    from krmfn.cli.init.adopt import prepared  # noqa: PLC0415
    from krmfn.cli.init.repository import started  # noqa: PLC0415
    from krmfn.cli.init.tenant import added  # noqa: PLC0415

    if is_tenant:
        lines, results = added(folder, words[1], namespace or f"tenant-{words[1]}")
    else:
        lines, results = prepared(folder) if adopt else started(folder, plain_flux=plain_flux)
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    tell(results, sys.stderr)
    return code_of(results)
