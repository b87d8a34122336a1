"""Man pages, made from what click knows of each command; click-man 0.6 runs the examples together into one line."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from krmfn import __version__
from krmfn.cli.commands import krmfn
from krmfn.cli.exits import Exit
from release import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = re.compile(r"^(krmfn|kustomize|kpt) ", re.MULTILINE)
CODES = {
    Exit.FINE: "Nothing is wrong.",
    Exit.FINDINGS: "There are errors among the findings, or something could not be read or written.",
    Exit.USAGE: "The command line is wrong. With --detailed-exitcode of plan: there are changes.",
    Exit.BUG: "A mistake of krmfn's own; the last line says where to report it.",
}
VARIABLES = {"NO_COLOR": "If it is set and not empty, no colours are used."}


def pages() -> dict[str, str]:
    """The pages by the names of their files: one of krmfn, one of each command."""
    context = click.Context(krmfn, info_name="krmfn", **krmfn.context_settings)
    commands = {name: command for name, command in sorted(krmfn.commands.items()) if not command.hidden}
    made = {"krmfn.1": _page("krmfn", krmfn, context, commands)}
    for name, command in commands.items():
        of_command = click.Context(command, info_name=name, parent=context)
        made[f"krmfn-{name}.1"] = _page(f"krmfn-{name}", command, of_command, {})
    return made


def _page(name: str, command: click.Command, context: click.Context, commands: dict[str, click.Command]) -> str:
    return "".join(f"{line}\n" for line in _lines(name, command, context, commands))


def _lines(
    name: str, command: click.Command, context: click.Context, commands: dict[str, click.Command]
) -> Iterator[str]:
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    prose = [" ".join(each.split()) for each in paragraphs if not EXAMPLE.search(each)]
    examples = [line for each in paragraphs if EXAMPLE.search(each) for line in each.splitlines() if line != "\b"]
    yield f'.TH "{name.upper()}" "1" "" "krmfn {__version__}" "User Commands"'
    yield ".SH NAME"
    yield f"{_text(name)} \\- {_text(_summary(prose[0]))}"
    yield ".SH SYNOPSIS"
    yield f".B {_text(name.replace('-', ' ', 1))}"
    yield _text(" ".join(command.collect_usage_pieces(context)))
    yield ".SH DESCRIPTION"
    for number, each in enumerate(prose):
        yield from ([".PP"] if number else [])
        yield _text(each)
    yield ".SH OPTIONS"
    for option, said in filter(None, (each.get_help_record(context) for each in command.get_params(context))):
        if not said:
            # An argument, which the synopsis has.
            continue
        yield from (".TP", rf"\fB{_text(option)}\fR", _text(" ".join(said.split())))
    if commands:
        yield ".SH COMMANDS"
    for each, of_command in commands.items():
        said = " ".join(inspect.cleandoc(of_command.help or "").split("\n\n")[0].split())
        yield from (".TP", rf"\fBkrmfn\-{each}\fR(1)", _text(said))
    yield from (".SH EXAMPLES", ".nf", ".RS 4", *map(_text, examples), ".RE", ".fi")
    yield ".SH EXIT STATUS"
    for code, said in CODES.items():
        yield from (".TP", str(int(code)), _text(said))
    yield ".SH ENVIRONMENT"
    for variable, said in VARIABLES.items():
        yield from (".TP", variable, _text(said))
    yield ".SH SEE ALSO"
    yield rf"\fBkrmfn\fR(1), {_text(HOME)}" if not commands else _text(HOME)


def _summary(sentence: str) -> str:
    """The first clause of the first sentence, for `apropos`."""
    return re.split(r"[:;.](?: |$)", sentence, maxsplit=1)[0]


def _text(text: str) -> str:
    """Text as roff reads it: what is copied from a page is what was meant, and no line is taken for a request."""
    escaped = (
        text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga").replace("^", r"\(ha")
    )
    return escaped if escaped[:1] != "." else rf"\&{escaped}"
