"""The arguments and streams of `krmfn render`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from krmfn.cli.exits import code_of, tell
from krmfn.cli.inputs.wholeruns import refuse_part_of_a_run
from krmfn.cli.options import CATALOG_ON_DISK, CHANGED_SINCE, SHARD
from krmfn.results import Severity

if TYPE_CHECKING:
    from krmfn.cli.render.outcome import Outcome, Request
    from krmfn.fleet import Shard
    from krmfn.results import Result

STDIN = Path("-")


@click.command(short_help="Print or write what Flux gets.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
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
@CATALOG_ON_DISK
@click.option(
    "--keep-going",
    is_flag=True,
    help="Leave out the namespaces with errors, instead of writing nothing; the exit code is still 1.",
)
@click.option("--generated-only", is_flag=True, help="Leave out the objects in PATHS that are not krmfn's.")
@click.option("--verify", is_flag=True, help="Write nothing, and exit with 1 if DIR is not what would be written.")
@CHANGED_SINCE
@SHARD
@click.option("--verbose", is_flag=True, help="Also print infos and accepted warnings.")
def render(  # noqa: PLR0913  (one for each option of the command)
    paths: tuple[Path, ...],
    output_dir: Path | None,
    config: Path | None,
    catalog: tuple[Path, ...],
    *,
    keep_going: bool,
    generated_only: bool,
    verify: bool,
    changed_since: str,
    shard: Shard,
    verbose: bool,
) -> int:
    """Print what Flux gets for the manifests under PATHS (default: the current folder; - is stdin).

    It is what `kustomize build` with krmfn would print. With several ComputePlanes below PATHS, each is a run, and gets
    a folder of its own in DIR.

    \b
    krmfn render tenants/acme
    krmfn render --output-dir rendered
    krmfn render --output-dir rendered --verify
    krmfn render --output-dir rendered --changed-since origin/main
    krmfn render --output-dir rendered --shard 2/8
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    folders = tuple(path for path in paths if path != STDIN) if paths else (Path(),)
    if output_dir and any(path.resolve() == output_dir.resolve() for path in folders):
        raise click.UsageError("--output-dir is also an input; choose a folder beside it or inside it")
    if changed_since and STDIN in paths:
        raise click.UsageError("--changed-since asks Git, which does not know stdin; name the folder instead of -")
    if verify and not output_dir:
        raise click.UsageError("--verify compares with a folder; name it with --output-dir DIR")
    from krmfn.cli import output  # noqa: PLC0415
    from krmfn.cli.findings import as_lines, verdict  # noqa: PLC0415
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.cli.progress import shown  # noqa: PLC0415
    from krmfn.cli.render.intended import declared_in  # noqa: PLC0415
    from krmfn.cli.render.outcome import Request  # noqa: PLC0415
    from krmfn.cli.render.rendered import rendered  # noqa: PLC0415
    from krmfn.cli.render.writing import write_stream  # noqa: PLC0415
    from krmfn.repository import RepositoryError  # noqa: PLC0415
    from krmfn.yaml.loading import MAX_SIZE  # noqa: PLC0415

    if STDIN not in paths:
        refuse_part_of_a_run(paths, config)
    if output_dir and (there := declared_in(output_dir)):
        raise click.UsageError(
            f"{there} is in --output-dir, and what is there would be read no longer; choose a folder with nothing else "
            "in it, as rendered"
        )
    stdin = output.stdin().read(MAX_SIZE + 1) if STDIN in paths else None
    request = Request(folders, config, catalog, output_dir, keep_going, generated_only, stdin, shard, changed_since)
    try:
        with shown() as progress:
            outcome = rendered(request, progress)
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    written: list[Result] = []
    runs = outcome.written(keep_going=keep_going)
    if output_dir and (runs or (not outcome.runs and (outcome.others or outcome.gone))):
        written += _in_folder(output_dir, outcome, request, verify=verify)
    elif runs:
        write_stream((each for run in runs for each in run.objects or ()), sys.stdout.buffer)
    results = (*outcome.results, *written)
    # Changes to files are printed even if they need no action.
    tell((each for each in written if each.severity is Severity.INFO), sys.stderr)
    told = as_lines(results, outcome.accepted, paint_for(sys.stderr), verbose=verbose)
    sys.stderr.writelines(f"{line}\n" for line in told)
    last = verdict("render", results, outcome.accepted, len(outcome.runs) or (0 if outcome.is_part else 1))
    sys.stderr.write(f"{last}; {outcome.summary}\n")
    return code_of(results)


def _in_folder(directory: Path, outcome: Outcome, request: Request, *, verify: bool) -> list[Result]:
    """Writes the runs, or compares them with what is there."""
    from krmfn.cli.inputs.folderwalk import origin_of_file  # noqa: PLC0415
    from krmfn.cli.render.intended import Layout, Output  # noqa: PLC0415
    from krmfn.cli.render.rendered import others_are_rendered  # noqa: PLC0415
    from krmfn.cli.render.writing import verified, write_all  # noqa: PLC0415

    outputs = [
        Output(run.folder if outcome.is_fleet else "", run.objects, run.left_out, run.shard) for run in outcome.runs
    ]
    layout = None
    if outcome.is_fleet:
        layout = Layout(outcome.others, outcome.gone, request.shard, others_are_rendered(outcome, request))
    try:
        return (verified if verify else write_all)(directory, outputs, layout)
    except OSError as error:
        place = origin_of_file(str(error.filename))
        return [place.error("cannot-write", f"cannot be written: {error.strerror}")]
