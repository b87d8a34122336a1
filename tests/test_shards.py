"""`--shard I/N`: N machines divide the namespaces of a fleet, and together they say and write what one would."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from krmfn.fleet import Run, Shard
from krmfn.fleet import shards as shards_of_fleets
from krmfn.marks import PLATFORM
from tests.command_line import run_in
from tests.declarations import app, cluster, plane, redis
from tests.folders import plant, tree

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("acme", "birch", "cedar", "dogwood", "elm")
PLATFORM_RUN = (
    "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: platform}\nspec: {scope: platform}\n"
)
SHARDS = 3
NUMBER = cache(shards_of_fleets._number)  # noqa: SLF001  (the function itself, asked once for each answer)
SPACES = [f"tenant-{number}" for number in range(200)]


def tenant(name: str) -> dict[str, str]:
    space = f"tenant-{name}"
    return {
        f"tenants/{name}/compute-plane.yaml": plane("{}", space, name),
        f"tenants/{name}/declared/cache.yaml": redis(space),
    }


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A platform and five tenants."""
    files = {path: text for name in NAMES for path, text in tenant(name).items()}
    return plant(tmp_path, {**files, "platform/plane.yaml": PLATFORM_RUN, ".krmignore": "rendered/\n"})


def contents(root: Path) -> dict[str, bytes]:
    return {path: content for path, (content, _, _) in tree(root).items()}


def shard_of(space: str) -> int:
    return next(number for number in range(1, SHARDS + 1) if Shard(number, SHARDS).has(space))


@pytest.mark.parametrize("total", range(1, 65))
def test_each_namespace_is_in_one_shard(monkeypatch: pytest.MonkeyPatch, total: int) -> None:
    """For every N from 1 to 64: the shards are disjoint, together they are the whole, and so are those of runs."""
    # Each N compares the numbers of those before it anew, and they are always the same.
    monkeypatch.setattr(shards_of_fleets, "_number", NUMBER)
    shards = [Shard(number, total) for number in range(1, total + 1)]
    for space in (*SPACES, PLATFORM):
        assert sum(shard.has(space) for shard in shards) == 1
    runs = [Run(name, (), yaml.load(plane("{}", f"tenant-{name}", name))) for name in NAMES]
    runs.append(Run("platform", (), yaml.load(PLATFORM_RUN)))
    for run in runs:
        assert [mine for shard in shards if (mine := shard.of(run))] == [run]


def test_one_shard_more_moves_no_namespace_between_the_others() -> None:
    """It takes over some of every other's, about one of N+1 in all: what another keeps is rendered there already."""
    of = {space: next(n for n in range(1, 9) if Shard(n, 8).has(space)) for space in SPACES}
    then = {space: next(n for n in range(1, 10) if Shard(n, 9).has(space)) for space in SPACES}
    moved = {space for space in SPACES if of[space] != then[space]}
    assert {then[space] for space in moved} == {9}
    assert 0 < len(moved) < len(SPACES) // 4


@pytest.mark.parametrize("total", [1, 2, SHARDS, 64])
def test_the_union_of_the_shards_is_the_whole(fleet: Path, total: int) -> None:
    """The objects on stdout: each is in the output of one shard, as it is in that of the whole."""
    whole = yaml.load_all(run_in(fleet, "render").stdout)
    answers = [run_in(fleet, "render", "--shard", f"{number}/{total}") for number in range(1, total + 1)]
    assert {each.returncode for each in answers} == {0}
    parts = [item for each in answers for item in yaml.load_all(each.stdout)]
    assert len(whole) > len(NAMES)
    assert sorted(map(yaml.dump, parts)) == sorted(map(yaml.dump, whole))
    assert total == 1 or any("left out" in each.stderr and "of other shards" in each.stderr for each in answers)


def test_shards_write_into_one_folder_what_one_would(fleet: Path) -> None:
    """One after the other, or each into its own: the same files; a run that is gone is emptied by one of them."""
    render = ("render", "--generated-only", "--output-dir")
    assert run_in(fleet, *render, "whole").returncode == 0
    for number in range(1, SHARDS + 1):
        shard = ("--shard", f"{number}/{SHARDS}")
        assert run_in(fleet, *render, "rendered", *shard).returncode == 0
        assert run_in(fleet, *render, f"part{number}", *shard).returncode == 0
        assert run_in(fleet, *render, "rendered", *shard, "--verify").returncode == 0
    whole = contents(fleet / "whole")
    assert contents(fleet / "rendered") == whole
    parts = [contents(fleet / f"part{number}") for number in range(1, SHARDS + 1)]
    assert {path: text for part in parts for path, text in part.items()} == whole
    assert sum(map(len, parts)) == len(whole)
    shutil.rmtree(fleet / "tenants/cedar")
    shards = [("--shard", f"{number}/{SHARDS}") for number in range(1, SHARDS + 1)]
    stale = [run_in(fleet, *render, "rendered", *shard, "--verify").returncode for shard in shards]
    assert sorted(stale) == [0, 0, 1]
    answers = [run_in(fleet, *render, "rendered", *shard) for shard in shards]
    assert [each.stderr.count("its run is gone") for each in answers].count(1) == 1
    assert contents(fleet / "rendered") == {path: text for path, text in whole.items() if "cedar" not in path}


def test_the_last_app_of_a_shard_may_go(fleet: Path) -> None:
    """Other shards' runs show that the paths are right; where nothing at all is rendered, each refuses."""
    render = ("render", "--generated-only", "--output-dir", "rendered", "--shard")
    (number,) = (n for n in range(1, 65) if Shard(n, 64).has("tenant-acme"))
    assert run_in(fleet, *render, f"{number}/64").returncode == 0
    (fleet / "tenants/acme/declared/cache.yaml").unlink()
    shutil.rmtree(fleet / "platform")
    assert run_in(fleet, *render, f"{number}/64").returncode == 0
    assert contents(fleet / "rendered").keys() == {"tenants/acme/kustomization.yaml"}
    plant(fleet, {"tenants/acme/declared/cache.yaml": redis("tenant-acme")})
    assert run_in(fleet, *render, f"{number}/64").returncode == 0
    plant(fleet, {".krmignore": "rendered/\ndeclared/\n"})
    assert "[nothing-rendered]" in run_in(fleet, *render, f"{number}/64").stderr


def test_one_run_over_many_namespaces_is_divided_as_well(tmp_path: Path) -> None:
    """By namespace, its objects without one in one shard; what an earlier run wrote of other shards stays.

    What all share is read in every shard.
    """
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tenant-acme}\n"
    plant(tmp_path, {f"{name}.yaml": redis(f"tenant-{name}") for name in NAMES})
    profile = (
        "apiVersion: krmfn.dev/v1alpha1\nkind: ComponentProfile\nmetadata: {name: ours}\nspec: {extends: minimal}\n"
    )
    clusters = "---\n".join(
        cluster("lab", spec="{componentProfile: ours}", namespace=f"tenant-{name}") for name in NAMES
    )
    plant(tmp_path, {"namespace.yaml": namespace + "---\n" + profile, "clusters.yaml": clusters})
    plant(tmp_path, {".krmignore": "rendered/\n"})
    whole = yaml.load_all(run_in(tmp_path, "render").stdout)
    parts = [run_in(tmp_path, "render", "--shard", f"{number}/{SHARDS}").stdout for number in range(1, SHARDS + 1)]
    assert len(whole) == 2 * len(NAMES) + 1
    assert sorted(yaml.dump(item) for part in parts for item in yaml.load_all(part)) == sorted(map(yaml.dump, whole))
    assert run_in(tmp_path, "render", "--output-dir", "whole").returncode == 0
    shutil.move(tmp_path / "whole", tmp_path / "rendered")
    expected = contents(tmp_path / "rendered")
    for number in range(1, SHARDS + 1):
        # A file of another shard that nothing lists is of an interrupted run, or was taken out of the list.
        other = next(name for name in NAMES if shard_of(f"tenant-{name}") != number)
        text = expected[f"tenant-{other}/helmrelease-redis-cache.yaml"].replace(b"redis-cache", b"redis-old")
        plant(tmp_path, {f"rendered/tenant-{other}/helmrelease-redis-old.yaml": text})
        assert run_in(tmp_path, "render", "--output-dir", "rendered", "--shard", f"{number}/{SHARDS}").returncode == 0
        assert contents(tmp_path / "rendered") == expected


def test_check_of_all_shards_refuses_what_check_refuses(fleet: Path) -> None:
    """Each tells what is wrong with its own runs; of two runs that claim a namespace, each shard has one place (R14).

    What another run declares in a run's namespace is told where it is declared, and only there.
    """
    plant(
        fleet,
        {
            "tenants/birch/declared/wrong.yaml": redis("tenant-birch", "Wrong"),
            "tenants/cedar/declared/theirs.yaml": app("Redis", "theirs", namespace="tenant-elm"),
            "tenants/dogwood/compute-plane.yaml": plane("{namespaces: [tenant-acme]}", "tenant-dogwood", "dogwood"),
        },
    )
    assert len({shard_of("tenant-acme"), shard_of("tenant-dogwood")}) == len(("acme", "dogwood"))
    whole = run_in(fleet, "check", "--format", "github")
    shards = [f"{number}/{SHARDS}" for number in range(1, SHARDS + 1)]
    answers = [run_in(fleet, "check", "--format", "github", "--shard", shard) for shard in shards]
    lines = [line for each in answers for line in each.stdout.splitlines()]
    said = {*lines}
    assert len(said) == len(lines)
    rest = {*whole.stdout.splitlines()} - said
    assert said <= {*whole.stdout.splitlines()}
    assert not [line for line in rest if "file=tenants/elm/compute-plane.yaml" not in line]
    assert all(any(code in line for line in said) for code in ("invalid-name", "foreign-", "namespace-claimed-twice"))
    assert sum(f"file=tenants/{name}/" in line for name in ("acme", "dogwood") for line in said) >= len("IN")
    wrong = [each.returncode for each in answers]
    assert 1 in wrong
    assert [run_in(fleet, "render", "--shard", shard).returncode for shard in shards] == wrong


def test_the_shard_of_a_tenant_tells_what_others_declare_in_its_namespace(fleet: Path) -> None:
    """A path below the fleet leaves those others out of every shard's answer, so the tenant's own shard tells it."""
    plant(fleet, {"tenants/dogwood/declared/theirs.yaml": app("Redis", "theirs", namespace="tenant-acme")})
    assert len({shard_of("tenant-acme"), shard_of("tenant-dogwood")}) == len(("acme", "dogwood"))
    (fleet / ".git").mkdir()
    for command in (["check", "--format", "github"], ["render", "--generated-only"]):
        whole = run_in(fleet, *command, "tenants/acme")
        answers = [run_in(fleet, *command, "tenants/acme", "--shard", f"{n}/{SHARDS}") for n in range(1, SHARDS + 1)]
        assert "namespace-claimed-twice" in whole.stdout + whole.stderr
        assert [each.returncode for each in answers].count(1) == 1
        said = {line for each in answers for line in each.stdout.splitlines() if each.returncode}
        assert said == {*whole.stdout.splitlines()}
        telling = answers[shard_of("tenant-acme") - 1]
        assert "namespace-claimed-twice" in telling.stdout + telling.stderr


@pytest.mark.parametrize("namespace", ["", ", namespace: kube-system"])
def test_an_object_of_two_runs_is_found_in_both_shards(fleet: Path, namespace: str) -> None:
    """Of other shards' runs everything directly in their folders is read."""
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: special{namespace}}}\n"
    plant(fleet, {"tenants/acme/set.yaml": text, "tenants/birch/set.yaml": text})
    whole = run_in(fleet, "check", "--format", "github")
    assert whole.stdout.count("declared-twice") == len("AB")
    answers = [run_in(fleet, "check", "--format", "github", "--shard", f"{number}/7") for number in range(1, 8)]
    assert {line for each in answers for line in each.stdout.splitlines()} == {*whole.stdout.splitlines()}
    assert sum(each.returncode for each in answers) == len("AB")


def test_shards_empty_what_is_gone_also_if_one_run_is_left(fleet: Path) -> None:
    """The shards of the namespaces that are gone have no run then, and a whole run would empty their folders."""
    assert run_in(fleet, "render", "--output-dir", "rendered").returncode == 0
    shutil.rmtree(fleet / "tenants")
    for number in range(1, SHARDS + 1):
        assert run_in(fleet, "render", "--output-dir", "rendered", "--shard", f"{number}/{SHARDS}").returncode == 0
    assert [path.name for path in (fleet / "rendered").iterdir()] == ["platform"]


@pytest.mark.parametrize("entry", ["../../acme/declared", "../../acme/declared/cache.yaml"])
def test_a_kustomization_over_another_shards_declarations_is_refused(fleet: Path, entry: str) -> None:
    """By the shard of the run that it is in, which reads what the kustomization lists."""
    text = f"resources: [{entry}]\nnamePrefix: x-\n"
    plant(fleet, {"tenants/birch/declared/kustomization.yaml": text})
    for command in ("check", "render"):
        answers = [run_in(fleet, command, "--shard", f"{number}/7") for number in range(1, 8)]
        assert sum("overlay-over-declarations" in each.stdout + each.stderr for each in answers) == 1


def test_a_shard_without_a_run_is_fine(fleet: Path) -> None:
    """With more shards than tenants some have nothing to do, and nothing is wrong with that."""
    (number, *_) = (
        n for n in range(1, 65) if not any(map(Shard(n, 64).has, (PLATFORM, *map("tenant-{}".format, NAMES))))
    )
    shard = ("--shard", f"{number}/64")
    answer = run_in(fleet, "check", *shard)
    assert (answer.returncode, answer.stdout) == (0, "")
    assert "in 0 runs" in answer.stderr
    answer = run_in(fleet, "render", "--output-dir", "rendered", *shard)
    assert answer.returncode == 0
    assert "left out 6 runs of other shards" in answer.stderr
    assert contents(fleet / "rendered") == {}


@pytest.mark.parametrize("said", ["", "1", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/4/2", "1/ 4", "²/4", "1/9999999"])
@pytest.mark.parametrize("command", ["render", "check", "plan"])
def test_what_is_no_shard_is_a_usage_error(fleet: Path, command: str, said: str) -> None:
    """With what would be right."""
    answer = run_in(fleet, command, "--shard", said)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "is not one of N shards; say I/N with 1 <= I <= N, as in --shard 2/8" in answer.stderr
