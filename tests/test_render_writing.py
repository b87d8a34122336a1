"""`krmfn render`: the stream and the folder that it writes, and what it goes on without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run
from tests.declarations import redis
from tests.folders import objects, plant, tree

if TYPE_CHECKING:
    from pathlib import Path


ENVELOPE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"


def test_one_mistake_refuses_the_whole_run(tmp_path: Path) -> None:
    """Without --keep-going no tenant is rendered when one is at fault, and nothing is written."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b", "Wrong")})
    answer = run("render", "in", "--output-dir", "out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert not (tmp_path / "out").exists()


def test_keep_going_leaves_out_the_namespaces_at_fault(tmp_path: Path) -> None:
    """With --keep-going the others are rendered, the fault is told, and the exit code is still 1."""
    plant(
        tmp_path,
        {
            "a.yaml": redis("tenant-a"),
            "b.yaml": redis("tenant-b") + "---\n" + redis("tenant-b", "Wrong"),
            "c.yaml": redis("tenant-c"),
        },
    )
    answer = run("render", "--keep-going", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (1, ["tenant-a/redis-cache", "tenant-c/redis-cache"])
    assert "error: b.yaml:10:3: Redis tenant-b/Wrong metadata.name: " in answer.stderr.decode()


def test_keep_going_leaves_out_every_namespace_at_fault(tmp_path: Path) -> None:
    """A fault of one kind hides none of another: both are told, and who is without fault is rendered."""
    plant(
        tmp_path,
        {
            "a.yaml": redis("tenant-a").replace("name: cache", "labels: {}"),
            "b.yaml": redis("tenant-b").replace("Redis", "Rediss"),
            "c.yaml": redis("tenant-c"),
        },
    )
    answer = run("render", "--keep-going", cwd=tmp_path)
    assert (answer.returncode, objects(answer.stdout)) == (1, ["tenant-c/redis-cache"])
    assert "error: a.yaml:3:1: " in answer.stderr.decode()
    assert "error: b.yaml:2:1: " in answer.stderr.decode()


def test_keep_going_keeps_the_earlier_files_of_a_namespace_at_fault(tmp_path: Path) -> None:
    """A tenant that made a mistake keeps what is rendered of it, for Flux would uninstall what goes."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "out")
    plant(tmp_path, {"in/a.yaml": redis("tenant-a", "other"), "in/b.yaml": redis("tenant-b", "Wrong")})
    answer = run("render", "in", "--output-dir", "out", "--keep-going", cwd=tmp_path)
    after = tree(tmp_path / "out")
    assert answer.returncode == 1
    assert sorted(after) == [
        "kustomization.yaml",
        "tenant-a/helmrelease-redis-other.yaml",
        "tenant-b/helmrelease-redis-cache.yaml",
    ]
    assert after["tenant-b/helmrelease-redis-cache.yaml"] == before["tenant-b/helmrelease-redis-cache.yaml"]
    listed = yaml.load(after["kustomization.yaml"][0])["resources"]
    assert listed == ["tenant-a/helmrelease-redis-other.yaml", "tenant-b/helmrelease-redis-cache.yaml"]


def test_keep_going_keeps_nothing_that_it_did_not_write(tmp_path: Path) -> None:
    """Whoever puts a file with krmfn's mark beside those of a namespace at fault does not have it applied."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    written = (tmp_path / "out/tenant-b/helmrelease-redis-cache.yaml").read_text(encoding="utf-8")
    forged = "tenant-b/helmrelease-redis-forged.yaml"
    plant(tmp_path, {"in/b.yaml": redis("tenant-b", "Wrong"), f"out/{forged}": written.replace("-cache", "-forged")})
    answer = run("render", "in", "--output-dir", "out", "--keep-going", cwd=tmp_path)
    assert answer.returncode == 1
    assert f"out/{forged}: " in answer.stderr.decode()
    left = tree(tmp_path / "out")
    listed = yaml.load(left["kustomization.yaml"][0])["resources"]
    assert listed == ["tenant-a/helmrelease-redis-cache.yaml", "tenant-b/helmrelease-redis-cache.yaml"]
    assert forged not in left


def test_keep_going_keeps_what_a_namespace_at_fault_has_in_the_cluster(tmp_path: Path) -> None:
    """An object of the cluster that is a tenant's, by its name, stays as its others do."""
    config = """apiVersion: krmfn.dev/v1alpha1
kind: ComputePlane
metadata: {name: acme}
spec:
  target: {cilium: "1.20"}
  network: {apiServerAddresses: [], clusterNetworkPolicy: true}
  objectsChart: {chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-public}}
"""
    cluster = (
        "apiVersion: apps.cozystack.io/v1alpha1\nkind: Kubernetes\n"
        "metadata: {name: lab, namespace: tenant-b}\nspec: {isolationProfile: sandbox}\n"
    )
    plant(tmp_path, {"in/plane.yaml": config, "in/a.yaml": redis("tenant-a"), "in/b.yaml": cluster})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    fence = "cluster/clusternetworkpolicy-tenant-b.kubernetes-lab-egress.yaml"
    assert fence in tree(tmp_path / "out")
    plant(tmp_path, {"in/b.yaml": cluster.replace("name: lab", "name: Lab")})
    assert run("render", "in", "--output-dir", "out", "--keep-going", cwd=tmp_path).returncode == 1
    assert fence in tree(tmp_path / "out")


def test_output_dir_has_one_file_an_object(tmp_path: Path) -> None:
    """`<namespace>/<kind>-<name>.yaml` and a kustomization that lists them, with the same objects as the stream."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    stream = run("render", "in", cwd=tmp_path).stdout
    answer = run("render", "in", "--output-dir", "deep/out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, b"")
    out = tmp_path / "deep/out"
    paths = ["tenant-a/helmrelease-redis-cache.yaml", "tenant-b/helmrelease-redis-cache.yaml"]
    assert sorted(tree(out)) == ["kustomization.yaml", *paths]
    assert yaml.load((out / "kustomization.yaml").read_bytes())["resources"] == paths
    assert [yaml.load((out / path).read_bytes()) for path in paths] == yaml.load_all(stream)


def test_output_dir_is_written_once(tmp_path: Path) -> None:
    """A second run changes no byte, and does not even write the files again."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "out")
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert tree(tmp_path / "out") == before


def test_output_dir_loses_stale_files_and_no_others(tmp_path: Path) -> None:
    """What an earlier run wrote and this one does not is removed; a file of the user's stays, whatever it is called."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b"), "in/c.yaml": redis("tenant-c")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    plant(
        tmp_path, {"out/tenant-c/mine.yaml": "a: 1\n", "out/helmrelease-mine.yaml": redis("x"), "out/README.md": "x\n"}
    )
    (tmp_path / "in/b.yaml").unlink()
    (tmp_path / "in/c.yaml").unlink()
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert sorted(tree(tmp_path / "out")) == [
        "README.md",
        "helmrelease-mine.yaml",
        "kustomization.yaml",
        "tenant-a/helmrelease-redis-cache.yaml",
        "tenant-c/mine.yaml",
    ]
    assert not (tmp_path / "out/tenant-b").exists()


def test_a_stale_file_that_a_user_took_over_stays(tmp_path: Path) -> None:
    """A file that was ours once and has the user's content now is not removed."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b")})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    (tmp_path / "in/b.yaml").unlink()
    plant(tmp_path, {"out/tenant-b/helmrelease-redis-cache.yaml": "apiVersion: v1\nkind: ConfigMap\n"})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out/tenant-b/helmrelease-redis-cache.yaml").read_text() == "apiVersion: v1\nkind: ConfigMap\n"


@pytest.mark.parametrize("path", ["kustomization.yaml", "tenant-a/helmrelease-redis-cache.yaml"])
def test_a_users_file_in_the_way_is_not_replaced(tmp_path: Path, path: str) -> None:
    """Where a file that krmfn did not write would have to be replaced, nothing is written at all."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "in/b.yaml": redis("tenant-b"), f"out/{path}": "mine: true\n"})
    before = tree(tmp_path / "out")
    answer = run("render", "in", "--output-dir", "out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert f"error: out/{path}: " in answer.stderr.decode()
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("kustomization.yaml", b"\xff\xfe"),
        ("kustomization.yaml/mine", b"x"),
        ("tenant-a", b"a file where a folder goes"),
        ("tenant-a/helmrelease-redis-cache.yaml/mine", b"a folder where a file goes"),
    ],
)
def test_odd_things_in_the_way_are_told(tmp_path: Path, path: str, content: bytes) -> None:
    """Whatever stands in the way is told as such, and left alone."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), f"out/{path}": content})
    before = tree(tmp_path / "out")
    answer = run("render", "in", "--output-dir", "out", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (1, b"")
    assert "[file-in-the-way]" in answer.stderr.decode()
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("content", [": : [", "resources: 5", "resources: [5, {a: b}]", "- a", ""])
def test_a_kustomization_of_ours_that_a_user_broke(tmp_path: Path, content: str) -> None:
    """Our own kustomization is written anew, whatever became of it."""
    header = "# Written by krmfn render, like every file that is listed here.\n"
    plant(tmp_path, {"in/a.yaml": redis("tenant-a"), "out/kustomization.yaml": header + content})
    assert run("render", "in", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert yaml.load((tmp_path / "out/kustomization.yaml").read_bytes())["resources"]


def test_an_output_dir_that_cannot_be_made(tmp_path: Path) -> None:
    """Where nothing can be written, it is told, and is no bug of ours."""
    plant(tmp_path, {"a.yaml": redis("tenant-a")})
    answer = run("render", "--output-dir", "/proc/krmfn", cwd=tmp_path)
    assert answer.returncode == 1
    assert "error: /proc/krmfn" in answer.stderr.decode()
    assert run("schema", "--output-dir", "/proc/krmfn", cwd=tmp_path).returncode == 2


def test_the_folder_that_is_read_is_not_written_to(tmp_path: Path) -> None:
    """--output-dir cannot be what is read, for then nothing would be read."""
    plant(tmp_path, {"a.yaml": redis("tenant-a")})
    answer = run("render", "--output-dir", ".", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert sorted(tree(tmp_path)) == ["a.yaml"]


@pytest.mark.parametrize("output_dir", ["tenants", "tenants/acme", "tenants/acme/declared"])
def test_a_folder_with_declarations_is_not_written_to(tmp_path: Path, output_dir: str) -> None:
    """Its declarations would be read no longer, and what they came to would be gone from Flux's folder."""
    plane = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: acme, namespace: tenant-acme}\n"
    files = {"tenants/acme/compute-plane.yaml": plane, "tenants/acme/declared/a.yaml": redis("tenant-acme")}
    plant(tmp_path, files)
    answer = run("render", "--output-dir", output_dir, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert re.search(rf"Error: {output_dir}/\S+ is in --output-dir", answer.stderr.decode())
    assert sorted(tree(tmp_path)) == sorted(files)


def test_an_output_dir_among_the_inputs_is_not_read(tmp_path: Path) -> None:
    """Rendering a folder into one of its own gives the same as rendering it elsewhere, the second time as well."""
    plant(tmp_path, {"cache.yaml": redis("tenant-a")})
    for _ in range(2):
        answer = run("render", "--output-dir", "rendered", cwd=tmp_path)
        assert (answer.returncode, answer.stderr) == (
            0,
            b"krmfn render: 0 errors, 0 warnings in 1 run; read 1 file with 1 declaration\n",
        )
        assert sorted(tree(tmp_path / "rendered")) == ["kustomization.yaml", "tenant-a/helmrelease-redis-cache.yaml"]


def test_the_same_objects_from_the_function_and_from_render(tmp_path: Path) -> None:
    """What `render` prints is what the function adds to its items."""
    texts = [redis("tenant-a"), redis("tenant-b").replace("Redis", "Kubernetes")]
    items = [yaml.load(text) for text in texts]
    piped = run(stdin=ENVELOPE + yaml.dump({"items": items}))
    rendered = run("render", plant(tmp_path, {"a.yaml": texts[0], "b.yaml": texts[1]}))
    generated = [item for item in yaml.load(piped.stdout)["items"] if item["kind"] == "HelmRelease"]
    assert yaml.load_all(rendered.stdout) == generated
