"""The repository that `krmfn init` writes, in real kustomize: a user's own build, and the one that Flux does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Finished, Hosts


@pytest.fixture
def starter(hosts: Hosts, tmp_path: Path) -> Path:
    passed(hosts.run(hosts.krmfn, "init", "fleet", cwd=tmp_path))
    return tmp_path / "fleet"


def passed(done: Finished) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def names(stream: str) -> list[str]:
    return sorted(f"{each['kind']} {each['metadata']['name']}" for each in yaml.load_all(stream))


@pytest.mark.parametrize(("part", "kind"), [("tenants/acme", "HelmRelease"), ("platform", "ClusterRole")])
def test_what_init_writes_builds_to_what_it_renders(part: str, kind: str, starter: Path, hosts: Hosts) -> None:
    """A tenant's folder and the platform's come to the same objects by krmfn alone and in kustomize."""
    rendered = names(passed(hosts.render(starter / part)))
    assert any(name.startswith(kind) for name in rendered)
    assert names(passed(hosts.kustomize_build(starter / part))) == rendered


def test_flux_applies_what_is_rendered(starter: Path, hosts: Hosts) -> None:
    """What is in rendered/ builds, as Flux builds it, to what the tenant's folder renders."""
    passed(hosts.run(hosts.krmfn, "render", "--output-dir", "rendered", "--generated-only", cwd=starter))
    built = names(passed(hosts.kustomize_build(starter / "rendered/tenants/acme")))
    assert built == names(passed(hosts.render(starter / "tenants/acme")))
