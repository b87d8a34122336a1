"""Packages inside packages, and texts that hosts write anew: what only real kpt and kustomize can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.hosts.examples import texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Hosts

KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {{name: {name}}}\n"
PIPELINE = "pipeline:\n  mutators:\n  - exec: krmfn\n"
REDIS = """\
apiVersion: apps.cozystack.io/v1alpha1
kind: Redis
metadata: {{name: {name}, namespace: tenant-a}}
spec: {spec}
"""
TEXTS = ["\tif x\n\t\ty\n", "  two\nnone\n", "a \nb\n", "\n\nx\n", "x\n\n\n", "#!/bin/sh\n\techo\n"]
OUTPUT = "generated/tenant-a/helmrelease-redis-{name}.yaml"


@pytest.mark.parametrize("own", [True, False], ids=["own-krmfn", "no-krmfn"])
def test_kpt_keeps_packages_apart(own: bool, hosts: Hosts, tmp_path: Path) -> None:  # noqa: FBT001
    """Each package's output lies in it, whoever expands it, stays the same, and goes with its declaration."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "Kptfile").write_text(KPTFILE.format(name="outer") + PIPELINE)
    (inner / "Kptfile").write_text(KPTFILE.format(name="inner") + (PIPELINE if own else ""))
    (tmp_path / "redis.yaml").write_text(REDIS.format(name="outer", spec="{}"))
    (inner / "redis.yaml").write_text(REDIS.format(name="inner", spec="{}"))
    assert hosts.kpt_render(tmp_path, write=True).returncode == 0
    first = texts(tmp_path)
    assert OUTPUT.format(name="outer") in first
    assert "inner/" + OUTPUT.format(name="inner") in first
    assert hosts.kpt_render(tmp_path, write=True).returncode == 0
    assert texts(tmp_path) == first
    (inner / "redis.yaml").write_text(REDIS.format(name="other", spec="{}"))
    assert hosts.kpt_render(tmp_path, write=True).returncode == 0
    assert "inner/" + OUTPUT.format(name="inner") not in texts(tmp_path)
    assert "inner/" + OUTPUT.format(name="other") in texts(tmp_path)


def test_a_merge_key_in_a_package_is_no_tag(hosts: Hosts, tmp_path: Path) -> None:
    """Kpt writes a tag before a << that its user wrote without one."""
    (tmp_path / "Kptfile").write_text(KPTFILE.format(name="outer") + PIPELINE)
    (tmp_path / "redis.yaml").write_text(REDIS.format(name="a", spec="{x: &x {size: 1Gi}, y: {<<: *x, z: 1}}"))
    finished = hosts.kpt_render(tmp_path, write=True)
    assert finished.returncode == 0, finished.stderr
    release = yaml.load((tmp_path / OUTPUT.format(name="a")).read_text())
    assert release["spec"]["values"]["y"] == {"size": "1Gi", "z": 1}


@pytest.mark.parametrize(
    "text", ["\tif x\n\t\ty\n", "  two\nnone\n", "a \nb\n", "\n\nx\n", "x\n\n\n", "#!/bin/sh\n\techo\n"]
)
def test_texts_survive_being_written_again(text: str, hosts: Hosts, tmp_path: Path) -> None:
    """What render wrote is what kustomize reads, and Flux builds with kustomize."""
    declaration = yaml.load(REDIS.format(name="a", spec="{}"))
    (tmp_path / "redis.yaml").write_text(yaml.dump({**declaration, "spec": {"script": text}}))
    assert hosts.run(hosts.krmfn, "render", ".", "--output-dir", "out", cwd=tmp_path).returncode == 0
    built = hosts.kustomize_build(tmp_path / "out")
    assert built.returncode == 0, built.stderr
    assert yaml.load(built.stdout)["spec"]["values"]["script"] == text
