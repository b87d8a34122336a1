"""`krmfn render --output-dir`: what it may remove, and what it may never touch; Flux uninstalls what goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.command_line import run, run_in
from tests.declarations import plane, redis
from tests.folders import plant

if TYPE_CHECKING:
    from pathlib import Path

RENDER = ("render", "in", "--output-dir", "out")
CACHE = "out/tenant-b/helmrelease-redis-cache.yaml"
OURS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {krmfn.dev/owner: Redis/x}}\n"


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """Two tenants in folders of their own, rendered once."""
    plant(tmp_path, {"in/a/a.yaml": redis("tenant-a"), "in/b/b.yaml": redis("tenant-b")})
    assert run(*RENDER, cwd=tmp_path).returncode == 0
    return tmp_path


def test_what_goes_is_told(rendered: Path) -> None:
    """A declaration that is gone takes its file with it, and the run says so."""
    (rendered / "in/b/b.yaml").unlink()
    answer = run(*RENDER, cwd=rendered)
    assert answer.returncode == 0
    assert f"info: {CACHE}: " in answer.stderr.decode()
    assert not (rendered / CACHE).exists()


@pytest.mark.parametrize("content", [redis("tenant-b").encode("utf-16"), b"kind: [\nkrmfn.dev/: 1\n"])
def test_what_cannot_be_read_is_not_taken_for_gone(rendered: Path, content: bytes) -> None:
    """A declaration saved in another encoding, or broken, stops the run, and its output stays."""
    (rendered / "in/b/b.yaml").write_bytes(content)
    answer = run(*RENDER, cwd=rendered)
    assert answer.returncode == 1
    assert "in/b/b.yaml" in answer.stderr.decode()
    assert (rendered / CACHE).exists()


def test_a_dangling_link_is_not_taken_for_gone(rendered: Path) -> None:
    """A link that leads nowhere stops the run, and the output stays."""
    (rendered / "in/b/b.yaml").unlink()
    (rendered / "in/b/b.yaml").symlink_to("nowhere.yaml")
    assert run(*RENDER, cwd=rendered).returncode == 1
    assert (rendered / CACHE).exists()


def test_a_linked_folder_is_read_once(rendered: Path) -> None:
    """A folder that was moved and linked declares what it declared; a link back to the top does no harm."""
    (rendered / "in/b").rename(rendered / "moved")
    (rendered / "in/b").symlink_to(rendered / "moved")
    (rendered / "moved/top").symlink_to(rendered / "in")
    answer = run(*RENDER, cwd=rendered)
    assert answer.returncode == 0, answer.stderr
    assert (rendered / CACHE).exists()


def test_a_folder_is_not_emptied_by_a_wrong_path(rendered: Path) -> None:
    """Nothing rendered where there was something is refused, and everything stays."""
    plant(rendered, {"empty/readme.md": "nothing here"})
    answer = run("render", "empty", "--output-dir", "out", cwd=rendered)
    assert answer.returncode == 1
    assert "[nothing-rendered]" in answer.stderr.decode()
    assert (rendered / CACHE).exists()


@pytest.mark.parametrize("listed", ["../victim.yaml", "tenant-a/../../victim.yaml", "{root}/victim.yaml"])
def test_nothing_outside_is_removed(rendered: Path, listed: str) -> None:
    """A kustomization that was edited to list a file elsewhere does not make krmfn remove it."""
    plant(rendered, {"victim.yaml": OURS})
    kustomization = rendered / "out/kustomization.yaml"
    kustomization.write_text(kustomization.read_text() + f"- {listed.format(root=rendered)}\n")
    assert run(*RENDER, cwd=rendered).returncode == 0
    assert (rendered / "victim.yaml").read_text() == OURS


def test_nothing_is_written_through_a_link(rendered: Path) -> None:
    """A folder of the output that is a link is in the way; a link where a temporary file could be is left alone."""
    plant(rendered, {"elsewhere/keys": "mine"})
    (rendered / "out/tenant-a/.helmrelease-redis-cache.yaml.new").symlink_to(rendered / "elsewhere/keys")
    (rendered / "in/a/a.yaml").write_text(redis("tenant-a") + "spec: {replicas: 3}\n")
    assert run(*RENDER, cwd=rendered).returncode == 0
    assert (rendered / "elsewhere/keys").read_text() == "mine"
    (rendered / "out/tenant-b").rename(rendered / "elsewhere/tenant-b")
    (rendered / "out/tenant-b").symlink_to(rendered / "elsewhere/tenant-b")
    answer = run(*RENDER, cwd=rendered)
    assert answer.returncode == 1
    assert "[file-in-the-way]" in answer.stderr.decode()


def test_an_overlay_over_an_overlay_is_seen(tmp_path: Path) -> None:
    """A kustomization that changes declarations through another one is refused as if it named them itself."""
    plant(
        tmp_path,
        {
            "in/decl/a.yaml": redis("tenant-a"),
            "in/decl/kustomization.yaml": "resources: [a.yaml]\n",
            "in/base/kustomization.yaml": "resources: [../decl]\n",
            "in/prod/kustomization.yaml": "namespace: tenant-x\nresources: [../base]\n",
        },
    )
    answer = run("render", "in", cwd=tmp_path)
    assert answer.returncode == 1
    assert "in/prod/kustomization.yaml" in answer.stderr.decode()


def test_a_pipe_in_the_tree_does_not_hang(tmp_path: Path) -> None:
    """What is no file is skipped and counted."""
    plant(tmp_path, {"in/a.yaml": redis("tenant-a")})
    os.mkfifo(tmp_path / "in/b.yaml")
    answer = run("render", "in", cwd=tmp_path)
    assert answer.returncode == 0
    assert "skipped 1 file that is not a manifest" in answer.stderr.decode()


def test_a_catalog_inside_the_tree_is_read_once(tmp_path: Path) -> None:
    """--catalog may name a folder of the tree: its definitions are not defined twice."""
    plant(
        tmp_path,
        {
            "in/a.yaml": redis("tenant-a"),
            "in/catalog/shop.yaml": (
                "apiVersion: cozystack.io/v1alpha1\nkind: ApplicationDefinition\nmetadata: {name: shop}\n"
                "spec:\n  application: {kind: Shop, plural: shops, singular: shop, openAPISchema: '{}'}\n"
                "  release: {prefix: shop-, chartRef: {kind: HelmChart, name: shop}}\n"
            ),
        },
    )
    answer = run("render", "in", "--catalog", "in/catalog", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr


def test_one_run_alone_leaves_out_no_other(tmp_path: Path) -> None:
    """Without --shard a run in a folder below the path is the whole: nothing is left out, and its stale files go."""
    run = tmp_path / "tenants/acme"
    run.mkdir(parents=True)
    (run / "plane.yaml").write_text(plane("{apps: [{kind: Redis, name: a}, {kind: Redis, name: b}]}"), encoding="utf-8")
    told = run_in(tmp_path, "render", "tenants/acme", "--output-dir", "out").stderr
    assert "of other shards" not in told
    (run / "plane.yaml").write_text(plane("{apps: [{kind: Redis, name: a}]}"), encoding="utf-8")
    assert run_in(tmp_path, "render", "tenants/acme", "--output-dir", "out").returncode == 0
    assert [path.name for path in tmp_path.glob("out/**/helmrelease-*")] == ["helmrelease-redis-a.yaml"]
