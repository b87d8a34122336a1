"""The arguments and streams of the commands that compare Git revisions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from krmfn.cli.exits import Exit, code_of, tell
from krmfn.cli.options import CATALOG, CONFIG, PATHS

DETAILED = "--detailed-exitcode"
"""The option with which exit code 2 says that there are changes, as terraform has it; every error is then 1."""


@click.command()
@PATHS
@click.option(
    "--from", "before", default="HEAD", metavar="REV", show_default=True, help="The revision Flux has applied."
)
@click.option(
    "--to",
    "after",
    default="WORKTREE",
    metavar="REV",
    show_default=True,
    help="What Flux would apply next: a revision, INDEX (what is staged) or WORKTREE (what would be committed).",
)
@CONFIG
@CATALOG
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
    krmfn plan --from origin/main --output markdown
    krmfn plan --from origin/main --detailed-exitcode
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.comparing import Revisions, compared  # noqa: PLC0415
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.cli.plan_json import as_json  # noqa: PLC0415
    from krmfn.cli.plan_markdown import as_markdown  # noqa: PLC0415
    from krmfn.cli.plan_text import as_text  # noqa: PLC0415
    from krmfn.repository import RepositoryError  # noqa: PLC0415

    try:
        found = compared(Revisions(paths, before, after, config, catalog))
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    for revision in (found.before, found.after):
        if not revision.is_valid:
            sys.stderr.write(f"krmfn: {revision.name} is invalid:\n")
            tell((each for each in revision.side.results if each.severity == "error"), sys.stderr)
    _warn_of_lag(found.before.name, found.after.name, found.lag)
    if output == "json":
        _write(as_json(found))
    elif output == "markdown":
        _write(as_markdown(found, full=full))
    else:
        _write("".join(f"{line}\n" for line in as_text(found, paint_for(sys.stdout), full=full)))
    if not found.is_valid:
        return Exit.FINDINGS
    return Exit.CHANGES if detailed and (found.verdict.changes or found.verdict.refusals) else Exit.FINE


@click.command()
@PATHS
@click.option(
    "--against",
    metavar="REV",
    help="Also compare REV with the work tree: refuse what would be lost by accident, and warn of other losses.",
)
@CONFIG
@CATALOG
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="The format of the output.",
)
@click.option("--allow-empty", is_flag=True, help="Pass where nothing is declared, instead of taking it for a mistake.")
@click.option("--strict", is_flag=True, help="Report what is moved, replaced or retired as errors, not as warnings.")
@click.option("--verbose", is_flag=True, help="Also print infos, accepted warnings, and what was read.")
def check(  # noqa: PLR0913  (one for each option of the command)
    paths: tuple[Path, ...],
    against: str | None,
    config: Path | None,
    catalog: tuple[Path, ...],
    form: str,
    *,
    allow_empty: bool,
    strict: bool,
    verbose: bool,
) -> int:
    """Check the declarations under PATHS (default: the current folder), and print only the findings.

    \b
    krmfn check
    krmfn check --against origin/main
    krmfn check --against origin/main --format github
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli import check as judging  # noqa: PLC0415
    from krmfn.cli.comparing import Revisions  # noqa: PLC0415
    from krmfn.cli.formats import FORMATS, last_line  # noqa: PLC0415
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.repository import WORKTREE, RepositoryError  # noqa: PLC0415

    request = Revisions(paths or (Path(),), against or "", WORKTREE, config, catalog)
    if against is None:
        missing = [path for path in (*request.paths, *catalog, *([config] if config else [])) if not path.exists()]
        if missing:
            raise click.UsageError(f"{missing[0]} does not exist")
        verdict = judging.alone(request, allow_empty=allow_empty)
    else:
        try:
            verdict = judging.against(request, strict=strict, allow_empty=allow_empty)
        except RepositoryError as error:
            raise click.ClickException(str(error)) from error
        _warn_of_lag(against, WORKTREE, verdict.lag)
    _write(FORMATS[form](verdict, paint_for(sys.stdout), verbose))
    sys.stderr.write((f"krmfn: {verdict.summary}\n" if verbose else "") + f"{last_line(verdict)}\n")
    return code_of(verdict.results)


def _warn_of_lag(before: str, after: str, lag: int) -> None:
    if lag:
        commits, them = ("a commit", "it") if lag == 1 else (f"{lag} commits", "them")
        sys.stderr.write(
            f"krmfn: {before} has {commits} that {after} lacks, so this comparison shows {them} as undone; rebase, or "
            f"compare with the common ancestor: {before}...\n"
        )


def _write(text: str) -> None:
    """Writes UTF-8 in every terminal encoding."""
    sys.stdout.buffer.write(text.encode(errors="replace"))
    sys.stdout.flush()
