"""What a release has for shells and for man, in the shells themselves and in groff."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from release import completions, manpages
from tests.command_line import environment
from tests.tools import toolchain

if TYPE_CHECKING:
    from collections.abc import Mapping

ASKED = {
    "krmfn pl": "plan",
    "krmfn check --allow-": "--allow-empty",
    "krmfn plan --output mark": "markdown",
}
"""What is typed, and what it becomes: a command, an option, an option's value."""
BASH = """
source "$1"
COMP_WORDS=({typed}) COMP_CWORD=$(({count} - 1))
"$(complete -p krmfn | sed 's/.*-F //; s/ .*//')" krmfn
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
FISH = 'source $argv[1]; complete --do-complete "{typed}"'
# A terminal of its own: zsh completes for somebody who types.
ZSH = r"""
zmodload zsh/zpty
zpty asked "zsh -f -i"
zpty -w asked "PS1='> '; fpath=(${{1:h}} \$fpath); autoload -Uz compinit; compinit -D -u; print ready''now"
zpty -r asked out '*readynow*'
zpty -w -n asked $'{typed}\t'
zpty -r asked out '*{becomes}*'
print -r -- {becomes}
"""
SHELLS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "bash": (("bash", "--norc", "-c"), BASH, "krmfn.bash"),
    "fish": (("fish", "--no-config", "-c"), FISH, "krmfn.fish"),
    "zsh": (("zsh", "-f", "-c"), ZSH, "_krmfn"),
}


@pytest.fixture
def there(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and krmfn on the PATH."""
    programs = Path(sys.executable).parent
    return environment({"HOME": str(tmp_path), "PATH": f"{programs}:{os.environ['PATH']}", "TERM": "xterm"})


@pytest.mark.parametrize(("typed", "becomes"), ASKED.items())
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes(shell: str, typed: str, becomes: str, there: dict[str, str], tmp_path: Path) -> None:
    """By the script of a release, which asks the installed program."""
    (program, *arguments), script, name = SHELLS[shell]
    path = tmp_path / name
    path.write_text(completions.scripts()[name], encoding="utf-8")
    filled = script.format(typed=typed, becomes=becomes, count=len(typed.split()))
    # fish gives a script its arguments from the first on, the others from the second.
    given = (path,) if shell == "fish" else ("shell", path)
    command = [toolchain.installed(program, "`make packages` installs it."), *arguments, filled, *given]
    done = subprocess.run(command, env=there, capture_output=True, text=True, check=False, timeout=120)
    assert becomes in [line.partition("\t")[0] for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize("script", ["of a release", "as the program prints it"])
def test_fish_shows_the_whole_explanation(script: str, there: dict[str, str], tmp_path: Path) -> None:
    """Also one with a comma, at which the script that click has would end it."""
    path = tmp_path / "krmfn.fish"
    printed = subprocess.run(
        ["krmfn"], env={**there, "_KRMFN_COMPLETE": "fish_source"}, capture_output=True, text=True, check=True
    ).stdout
    path.write_text(completions.scripts()["krmfn.fish"] if script == "of a release" else printed, encoding="utf-8")
    fish = toolchain.installed("fish", "`make packages` installs it.")
    command = [str(fish), "--no-config", "-c", FISH.format(typed="krmfn reac"), str(path)]
    done = subprocess.run(command, env=there, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "reach\tPrint who can talk to whom, and by which policies.\n"


@pytest.mark.parametrize("page", manpages.pages())
def test_groff_has_nothing_against_a_man_page(page: str) -> None:
    """With all its warnings; what it shows has the examples as they are typed."""
    command: list[str | Path] = [
        toolchain.installed("groff", "`make packages` installs it."),
        "-ww",
        "-man",
        "-Tascii",
        "-P-cbou",
    ]
    done = subprocess.run(command, input=manpages.pages()[page], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "EXAMPLES" in done.stdout
    assert "\n           krmfn " in done.stdout
