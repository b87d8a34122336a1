"""The commands of the README and of docs/hosts.md, run as they stand: what a new user would type into a copy."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Hosts

ROOT = TESTS.parent
PAGES = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/hosts.md"))
COMMANDS = [
    line for block in re.findall(r"```console\n(.*?)```", PAGES, re.DOTALL) for line in block.splitlines() if line
]
# The one that runs this test.
ITSELF = "make test"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone has: the files that Git tracks or would."""
    target = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(source.read_bytes())
            (target / name).chmod(source.stat().st_mode)
    return target


def test_there_are_commands() -> None:
    """Pages whose commands cannot be found would pass every other test of this file."""
    assert ITSELF in COMMANDS
    assert len(COMMANDS) > len({ITSELF, "make demo"})


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != ITSELF])
def test_a_command_of_the_pages_works_as_it_stands(command: str, copy: Path, hosts: Hosts, tmp_path: Path) -> None:
    """It ends well, and what it prints has the expansion in it, unless it writes files."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for program in (hosts.kustomize, hosts.kpt):
        (programs / program.name.partition("-")[0]).symlink_to(program)
    environment = {**hosts.environment, "PATH": f"{programs}:{hosts.environment['PATH']}"}
    run = subprocess.run(
        shlex.split(command), cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stderr
    if "--output-dir" in command:
        assert (copy / "rendered" / "kustomization.yaml").is_file()
    elif command.startswith("kpt"):
        assert list(copy.glob("kustomize/demo/**/helmrelease-postgres-main.yaml"))
    else:
        assert "name: jupyterhub-notebooks-on-lab" in run.stdout
