"""The arguments and streams of `krmfn check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from krmfn.cli import output
from krmfn.cli.exits import code_of
from krmfn.cli.options import CATALOG, CHANGED_SINCE, CONFIG, PATHS, REVISION, SHARD
from krmfn.cli.output import say

if TYPE_CHECKING:
    from krmfn.fleet import Shard


@click.command(short_help="Find what is wrong, and what a merge would lose.")
@PATHS
@click.option(
    "--against",
    **REVISION,
    help="Also compare REV with the work tree: refuse what would be lost by accident, and warn of other losses.",
)
@CONFIG
@CATALOG
@CHANGED_SINCE
@SHARD
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="The format of the output.",
)
@click.option("--allow-empty", is_flag=True, help="Accept that nothing is declared, instead of reporting an error.")
@click.option(
    "--expanded",
    is_flag=True,
    help="Instead check what Flux applies, PATHS or stdin (-): refuse every declaration that is left in it.",
)
@click.option("--strict", is_flag=True, help="Report what is moved, replaced or retired as errors, not as warnings.")
@click.option("--verbose", is_flag=True, help="Also print infos, accepted warnings, and what was read.")
def check(  # noqa: PLR0913, PLR0917  (one for each option of the command)
    paths: tuple[Path, ...],
    against: str,
    config: Path | None,
    catalog: tuple[Path, ...],
    changed_since: str,
    shard: Shard,
    form: str,
    *,
    allow_empty: bool,
    expanded: bool,
    strict: bool,
    verbose: bool,
) -> int:
    """Check the declarations under PATHS (default: the current folder), and print only the findings.

    \b
    krmfn check
    krmfn check --against origin/main
    krmfn check --against origin/main --format github
    krmfn check --against origin/main --changed-since origin/main
    krmfn check --expanded rendered
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.check import verdict as judging  # noqa: PLC0415
    from krmfn.cli.check.formats import FORMATS, last_line  # noqa: PLC0415
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.cli.plan.revisions import Revisions, lag_warning  # noqa: PLC0415
    from krmfn.cli.progress import shown  # noqa: PLC0415
    from krmfn.repository import WORKTREE, RepositoryError  # noqa: PLC0415
    from krmfn.yaml.loading import MAX_SIZE  # noqa: PLC0415

    request = Revisions(paths or (Path(),), against, WORKTREE, config, catalog, shard, changed_since)
    if not against:
        named = [path for path in request.paths if not (expanded and str(path) == "-")]
        missing = [path for path in (*named, *catalog, *([config] if config else [])) if not path.exists()]
        if missing:
            raise click.UsageError(f"{missing[0]} does not exist")
    if expanded and against:
        raise click.UsageError("--expanded looks at what Flux applies, and --against at declarations: one at a time")
    try:
        if expanded:
            from krmfn.cli.check import expanded as expanding  # noqa: PLC0415

            stdin = output.stdin().read(MAX_SIZE + 1) if expanding.STDIN in request.paths else None
            verdict = expanding.expanded(request.paths, stdin)
        else:
            with shown() as progress:
                if not against:
                    verdict = judging.alone(request, progress, allow_empty=allow_empty)
                else:
                    verdict = judging.against(request, progress, strict=strict, allow_empty=allow_empty)
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    sys.stderr.write(lag_warning(against, WORKTREE, verdict.lag))
    say(FORMATS[form](verdict, paint_for(sys.stdout), verbose))
    sys.stderr.write((f"krmfn: {verdict.summary}\n" if verbose else "") + f"{last_line(verdict)}{verdict.left_out}\n")
    return code_of(verdict.results)
