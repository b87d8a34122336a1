"""What a stranger finds around the code: issue forms, the workflow's commands, hooks, and one home for all of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from krmfn import yaml

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yaml"))
STOREYS = {"test": "make test", "judges": "make judges", "e2e": "make e2e"}
HOME = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Homepage"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path: Path) -> None:
    """GitHub shows no form whose fields lack an id of their own or a label."""
    form = read(path)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {"name", "description", "body"} <= set(form)
    assert {field["type"] for field in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_ci_runs_the_three_storeys_side_by_side() -> None:
    """A job each, none of which waits for another, and each command is a target of the Makefile."""
    jobs = read(GITHUB / "workflows/ci.yaml")["jobs"]
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(jobs) == set(STOREYS)
    for name, command in STOREYS.items():
        assert "needs" not in jobs[name]
        assert [step["run"] for step in jobs[name]["steps"] if "make " in step.get("run", "")] == [command]
        assert command.removeprefix("make ") in targets


@pytest.mark.parametrize("name", ["ci.yaml", "release.yml"])
def test_ci_pins_what_it_uses(name: str) -> None:
    """An action is named by its commit, with its version beside it, and cannot change under us."""
    lines = (GITHUB / "workflows" / name).read_text(encoding="utf-8").splitlines()
    used = [line for line in lines if "uses:" in line]
    assert used
    assert [line for line in used if not re.search(r"@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line)] == []


def test_dependabot_looks_where_dependencies_are() -> None:
    """Each folder that it is told of is there and has a manifest of its kind."""
    manifests = {
        "pip": "pyproject.toml",
        "github-actions": ".github/workflows/*",
        "gomod": "go.mod",
        "docker": "Dockerfile",
        "npm": "package-lock.json",
    }
    updates = read(GITHUB / "dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == set(manifests)
    for update in updates:
        for folder in update.get("directories", [update.get("directory")]):
            pattern = f"{folder}/{manifests[update['package-ecosystem']]}".lstrip("/")
            assert list(ROOT.glob(pattern)), pattern


def test_hooks_run_what_make_check_runs() -> None:
    """The tools of the lock file, so that a commit that passes here passes in CI."""
    (repo,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    hooks = {hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in repo["hooks"]}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"ruff", "mypy", "lint-imports"} <= hooks
    assert all(f"$(BIN)/{tool}" in makefile for tool in hooks)


def test_there_is_one_home() -> None:
    """Every page that leads to the project leads to the place that pyproject.toml names."""
    pages = (
        "docs/pull-requests.md",
        "SECURITY.md",
        ".github/ISSUE_TEMPLATE/config.yml",
        "krmfn/cli/init/starter/.pre-commit-config.yaml",
    )
    for page in pages:
        links = re.findall(r"https://github\.com/krmfn\b[^\s@)]*", (ROOT / page).read_text(encoding="utf-8"))
        assert links, page
        assert all(link.startswith(HOME) for link in links), page


def read(path: Path) -> Any:
    return yaml.load(path.read_bytes())
