"""Options that several commands take: where declarations are, on disk or in a revision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from krmfn.fleet import Shard


PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file with the ComputePlane, as each revision has it; without it, those in PATHS, each for its folder.",
)
CATALOG = click.option(
    "--catalog",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PATH",
    help="More definitions: ApplicationDefinitions and profiles.",
)
"""As `CATALOG_ON_DISK`, for commands that read revisions: there a path need not be on disk."""
CATALOG_ON_DISK = click.option(
    "--catalog",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="PATH",
    help="More definitions: ApplicationDefinitions and profiles.",
)


class ShardType(click.ParamType["Shard"]):
    """`I/N`: one of N shards."""

    name = "I/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        from krmfn.fleet import Shard  # noqa: PLC0415  (help needs no rules about fleets)

        if isinstance(value, Shard):
            return value
        numbers = str(value).split("/")
        digits = all(each.isascii() and each.isdecimal() and len(each) <= MAX_DIGITS for each in numbers)
        if len(numbers) != len("IN") or not digits or not 1 <= int(numbers[0]) <= int(numbers[1]):
            self.fail(f"{value} is not one of N shards; say I/N with 1 <= I <= N, as in --shard 2/8", param, ctx)
        return Shard(*map(int, numbers))


MAX_DIGITS = 6
"""Of a number of shards."""


def _named(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """A revision; empty if the option is not given, but never if it is given without one: that is a lost variable."""
    if value == "":
        raise click.BadParameter("is empty; name a revision, or leave the option out")
    return value or ""


REVISION: dict[str, Any] = {"metavar": "REV", "callback": _named}
"""What every option has that names a revision."""
CHANGED_SINCE = click.option(
    "--changed-since",
    **REVISION,
    help="Only the runs of a fleet that are not as they were at REV; what all runs share counts for all.",
)
SHARD = click.option(
    "--shard",
    type=ShardType(),
    default="1/1",
    metavar="I/N",
    help="Only the namespaces of shard I of N, for N machines that share the work; all N together are the whole.",
)
