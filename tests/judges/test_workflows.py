"""GitHub's workflows, ours and those of a starter repository, as actionlint reads them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.tools.programs import TESTS, program

if TYPE_CHECKING:
    from pathlib import Path

ROOT = TESTS.parent
FOLDERS = (ROOT / ".github/workflows", ROOT / "krmfn/cli/init/starter/.github/workflows")
AT_SCALE = ROOT / "kustomize/at-scale/github.yaml"
WORKFLOWS = [*sorted(path for folder in FOLDERS for path in folder.iterdir()), AT_SCALE]
JOB = "name: x\non: push\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_workflow_is_one_that_github_runs(path: Path) -> None:
    """Keys, expressions, contexts and inputs of actions are those that there are."""
    assert lint(path) == ""


def test_each_folder_has_one() -> None:
    """Nothing would be wrong with no workflow."""
    assert {path.parent for path in WORKFLOWS} == {*FOLDERS, AT_SCALE.parent}


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("- run: echo ${{ github.evnt }}", 'property "evnt" is not defined'),
        ("- uses: actions/checkout@v6\n  with: {fetch-dept: 0}", 'input "fetch-dept" is not defined'),
        ("- runs: make test", 'step must run script with "run" section'),
    ],
)
def test_the_judge_refuses(tmp_path: Path, step: str, told: str) -> None:
    """What GitHub would refuse, or pass over without a word."""
    path = tmp_path / "wrong.yaml"
    path.write_text(JOB + "".join(f"    {line}\n" for line in step.splitlines()), encoding="utf-8")
    assert told in lint(path)


def lint(path: Path) -> str:
    # Without the linters of scripts that a machine may have: the answer is the same everywhere.
    command = [str(program("actionlint")), "-shellcheck=", "-pyflakes=", "-no-color", "-oneline", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
