"""Git histories of declarations, made for a test: each has branches, an index and files, and all share one store."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tests.command_line import run_in
from tests.declarations import app, cluster, placed, plane
from tests.git_files import FILE, Staged, read_index, write_index, write_object, write_repository, write_tree
from tests.test_codes import ELSEWHERE, REVISIONS
from tests.work_tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.command_line import Text

ROOT = Path(__file__).parents[1]
USAGE = 2
BETWEEN = frozenset(code for code, told in ELSEWHERE.items() if told.reason == REVISIONS) - {"not-read"}
"""Codes of results about what lies between two revisions."""
LAST = ("--from", "HEAD~1", "--to", "HEAD")
WHEN = "A <a@example.org> 1700000000 +0000"


class History(WorkTree):
    """A repository, commit by commit; what git would write is written here, and git is run for the rest."""

    def __init__(self, root: Path, store: Path) -> None:
        super().__init__(root)
        self.store = store
        self.commits: list[str] = []
        self._waiting: dict[str, bytes | None] = {}
        write_repository(root, store)

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        super().write(files)
        for name, content in files.items():
            self._waiting[name] = content.encode() if isinstance(content, str) else content

    def stage(self, name: str, content: bytes) -> None:
        """Has the next commit hold a file, whatever stands on disk."""
        self._waiting[name] = content

    def commit(self, files: Mapping[str, str | bytes | None]) -> str:
        """Writes files, and commits what was written since the last commit; the number of the commit."""
        self.write(files)
        index = self.root / ".git/index"
        staged = read_index(index)
        for name, content in self._waiting.items():
            if content is None:
                staged.pop(name, None)
            else:
                staged[name] = Staged(FILE, write_object(self.store, "blob", content))
        self._waiting.clear()
        write_index(index, staged)
        head = self._head()
        parent = f"parent {head.read_text(encoding='utf-8')}" if head.exists() else ""
        tree = write_tree(self.store, staged).hex()
        text = f"tree {tree}\n{parent}author {WHEN}\ncommitter {WHEN}\n\nx\n"
        commit = write_object(self.store, "commit", text.encode()).hex()
        head.write_text(f"{commit}\n", encoding="utf-8")
        self.commits.append(commit)
        return commit

    def become(self, other: History) -> None:
        """Takes the files and commits of another, which was made once for many tests, over its own."""
        shutil.copytree(other.root, self.root, dirs_exist_ok=True)
        self.commits = [*other.commits]

    def commit_all(self) -> None:
        """Commits what stands on disk, whoever wrote it, but for what is ignored."""
        self._waiting.clear()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")

    def branch(self, name: str) -> None:
        """Makes `refs/<name>` what HEAD is."""
        path = self.root / ".git/refs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._head().read_bytes())

    def _head(self) -> Path:
        """The file of the branch that is checked out, or of HEAD where none is."""
        head = self.root / ".git/HEAD"
        kind, _, branch = head.read_text(encoding="utf-8").strip().partition(": ")
        return self.root / ".git" / branch if kind == "ref" else head

    def plan(self, *arguments: str) -> Text:
        return run_in(self.root, "plan", *arguments)

    def check(self, *arguments: str) -> Text:
        return run_in(self.root, "check", *arguments)

    def planned(self, *arguments: str) -> dict[str, Any]:
        """The plan as JSON, which fits its schema."""
        answer = self.plan("--output", "json", *arguments)
        assert answer.returncode in {0, 1}, answer.stderr
        document: dict[str, Any] = json.loads(answer.stdout)
        plan_schema().validate(document)
        return document

    def assert_plan_and_check_agree(self) -> None:
        """Of the last commit, and what is on disk since, plan and check say the same; each refuses what the other does.

        What is wrong in the later revision itself, whatever changed, check alone tells.
        """
        if len(self.commits) < 2:
            return
        before = self.commits[-2]
        plan = self.plan("--from", before, "--output", "json")
        check = self.check("--against", before, "--format", "json")
        assert (plan.returncode == USAGE) == (check.returncode == USAGE), (plan.stderr, check.stderr)
        if plan.returncode == USAGE:
            return
        planned, checked = json.loads(plan.stdout), json.loads(check.stdout)
        refused, warned = planned["refusals"], planned["warnings"]
        told = {(each["severity"], each["message"]) for each in (*refused, *warned, *planned["results"])}
        judged = {(each["severity"], each["message"]) for each in checked["results"]}
        assert told <= judged
        between = [each for each in checked["results"] if each["tags"]["code"] in BETWEEN]
        assert {(each["severity"], each["message"]) for each in between} <= told
        valid = planned["from"]["valid"] and planned["to"]["valid"]
        assert checked["passed"] == (valid and not refused)
        assert planned["summary"]["refused"] == bool(refused)

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


JUPYTERHUB = (
    "{kind: JupyterHub, prefix: jupyterhub-, chartRef: {kind: OCIRepository, name: jupyterhub, namespace: cozy-public}}"
)
"""By a chart that runs on a cluster; that of cozyllm does not."""


def pull_request(history: History) -> History:
    """What the README shows: a notebook that moves, a cluster that is removed, a database that grows."""
    clusters = [cluster(name, spec="{componentProfile: standard-addons}") for name in ("gpu", "lab", "old")]
    files = {
        "tenants/acme/compute-plane.yaml": plane(f"{{kinds: [{JUPYTERHUB}]}}"),
        "tenants/acme/clusters.yaml": "---\n".join(clusters),
        "tenants/acme/main.yaml": app("Postgres", "main", "{size: 10Gi}"),
        "tenants/acme/notebooks.yaml": app("JupyterHub", "notebooks")
        + "---\n"
        + placed("JupyterHub", "notebooks", "lab"),
    }
    history.commit(files)
    history.branch("remotes/origin/main")
    changed = {
        "tenants/acme/clusters.yaml": "---\n".join(clusters[:2]),
        "tenants/acme/main.yaml": files["tenants/acme/main.yaml"].replace("10Gi", "20Gi"),
        "tenants/acme/notebooks.yaml": files["tenants/acme/notebooks.yaml"].replace("cluster: lab", "cluster: gpu"),
    }
    history.commit(changed)
    return history
