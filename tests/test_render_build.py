"""`krmfn render` prints what `kustomize build` with krmfn would print; tests/hosts/test_builds.py asks kustomize."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run
from tests.declarations import redis
from tests.folders import plant, tree

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: tenant-a}\ndata: {on: on, at: 12:30}\n"
)
LOCAL = SETTINGS.replace("settings,", 'local, annotations: {config.kubernetes.io/local-config: "true"},')
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tenant-a}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: tenant-a}\n"
PLANE = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: a, namespace: tenant-a}\nspec: {}\n"
RENDER = ("render", "in", "--output-dir", "out")


def printed(stream: bytes) -> list[str]:
    return [f"{each['kind']} {each['metadata']['name']}" for each in yaml.load_all(stream)]


def test_other_objects_are_printed_as_they_are(tmp_path: Path) -> None:
    """With their types, in the order of kinds that kustomize has; declarations and local configuration are dropped."""
    plant(tmp_path, {"a.yaml": redis("tenant-a"), "b.yaml": f"{SERVICE}---\n{LOCAL}---\n{SETTINGS}---\n{NAMESPACE}"})
    answer = run("render", cwd=tmp_path)
    assert answer.returncode == 0
    assert printed(answer.stdout) == [
        "Namespace tenant-a",
        "ConfigMap settings",
        "Service web",
        "HelmRelease redis-cache",
    ]
    assert yaml.load(SETTINGS) in yaml.load_all(answer.stdout)


def test_a_file_for_each_object_and_none_is_lost(tmp_path: Path) -> None:
    """Other objects are written and listed like krmfn's own, and go when the original goes; a user's own file stays."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": SETTINGS, "in/c.yaml": NAMESPACE})
    assert run(*RENDER, cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "out")
    assert yaml.load(before["kustomization.yaml"][0])["resources"] == [
        "cluster/namespace-tenant-a.yaml",
        "tenant-a/configmap-settings.yaml",
        "tenant-a/helmrelease-redis-cache.yaml",
    ]
    assert yaml.load(before["tenant-a/configmap-settings.yaml"][0]) == yaml.load(SETTINGS)
    assert run(*RENDER, cwd=tmp_path).returncode == 0
    assert tree(tmp_path / "out") == before
    plant(tmp_path, {"out/tenant-a/service-web.yaml": SERVICE})
    (tmp_path / "in/b.yaml").unlink()
    answer = run(*RENDER, cwd=tmp_path)
    assert b"info: out/tenant-a/configmap-settings.yaml: removed" in answer.stderr
    assert sorted(tree(tmp_path / "out")) == [
        "cluster/namespace-tenant-a.yaml",
        "kustomization.yaml",
        "tenant-a/helmrelease-redis-cache.yaml",
        "tenant-a/service-web.yaml",
    ]


def test_kinds_of_one_name_get_files_of_their_own(tmp_path: Path) -> None:
    """Two groups may have a kind of one name; each object has its file, and two of one identity are refused."""
    clusters = [
        f"apiVersion: {group}/v1\nkind: Cluster\nmetadata: {{name: db, namespace: tenant-a}}\n" for group in "xy"
    ]
    clusters = [each.replace(": x/", ": x.org/").replace(": y/", ": y.org/") for each in clusters]
    plant(tmp_path, {"in/x.yaml": clusters[0], "in/y.yaml": clusters[1]})
    assert run(*RENDER, cwd=tmp_path).returncode == 0
    assert sorted(tree(tmp_path / "out/tenant-a")) == ["cluster.x.org-db.yaml", "cluster.y.org-db.yaml"]
    (tmp_path / "in/y.yaml").unlink()
    assert run(*RENDER, cwd=tmp_path).returncode == 0
    assert sorted(tree(tmp_path / "out/tenant-a")) == ["cluster-db.yaml"]
    plant(tmp_path, {"in/again.yaml": clusters[0]})
    answer = run(*RENDER, cwd=tmp_path)
    assert (answer.returncode, answer.stderr.count(b"[object-twice]")) == (1, 1)


@pytest.mark.parametrize("name", ["../../escaped", "a/b", "", "-x"])
def test_a_name_leads_nowhere(tmp_path: Path, name: str) -> None:
    """A name that is no file name is refused, and nothing is written."""
    plant(tmp_path, {"in/a.yaml": SETTINGS.replace("settings", f'"{name}"')})
    answer = run(*RENDER, cwd=tmp_path)
    assert answer.returncode == 1
    assert b"[no-file-name]" in answer.stderr
    assert tree(tmp_path / "out") == {}


@pytest.mark.parametrize("namespace", ["..", ".git", "a/../..", "A"])
def test_a_namespace_leads_nowhere(tmp_path: Path, namespace: str) -> None:
    """It is the name of a folder, and one that leads out, or that others obey, is refused."""
    plant(tmp_path, {"in/a.yaml": SETTINGS.replace("tenant-a", f'"{namespace}"')})
    answer = run(*RENDER, cwd=tmp_path)
    assert answer.returncode == 1
    assert b"[no-file-name]" in answer.stderr
    assert sorted(tree(tmp_path)) == ["in/a.yaml"]


def test_names_that_differ_in_case_are_refused(tmp_path: Path) -> None:
    """Disks of macOS and Windows hold one file for both, so that a clone would lose one without a word."""
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: Reader, namespace: tenant-a}\n"
    plant(tmp_path, {"in/a.yaml": role, "in/b.yaml": role.replace("Reader", "reader")})
    answer = run(*RENDER, cwd=tmp_path)
    assert answer.returncode == 1
    assert b"error: in/b.yaml: Role tenant-a/reader metadata.name: " in answer.stderr
    assert b"differs only in case" in answer.stderr
    assert tree(tmp_path / "out") == {}


def test_what_a_kustomization_does_not_list_is_named(tmp_path: Path) -> None:
    """Declarations count all the same; other objects are left out; what configures the build is no object of it."""
    plant(
        tmp_path,
        {
            "in/kustomization.yaml": "resources: [listed.yaml]\nvalidators: [rules.yaml]\n",
            "in/listed.yaml": SETTINGS,
            "in/rules.yaml": SERVICE.replace("web", "rules"),
            "in/plane.yaml": PLANE,
            "in/theirs.yaml": SERVICE,
            "in/ours.yaml": redis("tenant-a"),
            "in/sub/kustomization.yaml": "resources: [namespace.yaml]\n",
            "in/sub/namespace.yaml": NAMESPACE,
        },
    )
    answer = run("render", "in", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert printed(answer.stdout) == ["Namespace tenant-a", "ConfigMap settings", "HelmRelease redis-cache"]
    told = answer.stderr.decode().splitlines()[:-1]
    assert [line.partition(": it is")[0].partition(": krmfn")[0] for line in told] == [
        "warning: in/ours.yaml: is not listed in in/kustomization.yaml",
        "warning: in/theirs.yaml: is not listed in in/kustomization.yaml",
    ]
    check = run("check", "in", cwd=tmp_path)
    assert check.returncode == 0
    assert [line for line in check.stdout.decode().splitlines() if "not-listed" in line] == told
    only = run("render", "in", "--generated-only", cwd=tmp_path)
    assert printed(only.stdout) == ["HelmRelease redis-cache"]
    assert b"in/ours.yaml" in only.stderr
    assert b"in/theirs.yaml" not in only.stderr


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("namePrefix", "dev-"),
        ("images", "[{name: nginx, newTag: '2'}]"),
        ("labels", "[{pairs: {a: b}}]"),
        ("configMapGenerator", "[{name: made, literals: [a=b]}]"),
        ("transformers", "[theirs.yaml]"),
        ("namespace", "tenant-b"),
    ],
)
def test_a_build_that_would_differ_is_refused(tmp_path: Path, field: str, value: str) -> None:
    """Where kustomize would change other objects, or add some, krmfn says so; its own can be had alone."""
    plant(
        tmp_path,
        {
            "in/kustomization.yaml": f"resources: [a.yaml]\n{field}: {value}\n",
            "in/a.yaml": SETTINGS,
            "in/cache.yaml": redis("tenant-a"),
        },
    )
    answer = run("render", "in", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert f"error: in/kustomization.yaml:2:1: {field}: " in answer.stderr.decode()
    assert b"[kustomization-not-applied]" in answer.stderr
    only = run("render", "in", "--generated-only", cwd=tmp_path)
    assert (only.returncode, printed(only.stdout)) == (0, ["HelmRelease redis-cache"])


@pytest.mark.parametrize("entry", ["https://github.com/a/b?ref=v1", "../base", "gone.yaml"])
def test_what_is_listed_and_was_not_read_is_refused(tmp_path: Path, entry: str) -> None:
    """A build has more in it than krmfn reads: elsewhere, outside of PATH, or nowhere."""
    plant(tmp_path, {"in/kustomization.yaml": f"resources: [{entry}]\n", "base/a.yaml": SETTINGS})
    plant(tmp_path, {"base/kustomization.yaml": "resources: [a.yaml]\n"})
    answer = run("render", "in", cwd=tmp_path)
    assert answer.returncode == 1
    what = "another repository" if "://" in entry else f"{entry}, which was not read"
    assert f"in/kustomization.yaml:1:13: resources[0]: lists {what}" in answer.stderr.decode()
    both = run("render", "in", "base", cwd=tmp_path)
    assert (both.returncode == 0) is (entry == "../base")


def test_a_namespace_that_files_leave_out_is_understood(tmp_path: Path) -> None:
    """By render, check and plan: what names no namespace gets it, through other kustomizations as well."""
    plant(
        tmp_path,
        {
            "prod/kustomization.yaml": "namespace: tenant-a\nresources: [../base, said.yaml]\n",
            "prod/said.yaml": redis("tenant-a", "said"),
            "base/kustomization.yaml": "resources: [left-out.yaml, other.yaml]\n",
            "base/left-out.yaml": redis("tenant-a", "cache").replace("  namespace: tenant-a\n", ""),
            "base/other.yaml": SETTINGS.replace(", namespace: tenant-a", "") + "---\n" + NAMESPACE,
        },
    )
    answer = run("render", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    found = [(each["kind"], each["metadata"].get("namespace")) for each in yaml.load_all(answer.stdout)]
    ours = ("HelmRelease", "tenant-a")
    assert found == [("Namespace", None), ("ConfigMap", "tenant-a"), ours, ours]
    assert run("check", cwd=tmp_path).returncode == 0
    plant(tmp_path, {"base/left-out.yaml": redis("tenant-b")})
    for command in ("render", "check"):
        refused = run(command, cwd=tmp_path)
        assert refused.returncode == 1
        assert b"prod/kustomization.yaml" in refused.stdout + refused.stderr
        assert b"[overlay-over-declarations]" in refused.stdout + refused.stderr


def test_stdin_is_a_stream_or_a_resource_list(tmp_path: Path) -> None:
    """`-` stands for it, alone or beside folders; a ResourceList's functionConfig counts; results say so."""
    stream = f"{redis('tenant-a')}---\n{SETTINGS}"
    answer = run("render", "-", stdin=stream, cwd=tmp_path)
    assert printed(answer.stdout) == ["ConfigMap settings", "HelmRelease redis-cache"]
    items = [yaml.load(redis("tenant-a")), yaml.load(SETTINGS)]
    config = yaml.load(PLANE.replace("spec: {}", "spec: {defaults: {interval: 7m}}"))
    given = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": config, "items": items}
    listed = run("render", "-", stdin=yaml.dump(given), cwd=tmp_path)
    assert printed(listed.stdout) == printed(answer.stdout)
    assert b"interval: 7m0s" in listed.stdout
    plant(tmp_path, {"more/b.yaml": redis("tenant-b")})
    both = run("render", "-", "more", "--output-dir", "out", stdin=stream, cwd=tmp_path)
    assert both.returncode == 0, both.stderr
    assert len(tree(tmp_path / "out")) == 4
    wrong = run("render", "-", stdin=redis("tenant-a", "Wrong"), cwd=tmp_path)
    assert b"error: <stdin>: Redis tenant-a/Wrong metadata.name: " in wrong.stderr
    for broken in (b"kind: [", b"\xff"):
        assert b"error: <stdin>" in run("render", "-", stdin=broken, cwd=tmp_path).stderr


def test_verify_writes_nothing_and_names_what_differs(tmp_path: Path) -> None:
    """Missing, changed and stale files and their list, each by name; then exit 1, and nothing is touched."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b"), "in/c.yaml": SETTINGS})
    missing = run(*RENDER, "--verify", cwd=tmp_path)
    assert (missing.returncode, missing.stderr.count(b"[output-differs]")) == (1, 4)
    assert not (tmp_path / "out").exists()
    assert run(*RENDER, cwd=tmp_path).returncode == 0
    assert run(*RENDER, "--verify", cwd=tmp_path).returncode == 0
    (tmp_path / "in/b.yaml").unlink()
    plant(tmp_path, {"in/a.yaml": redis("tenant-a") + "spec: {replicas: 3}\n", "out/mine.txt": "mine"})
    (tmp_path / "out/tenant-a/configmap-settings.yaml").unlink()
    before = tree(tmp_path / "out")
    answer = run(*RENDER, "--verify", cwd=tmp_path)
    assert answer.returncode == 1
    assert [line.partition(";")[0] for line in answer.stderr.decode().splitlines()[:-1]] == [
        "error: out/kustomization.yaml: differs from what render writes",
        "error: out/tenant-a/configmap-settings.yaml: is missing, and render writes it",
        "error: out/tenant-a/helmrelease-redis-cache.yaml: differs from what render writes",
        "error: out/tenant-b/helmrelease-redis-cache.yaml: is stale: no declaration needs it any longer",
    ]
    assert tree(tmp_path / "out") == before
    assert run("render", "in", "--verify", cwd=tmp_path).returncode == 2
