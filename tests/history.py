"""Git histories of declarations, made for a test: real repositories, real commits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

import krmfn

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
PACKAGE = Path(krmfn.__file__).parent
# Whoever runs the tests may have hooks, signatures and another name of the first branch.
CLEAN = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "PYTHONPATH": str(PACKAGE.parent),
}
NAMESPACE = "tenant-acme"


def krmfn_in(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Krmfn as a process of its own, in a folder."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        [sys.executable, "-m", "krmfn", *arguments],
        cwd=folder,
        env={**inherited, **CLEAN, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class History:
    """A repository, commit by commit."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.root,
            env={**inherited, **CLEAN},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Writes files, and removes those that are None."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None]) -> str:
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        return self.git("rev-parse", "HEAD")

    def plan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return krmfn_in(self.root, "plan", *arguments)

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return krmfn_in(self.root, "check", *arguments)

    def planned(self, *arguments: str) -> dict[str, Any]:
        """The plan as JSON, which fits its schema."""
        answer = self.plan("--output", "json", *arguments)
        assert answer.returncode in {0, 1}, answer.stderr
        document: dict[str, Any] = json.loads(answer.stdout)
        plan_schema().validate(document)
        return document

    def actions(self, *arguments: str) -> dict[str, str]:
        """What happens to which declaration."""
        return {
            f"{change['object']['kind']}/{change['object']['name']}": change["action"]
            for change in self.planned(*arguments)["changes"]
        }


@cache
def plan_schema() -> Draft202012Validator:
    schema = json.loads((ROOT / "docs/plan.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def cluster(name: str, *, confirm: str = "", spec: str = "{}", namespace: str = NAMESPACE) -> str:
    marks = f'  annotations: {{krmfn.dev/confirm-deletion: "{confirm}"}}\n' if confirm else ""
    return (
        "apiVersion: apps.cozystack.io/v1alpha1\nkind: Kubernetes\n"
        f"metadata:\n  name: {name}\n  namespace: {namespace}\n{marks}spec: {spec}\n"
    )


def app(kind: str, name: str, spec: str = "{}", namespace: str = NAMESPACE, marks: str = "") -> str:
    annotations = f"  annotations: {marks}\n" if marks else ""
    return (
        f"apiVersion: apps.cozystack.io/v1alpha1\nkind: {kind}\n"
        f"metadata:\n  name: {name}\n  namespace: {namespace}\n{annotations}spec: {spec}\n"
    )


def placed(kind: str, name: str, on: str, more: str = "") -> str:
    """A placement of one app, named after it."""
    return (
        "apiVersion: krmfn.dev/v1alpha1\nkind: Placement\n"
        f"metadata: {{name: {name}, namespace: {NAMESPACE}}}\n"
        f"spec:\n  cluster: {on}\n  apps: [{{kind: {kind}, name: {name}}}]\n{more}"
    )


def plane(spec: str, namespace: str = NAMESPACE, name: str = "plane") -> str:
    return (
        "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )


def pull_request(root: Path) -> History:
    """What the README shows: a notebook that moves, a cluster that is removed, a database that grows."""
    history = History(root)
    clusters = [cluster(name, spec="{componentProfile: standard-addons}") for name in ("gpu", "lab", "old")]
    files = {
        "tenants/acme/clusters.yaml": "---\n".join(clusters),
        "tenants/acme/main.yaml": app("Postgres", "main", "{size: 10Gi}"),
        "tenants/acme/notebooks.yaml": app("JupyterHub", "notebooks")
        + "---\n"
        + placed("JupyterHub", "notebooks", "lab"),
    }
    history.commit(files)
    history.git("update-ref", "refs/remotes/origin/main", "HEAD")
    changed = {
        "tenants/acme/clusters.yaml": "---\n".join(clusters[:2]),
        "tenants/acme/main.yaml": files["tenants/acme/main.yaml"].replace("10Gi", "20Gi"),
        "tenants/acme/notebooks.yaml": files["tenants/acme/notebooks.yaml"].replace("cluster: lab", "cluster: gpu"),
    }
    history.commit(changed)
    return history
