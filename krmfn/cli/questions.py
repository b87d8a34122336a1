"""The arguments and streams of the commands that answer questions about what is generated."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from krmfn.cli.exits import Exit, code_of, tell
from krmfn.cli.options import CATALOG, CATALOG_ON_DISK, CONFIG, PATHS
from krmfn.files import replace


@click.command()
@click.argument("subject", metavar="OBJECT")
@click.argument("field", default="")
@click.option("-n", "--namespace", default="", metavar="NAMESPACE", help="Only objects of this namespace.")
@click.option(
    "--path",
    "paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="The declarations; by default those in the current folder.",
)
@CATALOG_ON_DISK
@click.option(
    "--access",
    "about_access",
    is_flag=True,
    help="Print who may read, change, enter or delete OBJECT, a declared cluster or app, instead.",
)
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The format of the output.")
def why(  # noqa: PLR0913, PLR0917  (one for each option of the command)
    subject: str,
    field: str,
    namespace: str,
    paths: tuple[Path, ...],
    catalog: tuple[Path, ...],
    output: str,
    *,
    about_access: bool,
) -> int:
    """Print where FIELD of a generated OBJECT comes from: the lines that decide it, and the rule.

    OBJECT is KIND/NAME as kubectl takes it (hr/flows-on-lab), KIND/NAME of a declaration (N8n/flows), or a line of a
    rendered file (rendered/acme/helmrelease-flows.yaml:42). Without FIELD, all fields are explained.

    \b
    krmfn why hr/kubernetes-lab spec.values.addons
    krmfn why N8n/flows spec.dependsOn --output json
    krmfn why Kubernetes/lab --access
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.cli.why import UnknownError, WhyQuestion, asked  # noqa: PLC0415
    from krmfn.cli.why_output import as_json, as_text  # noqa: PLC0415

    if about_access:
        return _access(subject, namespace, paths or (Path(),), catalog, output)
    try:
        told = asked(WhyQuestion(subject, field, namespace, paths or (Path(),), catalog))
    except UnknownError as error:
        raise click.UsageError(str(error)) from error
    text = (as_json if output == "json" else as_text)(told, paint_for(sys.stdout))
    sys.stdout.buffer.write(text.encode(errors="replace"))
    sys.stdout.flush()
    tell(told.results, sys.stderr)
    return Exit.FINE if not told.results else code_of(told.results)


def _access(subject: str, namespace: str, paths: tuple[Path, ...], catalog: tuple[Path, ...], output: str) -> int:
    from krmfn.cli.access import accessed, as_json, as_text  # noqa: PLC0415
    from krmfn.cli.why import UnknownError  # noqa: PLC0415

    try:
        told = accessed(subject, namespace, paths, catalog)
    except UnknownError as error:
        raise click.UsageError(str(error)) from error
    sys.stdout.buffer.write((as_json if output == "json" else as_text)(told).encode(errors="replace"))
    sys.stdout.flush()
    tell(told.results, sys.stderr)
    return code_of(told.results)


@click.command()
@PATHS
@click.option("--from", "before", default="", metavar="REV", help="Also show what changed since this revision.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write; without it, the page goes to stdout.",
)
@CONFIG
@CATALOG
def report(
    paths: tuple[Path, ...], before: str, output: Path | None, config: Path | None, catalog: tuple[Path, ...]
) -> int:
    """Write one HTML page about the declarations under PATHS: clusters, apps, who talks to whom, and what was found.

    The page is one file that loads nothing: it can be mailed, archived, or attached to a build.

    \b
    krmfn report --output report.html
    krmfn report tenants/acme --from origin/main --output report.html
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.report import reported  # noqa: PLC0415
    from krmfn.repository import RepositoryError  # noqa: PLC0415

    missing = [path for path in paths if not path.exists()]
    if missing:
        raise click.UsageError(f"{missing[0]} does not exist")
    try:
        made = reported(paths or (Path(),), config, catalog, before)
    except RepositoryError as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} draws the pictures; install it: pip install 'krmfn[report]'"
        ) from error
    if output:
        replace(output.parent, {output.name: made.html.encode()})
    else:
        sys.stdout.buffer.write(made.html.encode())
        sys.stdout.flush()
    errors = [each for each in made.results if each.severity == "error"]
    tell(errors, sys.stderr)
    return code_of(errors)
