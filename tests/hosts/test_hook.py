"""krmfn's hook in the real pre-commit, which makes an environment for it and installs krmfn there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from krmfn import yaml

ROOT = Path(__file__).parents[2]
APP = """\
apiVersion: apps.cozystack.io/v1alpha1
kind: {kind}
metadata: {{name: a, namespace: tenant-acme}}
spec: {spec}
"""
OWN = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
"""Whoever runs the tests may have hooks, signatures and another name of the first branch."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**inherited, **OWN, "PYTHONPATH": "", "PRE_COMMIT_HOME": str(tmp_path / "cache")}


def git(folder: Path, *arguments: str, **environment: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=True, text=True)
    return run.stdout


def committed(folder: Path, files: dict[str, bytes], environment: dict[str, str]) -> str:
    """A new repository with one commit, and the commit."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    git(folder, "init", "--quiet", "--initial-branch=main", **environment)
    git(folder, "add", "--all", **environment)
    git(folder, "commit", "--quiet", "--message=.", **environment)
    return git(folder, "rev-parse", "HEAD", **environment).strip()


def test_the_hook_runs_in_pre_commit(tmp_path: Path, environment: dict[str, str]) -> None:
    """The real pre-commit installs krmfn from a clone and runs the hook, also for a commit that only removes files."""
    shipped = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "krmfn")
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z", *shipped, **environment)
    sources = {name: (ROOT / name).read_bytes() for name in listed.split("\0") if name and (ROOT / name).is_file()}
    revision = committed(tmp_path / "krmfn", sources, environment)
    hook = {"id": "krmfn-check", "args": ["--against", "HEAD"]}
    repo = {"repo": str(tmp_path / "krmfn"), "rev": revision, "hooks": [hook]}
    repository = tmp_path / "repository"
    files = {
        ".pre-commit-config.yaml": yaml.dump({"repos": [repo]}),
        "lab.yaml": APP.format(kind="Kubernetes", spec="{}"),
        "a.yaml": APP.format(kind="Redis", spec="{}"),
    }
    committed(repository, {name: text.encode() for name, text in files.items()}, environment)

    def run() -> subprocess.CompletedProcess[str]:
        git(repository, "add", "--all", **environment)
        command = [sys.executable, "-m", "pre_commit", "run", "--verbose"]
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)

    (repository / "a.yaml").write_text(APP.format(kind="Redis", spec="{replicas: 3}"), encoding="utf-8")
    passed = run()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "krmfn check" in passed.stdout
    (repository / "lab.yaml").unlink()
    failed = run()
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "[removed-unconfirmed]" in failed.stdout
