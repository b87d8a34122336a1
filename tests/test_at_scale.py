"""The recipe for several machines: as GitHub and GitLab run it, its shards come to the whole; and what Flux is told."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.declarations import plane, redis
from tests.history import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.history import History

RECIPE = ROOT / "kustomize/at-scale"
NAMES = ("acme", "birch", "cedar")
PLATFORM = plane("{scope: platform}", name="platform").replace(", namespace: tenant-acme", "")
PUSH = re.compile(r"^ *find \. -name.*?^ *done$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def fleet(history: History) -> History:
    """Three tenants of which one changed in the last commit, and a file that is not committed."""
    files = {".krmignore": "rendered/\n", "platform/plane.yaml": PLATFORM}
    for name in NAMES:
        files |= {f"tenants/{name}/plane.yaml": plane("{}", f"tenant-{name}", name)}
        files |= {f"tenants/{name}/declared/cache.yaml": redis(f"tenant-{name}")}
    history.commit(files)
    history.branch("remotes/origin/main")
    history.commit({"tenants/birch/declared/more.yaml": redis("tenant-birch", "more")})
    return history


def github() -> tuple[list[str], str]:
    """The shards, and the command of each, with the commit before a push."""
    [workflow] = yaml.load_all((RECIPE / "github.yaml").read_bytes())
    job: dict[str, Any] = workflow["jobs"]["render"]
    [command] = [step["run"] for step in job["steps"] if step.get("run", "").startswith("krmfn ")]
    command = command.replace("${{ matrix.shard }}", "$SHARD").replace("${{ github.event.before }}", "$BEFORE")
    return job["strategy"]["matrix"]["shard"], command


def gitlab() -> tuple[list[str], str]:
    [pipeline] = yaml.load_all((RECIPE / "gitlab.yaml").read_bytes())
    job: dict[str, Any] = pipeline["render"]
    [command] = job["script"]
    return job["parallel"]["matrix"][0]["SHARD"], command.replace("$CI_COMMIT_BEFORE_SHA", "$BEFORE")


def typed(command: str, settings: Mapping[str, str]) -> list[str]:
    """The arguments of a command, as a shell would give them."""
    return [re.sub(r"\$(\w+)", lambda found: settings[found[1]], word) for word in shlex.split(command)][1:]


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("engine", [github, gitlab])
def test_the_shards_of_a_matrix_come_to_the_whole(engine: Any, fleet: History) -> None:
    """Each job renders its shard of what the push changed: together, the one tenant's folder as a whole run has it."""
    shards, command = engine()
    assert shards == [f"{number}/{len(shards)}" for number in range(1, len(shards) + 1)]
    for shard in shards:
        answer = run_in(fleet.root, *typed(command, {"SHARD": shard, "BEFORE": fleet.commits[0]}))
        assert answer.returncode == 0, answer.stderr
    found = contents(fleet.root / "rendered")
    assert run_in(fleet.root, "render", "--generated-only", "--output-dir", "whole").returncode == 0
    birch = {path: text for path, text in contents(fleet.root / "whole").items() if path.startswith("tenants/birch/")}
    assert len(birch) == len({"kustomization.yaml", "cache", "more"})
    assert found == birch


def test_all_engines_push_in_the_same_way() -> None:
    """By the same lines, but for the names of their variables."""
    texts = [(RECIPE / f"{name}.yaml").read_text(encoding="utf-8") for name in ("job", "github", "gitlab")]
    found = [PUSH.search(text) for text in texts]
    lines = [[line.strip() for line in each[0].splitlines()] for each in found if each]
    names = {"$CI_REGISTRY_IMAGE": "$REGISTRY", "$CI_PROJECT_URL": "$FLEET"}
    same = [[re.sub(r"\$CI_\w+", lambda found: names[found[0]], line) for line in each] for each in lines]
    assert len(same) == len(texts)
    assert same[0] == same[1] == same[2]


def test_flux_is_told_of_one_tenant_by_one_artifact() -> None:
    """The artifact is named as the Job names it, and the Kustomization reads it and nothing else."""
    source, sync = yaml.load_all((RECIPE / "tenant.yaml").read_bytes())
    assert source["spec"]["url"].endswith("/tenants/TENANT")
    assert sync["spec"]["sourceRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}


def test_the_commands_of_the_page_work_on_what_changed(fleet: History) -> None:
    """Each as it stands: it ends well, and leaves out the tenants that are as they were."""
    page = (ROOT / "docs/at-scale.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ krmfn (.*)$", page, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["check", "plan", "render"]
    for command in commands:
        answer = run_in(fleet.root, *shlex.split(command))
        assert answer.returncode == 0, answer.stderr
        assert "left out the runs that are as they were at origin/main" in answer.stderr
    assert {path.split("/")[1] for path in contents(fleet.root / "rendered")} == {"birch"}
