"""Completions for kubectl and Flux, which ask a plug-in for them as Cobra programs ask each other, and for fish.

The protocol: the words so far and the one that is typed as arguments of `__complete`; an answer is a line, its
explanation stands behind a tab, and the last line says what the shell may add (spf13/cobra v1.10, completions.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import FishComplete, ShellComplete

from krmfn.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ADDS = {"plain": 4, "file": 0, "dir": 16}
"""By what is completed: nothing, names of files, names of folders."""


class WholeFish(FishComplete):
    """Fish's completion with the whole of every explanation: click's own ends at the first comma."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


@click.command("__complete", hidden=True, context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def complete(context: click.Context, words: tuple[str, ...]) -> int:
    """Print what the last of WORDS can become, as kubectl and Flux read it."""
    click.echo("".join(f"{line}\n" for line in answers(context.find_root().command, words)), nl=False)
    return Exit.FINE


def answers(command: click.Command, words: Sequence[str]) -> Iterator[str]:
    *before, typed = words or ("",)
    found = ShellComplete(command, {}, "krmfn", "").get_completions(before, typed)
    yield from (
        f"{each.value}\t{' '.join(each.help.split())}" if each.help else each.value
        for each in found
        if each.type == "plain"
    )
    yield f":{next((ADDS[each.type] for each in found if each.type != 'plain'), ADDS['plain'])}"
