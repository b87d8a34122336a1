"""The action for GitHub and the component for GitLab: their shell steps, run before a host that only listens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.command_line import environment, run_in
from tests.history import pull_request

if TYPE_CHECKING:
    from tests.history import History

ROOT = Path(__file__).parents[1]
ACTION = yaml.load((ROOT / "action.yml").read_bytes())
MARK = "<!-- krmfn plan -->"
OWN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: tenant-acme}\n"
LISTENS = """#!{python}
import json, pathlib, sys
arguments = sys.argv[1:]
body = next((each.partition("@")[2] for each in arguments if each.startswith("body")), "")
said = pathlib.Path(body).read_text(encoding="utf-8") if body else ""
with open({log!r}, "a", encoding="utf-8") as log:
    log.write(json.dumps([pathlib.Path(sys.argv[0]).name, arguments, said]) + "\\n")
if not body:
    print({answer!r})
"""
"""In the place of `gh` and `curl`: notes what it is called with, and answers a question with a fixed text."""


class Host:
    """A runner with krmfn, and with a host that notes what is sent to it."""

    def __init__(self, folder: Path, repository: Path, answer: str) -> None:
        self.log, self.temporary, self._repository = folder / "log", folder / "temporary", repository
        programs = folder / "bin"
        for each in (programs, self.temporary):
            each.mkdir(parents=True)
        self.summary = self.temporary / "summary"
        self.path = self.temporary / "path"
        for name in ("gh", "curl"):
            self._program(programs / name, LISTENS.format(python=sys.executable, log=str(self.log), answer=answer))
        self._program(programs / "krmfn", f'#!/bin/sh\nexec {sys.executable} -m krmfn "$@"\n')
        # The component calls it by this name.
        self._program(programs / "python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        self._programs = programs

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, script: str, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        there = {
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_PATH": str(self.path),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_REPOSITORY": "acme/fleet",
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self._repository,
            env=environment(there),
            capture_output=True,
            text=True,
            check=False,
        )

    def heard(self) -> list[tuple[str, list[str], str]]:
        """What was called: the program, its arguments, and the text that it was given."""
        return [tuple(json.loads(line)) for line in self.log.read_text(encoding="utf-8").splitlines()]


def step(name: str) -> dict[str, Any]:
    [found] = [each for each in ACTION["runs"]["steps"] if each["name"] == name]
    return dict(found)


@pytest.mark.parametrize(("known", "method"), [("", "POST"), ("4711", "PATCH")])
def test_the_action_keeps_one_comment(history: History, tmp_path: Path, known: str, method: str) -> None:
    """The plan is the step's summary and the comment: a new one, or the one that an earlier run has written."""
    repository = pull_request(history).root
    host = Host(tmp_path / "host", repository, known)
    told = {"AGAINST": "origin/main", "FOLDER": ".", "GH_TOKEN": "t", "NUMBER": "7"}
    for name in ("What the change does", "Comment"):
        done = host.run(step(name)["run"], told)
        assert done.returncode == 0, done.stderr
    plan = host.summary.read_text(encoding="utf-8")
    assert plan.startswith(MARK)
    _, (program, arguments, sent) = host.heard()
    target = f"issues/comments/{known}" if known else "issues/7/comments"
    assert (program, sent) == ("gh", plan)
    assert arguments[:5] == ["api", "--silent", "--method", method, f"repos/acme/fleet/{target}"]


def test_the_action_fails_where_check_does(history: History, tmp_path: Path) -> None:
    """A cluster that is removed without a word: findings beside the files, and exit 1."""
    host = Host(tmp_path / "host", pull_request(history).root, "")
    done = host.run(step("The verdict")["run"], {"AGAINST": "origin/main", "FOLDER": "."})
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=tenants/acme/clusters.yaml,")


def test_the_action_fails_where_what_is_rendered_is_stale(history: History, tmp_path: Path) -> None:
    """The folder that Flux syncs must be what the declarations come to."""
    repository = pull_request(history).root
    host = Host(tmp_path / "host", repository, "")
    told = {"FOLDER": "tenants/acme", "RENDERED": "rendered", "ONLY": "false"}
    assert host.run('krmfn render "$FOLDER" --output-dir "$RENDERED"', told).returncode == 0
    assert host.run(step("What is rendered")["run"], told).returncode == 0
    next((repository / "rendered").rglob("helmrelease-*.yaml")).unlink()
    assert host.run(step("What is rendered")["run"], told).returncode == 1


def test_the_starters_workflow_passes_and_refuses_what_was_left_behind(history: History, tmp_path: Path) -> None:
    """The action with the inputs of `krmfn init`: as first pushed, and with rendered/ left behind.

    What a tenant has beside its declarations is not rendered.
    """
    assert run_in(history.root, "init").returncode == 0
    build = (history.root / "tenants/acme/kustomization.yaml").read_text(encoding="utf-8")
    history.write(
        {
            "tenants/acme/kustomization.yaml": build.replace("resources:\n", "resources:\n- declared/own.yaml\n"),
            "tenants/acme/declared/own.yaml": OWN,
        }
    )
    assert run_in(history.root, "render", "--output-dir", "rendered", "--generated-only").returncode == 0
    history.commit_all()
    workflow = yaml.load((history.root / ".github/workflows/krmfn.yaml").read_bytes())
    (given,) = (each["with"] for each in workflow["jobs"]["krmfn"]["steps"] if each["uses"].startswith("krmfn/"))
    assert set(given) <= set(ACTION["inputs"])
    told = {"FOLDER": ".", "RENDERED": given["rendered"], "ONLY": str(given["generated-only"]).lower()}
    host = Host(tmp_path / "host", history.root, "")
    names = ("What the change does", "The verdict", "What is rendered")
    first = [host.run(step(name)["run"], {**told, "AGAINST": "0" * 40}).returncode for name in names]
    assert first == [0, 0, 0]
    database = (history.root / "tenants/acme/declared/database.yaml").read_text(encoding="utf-8")
    history.commit({"tenants/acme/declared/database.yaml": database.replace("10Gi", "20Gi")})
    assert [host.run(step(name)["run"], {**told, "AGAINST": "HEAD~1"}).returncode for name in names] == [0, 0, 1]


def test_no_step_takes_a_text_of_a_pull_request_as_a_command() -> None:
    """Expressions stand in `env` and `if` only: what a stranger may choose, as a branch's name, is never run."""
    assert len(ACTION["runs"]["steps"]) > len(("install", "plan", "verdict"))
    for each in ACTION["runs"]["steps"]:
        assert "${{" not in each["run"], each["name"]


@pytest.mark.parametrize(
    ("notes", "method"), [("[]", "POST"), (json.dumps([{"id": 5, "body": "x"}, {"id": 9, "body": MARK}]), "PUT")]
)
def test_the_component_keeps_one_note(history: History, tmp_path: Path, notes: str, method: str) -> None:
    """The script of GitLab's job: one note, then the verdict, which refuses."""
    _, job = yaml.load_all((ROOT / "templates/krmfn.yml").read_text(encoding="utf-8"))
    host = Host(tmp_path / "host", pull_request(history).root, notes)
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main",
        "CI_API_V4_URL": "https://gitlab.example.org/api/v4",
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_IID": "2",
        "FOLDER": ".",
        "TOKEN_NAME": "KRMFN_TOKEN",
        "KRMFN_TOKEN": "t",
    }
    *before, verdict = job["krmfn"]["script"]
    done = host.run("\n".join(before), told)
    assert done.returncode == 0, done.stderr
    _, (_, arguments, sent) = host.heard()
    assert sent.startswith(MARK)
    assert arguments[arguments.index("--request") + 1] == method
    assert arguments[-1].endswith("/merge_requests/2/notes/9" if method == "PUT" else "/merge_requests/2/notes")
    assert host.run(verdict, told).returncode == 1
