"""docs/reach.md shows what `krmfn reach` prints; `make generate` writes the parts that are made."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.command_line import run_in

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reach.md"
EXAMPLE = ROOT / "kustomize/sandbox"
LONGEST = 160
"""A longer line is broken at a comma, so that the page can be read."""


def test_the_page_shows_what_is_printed() -> None:
    """Each example of the page, run as it stands there, prints what stands below it."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page)
    assert page.count("$ krmfn reach ") == len(re.findall(r"```console", page)) > 4


def filled(page: str) -> str:
    """The page with the output of its examples made anew."""
    return re.sub(r"```console\n\$ (krmfn [^\n]*)\n.*?```", lambda match: _shown(match[1]), page, flags=re.DOTALL)


def _shown(command: str) -> str:
    _, *arguments = shlex.split(command)
    answer = run_in(EXAMPLE, *arguments)
    assert answer.returncode == 0, answer.stderr
    lines = "".join(f"{_broken(line)}\n" for line in answer.stdout.splitlines())
    return f"```console\n$ {command}\n{lines}```"


def _broken(line: str) -> str:
    parts: list[str] = []
    while len(line) > LONGEST:
        end = line.rfind(", ", 0, LONGEST) + 1
        parts.append(line[:end])
        line = " " * 10 + line[end:]
    return "\n".join([*parts, line])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
