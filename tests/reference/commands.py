"""The commands, as their `--help` says them, and the exit codes."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from krmfn.cli import exits
from krmfn.cli.commands import krmfn

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """\
# Commands

`krmfn` without arguments and with a pipe on stdin is a KRM function: it reads a ResourceList and writes one. Everything
else is a command. What a command is asked for goes to stdout, findings and counts go to stderr. Written by `make
generate`.

## Exit codes

| code | means |
|---|---|
"""
WIDTH = 100


def page() -> str:
    """docs/reference/commands.md."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in exit_codes())
    return f"{INTRODUCTION}{codes}{''.join(_section(name) for name in sorted(krmfn.commands))}"


def exit_codes() -> Iterator[tuple[int, str]]:
    """Each exit code with what the source says below it."""
    tree = ast.parse(inspect.getsource(exits.Exit))
    [body] = [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for assigned, said in pairwise(body):
        match assigned, said:
            case ast.Assign(value=ast.Constant(value=int(code))), ast.Expr(value=ast.Constant(value=str(meaning))):
                yield code, meaning


def _section(name: str) -> str:
    command = krmfn.commands[name]
    parent = click.Context(krmfn, info_name="krmfn", help_option_names=["-h", "--help"])
    context = click.Context(command, parent=parent, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH)
    return f"\n## krmfn {name}\n\n```text\n{command.get_help(context)}\n```\n"
