"""docs/start.md: its commands run in order as they stand, and print what the page shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.command_line import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).parents[1] / "docs/start.md"
END = "--- end of step"
REFUSED = "loosened-unconfirmed"


class Step(NamedTuple):
    """Commands that are typed together, and what the page shows of the last one's output."""

    commands: str
    output: str


def steps() -> list[Step]:
    found = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        lines = block.splitlines()
        if not block.startswith("$ "):
            found.append(Step(block, ""))
            continue
        typed = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        shown = [line for line in lines if not line.startswith("$ ")]
        found.append(Step("\n".join(typed), "\n".join(shown)))
    return found


def without_hash(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{7}\b", "<commit>", text)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each step prints, in one shell, in an empty folder, with an empty HOME."""
    home = tmp_path_factory.mktemp("home")
    programs = home / "bin"
    programs.mkdir()
    (programs / "krmfn").write_text(f'#!/bin/sh\nexec {sys.executable} -m krmfn "$@"\n', encoding="utf-8")
    (programs / "krmfn").chmod(0o755)
    git = Path(shutil.which("git") or "git").parent
    there = environment({"HOME": str(home), "PATH": f"{programs}:{git}:/usr/bin:/bin"})
    return typed(["/bin/sh"], tmp_path_factory.mktemp("start"), there)


def typed(shell: list[str], folder: Path, there: Mapping[str, str]) -> list[str]:
    """What a shell prints for each step."""
    run = subprocess.run(
        shell,
        input="".join(f"{step.commands.rstrip()}\necho '{END}'\n" for step in steps()),
        cwd=folder,
        env=there,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.stdout.split(f"{END}\n")[:-1]


def test_each_step_prints_what_the_page_shows(printed: list[str]) -> None:
    """In order; of steps whose output the page leaves out, no line is an error but the refusal that it announces."""
    assert_as_shown(printed)


def assert_as_shown(printed: list[str]) -> None:
    assert len(printed) == len(steps())
    shown = [(step, text) for step, text in zip(steps(), printed, strict=True) if step.output]
    assert len(shown) >= len(("check", "why", "reach", "plan"))
    for step, text in shown:
        assert without_hash(step.output) in without_hash(text), step.commands
    for step, text in zip(steps(), printed, strict=True):
        refused = [line for line in text.splitlines() if line.startswith(("error", "fatal", "Error"))]
        assert all(line.endswith(f"[{REFUSED}]") for line in refused), f"{step.commands}\n{text}"
        assert bool(refused) == ("--against" in step.commands)
