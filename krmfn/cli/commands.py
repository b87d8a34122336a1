"""The group of all commands; each has a folder of its own, with its arguments in command.py."""

from __future__ import annotations

import re
from copy import copy
from typing import Any

import click

from krmfn import __version__
from krmfn.cli.check.command import check
from krmfn.cli.completing import complete
from krmfn.cli.exits import Exit
from krmfn.cli.import_.command import import_
from krmfn.cli.init.command import init
from krmfn.cli.matrix.command import matrix
from krmfn.cli.paint import one_line
from krmfn.cli.plan.command import DETAILED, plan
from krmfn.cli.reach.command import reach
from krmfn.cli.render.command import render
from krmfn.cli.report.command import report
from krmfn.cli.schema.command import schema
from krmfn.cli.why.command import why

PLAN = "krmfn plan says what a change does"
CHECK = "krmfn check finds what is wrong"
RENDER = "krmfn render prints what Flux gets"
FLUX = "krmfn applies nothing itself: commit what krmfn render --output-dir writes, and Flux applies it"
NAMED_ELSEWHERE = {
    **dict.fromkeys(("diff", "changes", "preview"), PLAN),
    **dict.fromkeys(("validate", "lint", "test", "verify"), CHECK),
    **dict.fromkeys(("build", "template", "generate", "expand"), RENDER),
    **dict.fromkeys(("apply", "deploy", "install", "sync", "reconcile"), FLUX),
    **dict.fromkeys(("explain", "trace"), "krmfn why says where a field comes from"),
    **dict.fromkeys(("new", "create", "start", "bootstrap"), "krmfn init writes a repository to start with"),
}
"""What other programs call what krmfn does, and how it is done here."""


class Commands(click.Group):
    """Click's own errors are usage errors: exit code 2, with click's message. Help names the program as called."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, whose examples are what the user would type: as a plug-in, `kubectl krmfn plan`."""
        return self._as_typed(ctx, super().get_command(ctx, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in NAMED_ELSEWHERE:
            ctx.fail(f"there is no command {args[0]}: {NAMED_ELSEWHERE[args[0]]}")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return super().get_help(ctx).replace("\n  krmfn ", f"\n  {ctx.find_root().info_name} ")

    @staticmethod
    def _as_typed(ctx: click.Context, command: click.Command | None) -> click.Command | None:
        typed = ctx.find_root().info_name
        if command and command.help and typed != "krmfn":
            command = copy(command)
            command.help = re.sub("^( *)krmfn ", rf"\1{typed} ", f"{command.help}", flags=re.MULTILINE)
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command; what it returns is the exit code."""
        try:
            return super().main(*args, **kwargs)
        except click.exceptions.Exit as leaving:
            return leaving.exit_code
        except click.ClickException as error:
            _in_one_line(error).show()
            # 2 would say that there are changes.
            return int(Exit.FINDINGS if args and DETAILED in args[0] else Exit.USAGE)
        except click.Abort:
            return int(Exit.INTERRUPTED)
        except SystemExit as leaving:
            # Click exits this way if the reader of its help closed the pipe.
            return leaving.code if isinstance(leaving.code, int) else int(Exit.FINDINGS)


def _in_one_line(error: click.ClickException) -> click.ClickException:
    """The error; where it repeats an argument with a line break, that begins no line of its own in a CI's log."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    said = one_line(error.format_message())
    return click.UsageError(said, error.ctx) if isinstance(error, click.UsageError) else click.ClickException(said)


@click.group(cls=Commands, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def krmfn() -> None:
    """Expands tenant clusters and app placements into Flux HelmReleases.

    To begin, krmfn init writes a repository to look at; krmfn check finds what is wrong in one.

    Without arguments and with a ResourceList on stdin, krmfn is a KRM function for kustomize and kpt. Its
    functionConfig is a ComputePlane (krmfn schema ComputePlane), or a ConfigMap with keys as target.flux.

    \b
    kustomize build --enable-alpha-plugins --enable-exec DIR
    kpt fn render --allow-exec DIR
    krmfn render DIR
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)


@krmfn.command()
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The format of the output.")
def version(output: str) -> int:
    """Print krmfn's version and the versions that it writes for.

    \b
    krmfn version --output json
    """  # noqa: D301  (\b is how click is told to leave the lines below it as they are)
    from krmfn.cli.version import as_json, as_text  # noqa: PLC0415

    click.echo(as_json() if output == "json" else as_text())
    return Exit.FINE


for command in (render, plan, check, why, reach, matrix, report, import_, init, schema, complete):
    krmfn.add_command(command)
