"""The arguments and streams of `krmfn plan`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from krmfn.cli.exits import Exit, tell
from krmfn.cli.options import CATALOG, CHANGED_SINCE, CONFIG, PATHS, REVISION, SHARD
from krmfn.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.fleet import Shard

DETAILED = "--detailed-exitcode"
"""The option with which exit code 2 says that there are changes, as terraform has it; every error is then 1."""


@click.command(short_help="Print what a change does to running things and data.")
@PATHS
@click.option("--from", "before", default="HEAD", **REVISION, show_default=True, help="The revision Flux has applied.")
@click.option(
    "--to",
    "after",
    default="WORKTREE",
    **REVISION,
    show_default=True,
    help="What Flux would apply next: a revision, INDEX (what is staged) or WORKTREE (what would be committed).",
)
@CONFIG
@CATALOG
@CHANGED_SINCE
@SHARD
@click.option(
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="The format of the output; markdown is for a comment on a pull request.",
)
@click.option("--full", is_flag=True, help="Print every field that differs, not only the first few.")
@click.option(DETAILED, "detailed", is_flag=True, help="Exit 0 if nothing changes, 2 if something does, 1 on errors.")
def plan(  # noqa: PLR0913, PLR0917  (one for each option of the command)
    paths: tuple[Path, ...],
    before: str,
    after: str,
    config: Path | None,
    catalog: tuple[Path, ...],
    changed_since: str,
    shard: Shard,
    output: str,
    *,
    full: bool,
    detailed: bool,
) -> int:
    """Print what a change of the declarations under PATHS does to running things, to data and to who may reach whom.

    REV is a revision as Git knows it; A...B is their common ancestor. Exits 1 when a side is invalid.

    \b
    krmfn plan
    krmfn plan --from origin/main
    krmfn plan --from HEAD~1 --to HEAD --output json
    krmfn plan --from origin/main --changed-since origin/main
    krmfn plan --from origin/main --output markdown
    krmfn plan --from origin/main --detailed-exitcode
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.cli.plan.as_json import as_json  # noqa: PLC0415
    from krmfn.cli.plan.as_markdown import as_markdown  # noqa: PLC0415
    from krmfn.cli.plan.as_text import as_text  # noqa: PLC0415
    from krmfn.cli.plan.comparison import compared  # noqa: PLC0415
    from krmfn.cli.plan.revisions import Revisions, lag_warning  # noqa: PLC0415
    from krmfn.cli.progress import shown  # noqa: PLC0415
    from krmfn.repository import RepositoryError  # noqa: PLC0415

    try:
        with shown() as progress:
            found = compared(Revisions(paths, before, after, config, catalog, shard, changed_since), progress)
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    for revision in (found.before, found.after):
        if not revision.is_valid:
            sys.stderr.write(f"krmfn: {revision.name} is invalid:\n")
            tell((each for each in revision.side.results if each.severity == "error"), sys.stderr)
    sys.stderr.write(lag_warning(found.before.name, found.after.name, found.lag))
    if found.after.side.left_out:
        sys.stderr.write(f"krmfn plan: {found.after.side.left_out.removeprefix('; ')}\n")
    if output == "json":
        say(as_json(found))
    elif output == "markdown":
        say(as_markdown(found, full=full))
    else:
        say("".join(f"{line}\n" for line in as_text(found, paint_for(sys.stdout), full=full)))
    if not found.is_valid:
        return Exit.FINDINGS
    return Exit.CHANGES if detailed and (found.verdict.changes or found.verdict.refusals) else Exit.FINE
