"""The arguments and streams of `krmfn reach`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from krmfn.cli.exits import Exit, tell
from krmfn.cli.inputs.wholeruns import refuse_part_of_a_run
from krmfn.cli.options import CATALOG, CONFIG, REVISION


@click.command(short_help="Print who can talk to whom, and by which policies.")
@click.argument("source", metavar="[FROM]", default="")
@click.argument("target", metavar="[TO[:PORT]]", default="")
@click.option("-n", "--namespace", default="", metavar="NAMESPACE", help="The namespace of FROM, and of TO.")
@click.option(
    "--path",
    "paths",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PATH",
    help="A folder or file with declarations (default: the current folder).",
)
@click.option("--from", "before", **REVISION, help="Print what was opened and closed since REV.")
@click.option("--to", "after", **REVISION, help="With --from: the later revision, INDEX or WORKTREE (the default).")
@CONFIG
@CATALOG
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The format of the output.")
def reach(  # noqa: PLR0913, PLR0917  (one for each option of the command)
    source: str,
    target: str,
    namespace: str,
    paths: tuple[Path, ...],
    before: str,
    after: str,
    config: Path | None,
    catalog: tuple[Path, ...],
    output: str,
) -> int:
    """Print whether FROM can talk to TO, by which policies, and which line of a declaration would change it.

    FROM and TO are Kind/name (a cluster stands for its nodes), namespace/Kind/name, an address or a range, or one of
    world, dns, kube-apiserver, host, child-tenants and other-tenants. TO may also be the host name of a Service, or an
    address of the web. A port is 5432, 53/UDP, or the name of a Service's port. Without TO, all that FROM reaches;
    without FROM, or with "any", everybody. What cannot be known is "unknown", never "allowed".

    \b
    krmfn reach JupyterHub/notebooks Postgres/main:5432
    krmfn reach Kubernetes/playground
    krmfn reach any Postgres/main
    krmfn reach --from origin/main --output json
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.paint import one_line, paint_for  # noqa: PLC0415
    from krmfn.cli.reach.answers import answered, changed  # noqa: PLC0415
    from krmfn.cli.reach.as_json import as_json, as_json_change  # noqa: PLC0415
    from krmfn.cli.reach.as_text import as_change, as_text  # noqa: PLC0415
    from krmfn.cli.reach.question import ReachQuestion  # noqa: PLC0415
    from krmfn.reach.spellings import NotThereError  # noqa: PLC0415
    from krmfn.repository import RepositoryError  # noqa: PLC0415

    if after and not before:
        raise click.UsageError("--to needs --from, the earlier revision")
    if not before:
        refuse_part_of_a_run(paths, config)
    paint = paint_for(sys.stdout)
    asked = ReachQuestion(source, target, paths or (Path(),), config, catalog, namespace)
    missing = [path for path in (*asked.paths, *catalog, *([config] if config else [])) if not path.exists()]
    if missing and not before:
        raise click.UsageError(f"{missing[0]} does not exist")
    try:
        if before:
            change = changed(asked, before, after)
            lines = as_change(change, paint)
            text = as_json_change(change) if output == "json" else "".join(f"{line}\n" for line in lines)
            left_out, errors = change.left_out, change.errors
        else:
            told = answered(asked)
            text = as_json(told) if output == "json" else "".join(f"{line}\n" for line in as_text(told, paint))
            left_out, errors = told.left_out, told.errors
    except NotThereError as error:
        raise click.UsageError(one_line(str(error))) from error
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    tell(errors, sys.stderr)
    if errors:
        what = f"without {', '.join(left_out)}" if left_out else "without what is invalid"
        sys.stderr.write(f"krmfn reach: answered {what}\n")
    sys.stdout.buffer.write(text.encode(errors="replace"))
    sys.stdout.flush()
    return Exit.FINDINGS if errors else Exit.FINE
