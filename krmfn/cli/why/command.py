"""The arguments and streams of `krmfn why`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from krmfn.cli.exits import Exit, code_of, tell
from krmfn.cli.inputs.wholeruns import refuse_part_of_a_run
from krmfn.cli.options import CATALOG_ON_DISK
from krmfn.cli.output import say

OF_A_FIELD = re.compile(r"[{$.]*(apiVersion|kind|metadata|spec|data|rules|automountServiceAccountToken)\b")
"""How the path of a field begins, and no name that anybody has given."""


@click.command(short_help="Print which lines decide a field of an object.")
@click.argument("subject", metavar="OBJECT")
@click.argument("rest", metavar="[FIELD]", nargs=-1)
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
    rest: tuple[str, ...],
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
    krmfn why hr/kubernetes-playground spec.values.addons
    krmfn why JupyterHub/notebooks spec.dependsOn --output json
    krmfn why Kubernetes/playground --access
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.paint import paint_for  # noqa: PLC0415
    from krmfn.cli.why.answers import UnknownError, WhyQuestion, asked  # noqa: PLC0415
    from krmfn.cli.why.output import as_json, as_text  # noqa: PLC0415

    # As kubectl takes it too: a kind, and then the name.
    is_pair = rest and "/" not in subject and not Path(subject).exists() and not OF_A_FIELD.match(rest[0])
    subject, fields = (f"{subject}/{rest[0]}", rest[1:]) if is_pair else (subject, rest)
    if len(fields) > 1:
        raise click.UsageError(f"one FIELD at a time; {' '.join(fields)} are {len(fields)}")
    field = "".join(fields)
    refuse_part_of_a_run(paths)
    if about_access:
        return _access(subject, namespace, paths or (Path(),), catalog, output)
    try:
        told = asked(WhyQuestion(subject, field, namespace, paths or (Path(),), catalog))
    except UnknownError as error:
        raise click.UsageError(str(error)) from error
    say((as_json if output == "json" else as_text)(told, paint_for(sys.stdout)))
    tell(told.results, sys.stderr)
    return Exit.FINE if not told.results else code_of(told.results)


def _access(subject: str, namespace: str, paths: tuple[Path, ...], catalog: tuple[Path, ...], output: str) -> int:
    from krmfn.cli.why.access import accessed, as_json, as_text  # noqa: PLC0415
    from krmfn.cli.why.answers import UnknownError  # noqa: PLC0415

    try:
        told = accessed(subject, namespace, paths, catalog)
    except UnknownError as error:
        raise click.UsageError(str(error)) from error
    say((as_json if output == "json" else as_text)(told))
    tell(told.results, sys.stderr)
    return code_of(told.results)
