"""Completions for bash, zsh and fish, as click writes them: each asks the program that is installed."""

from __future__ import annotations

from click.shell_completion import BashComplete, ShellComplete, ZshComplete

from krmfn.cli import COMPLETING
from krmfn.cli.commands import krmfn
from krmfn.cli.completing import WholeFish

FILES: dict[str, type[ShellComplete]] = {"krmfn.bash": BashComplete, "_krmfn": ZshComplete, "krmfn.fish": WholeFish}
"""Named as each shell looks for them: bash-completion, $fpath, ~/.config/fish/completions."""


def scripts() -> dict[str, str]:
    """The scripts by the names of their files."""
    # Without `source`, which would ask which version of bash is here.
    return {
        name: (made := shell(krmfn, {}, "krmfn", COMPLETING)).source_template % made.source_vars()
        for name, shell in FILES.items()
    }
