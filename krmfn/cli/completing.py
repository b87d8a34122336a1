"""Completions: for kubectl and Flux, which ask a plug-in for them in Cobra's protocol, and for fish.

The protocol: the arguments of `__complete` are the words so far, and last the word that is being typed. Each answer is
a line, with its explanation after a tab; the last line says what the shell may add (spf13/cobra v1.10, completions.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import FishComplete, ShellComplete

from krmfn.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DIRECTIVES = {"plain": 4, "file": 0, "dir": 16}
"""What the shell may add, as Cobra's number: nothing, names of files, or names of folders; by click's type."""


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
    """The lines of an answer: what the last word can become, then the number of what the shell may add."""
    *before, typed = words or ("",)
    found = ShellComplete(command, {}, "krmfn", "").get_completions(before, typed)
    yield from (
        f"{each.value}\t{' '.join(each.help.split())}" if each.help else each.value
        for each in found
        if each.type == "plain"
    )
    kind = next((each.type for each in found if each.type != "plain"), "plain")
    yield f":{DIRECTIVES[kind]}"
