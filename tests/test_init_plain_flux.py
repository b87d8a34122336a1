"""`krmfn init --plain-flux`: the starter for Flux without Cozystack works as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.folders import contents, inside, tree

if TYPE_CHECKING:
    from pathlib import Path

RENDER = ("render", "--output-dir", "rendered", "--generated-only")
TENANT = ["HelmRelease jupyterhub-notebooks-on-playground", "HelmRelease playground-boundary"]
OF_THE_PLATFORM = re.compile(r"cozystack-values|cozy-system|cozy\.local|cozystack\.io|kubernetes-playground")


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    answer = run_in(tmp_path, "init", "fleet", "--plain-flux")
    assert (answer.returncode, answer.stderr) == (0, "")
    return tmp_path / "fleet"


def test_what_it_writes_passes_check(starter: Path) -> None:
    """A fresh one prints one line; each warning that it accepts is one that plain-flux.md explains."""
    answer = run_in(starter, "check")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert answer.stderr == "krmfn check: 0 errors, 0 warnings, 2 infos, 4 accepted in 2 runs\n"
    told = run_in(starter, "check", "--verbose").stdout
    assert set(re.findall(r"^accepted: .*\[([a-z-]+)\]", told, re.MULTILINE)) == {
        "egress-not-enforced",
        "kubeconfig-exposed",
        "pins-not-enforced",
        "pod-security-default-not-set",
    }


def test_what_it_writes_renders_without_the_platform(starter: Path) -> None:
    """A tenant comes to the app and its fences, the platform to guards; nothing in either is of Cozystack."""
    tenant, platform = (run_in(starter, "render", part).stdout for part in ("tenants/acme", "platform"))
    assert contents(tenant) == TENANT
    assert {each.split()[0] for each in contents(platform)} == {
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
    assert not OF_THE_PLATFORM.findall(tenant)
    [app, _] = [each["spec"] for each in yaml.load_all(tenant)]
    assert app["kubeConfig"] == {"secretRef": {"name": "playground-kubeconfig", "key": "value"}}


def test_nobody_is_asked_about_who_is_not_there(starter: Path) -> None:
    """A namespace may be called as the platform calls a tenant's: no tenant is above it all the same."""
    told = run_in(starter, "reach", "JupyterHub/notebooks").stdout
    assert "other-tenants" in told
    assert "tenant-root" not in told


def test_flux_applies_what_is_rendered(starter: Path) -> None:
    """A folder for each run, and Flux's paths are these folders; charts are where Flux is told that they are."""
    done = run_in(starter, *RENDER)
    assert done.returncode == 0, done.stderr
    told = [each for path in sorted((starter / "flux").iterdir()) for each in yaml.load_all(path.read_bytes())]
    lists = (path.parent for path in (starter / "rendered").rglob("kustomization.yaml"))
    assert {each["spec"]["path"] for each in told if each["kind"] == "Kustomization"} == {
        f"./{folder.relative_to(starter).as_posix()}" for folder in lists
    }
    releases = [yaml.load(path.read_bytes()) for path in (starter / "rendered/tenants").rglob("helmrelease-*.yaml")]
    [chart] = [each["spec"]["chartRef"] for each in releases if "chartRef" in each["spec"]]
    assert chart in [{"kind": each["kind"], **each["metadata"]} for each in told]
    assert run_in(starter, "check").returncode == 0


def test_a_second_run_changes_nothing(starter: Path) -> None:
    """All of its own files stay."""
    before = tree(starter)
    assert "nothing is missing" in run_in(starter, "init", "--plain-flux").stdout
    assert tree(starter) == before


def test_one_more_tenant_is_on_plain_flux_too(starter: Path) -> None:
    """It takes over what the platform's run says, and its first step is the clusters that only a person knows."""
    answer = run_in(starter, "init", "tenant", "birch")
    first = "1. say its clusters, under spec.clusters in tenants/birch/compute-plane.yaml;"
    assert f"\n{first}\n2. declare" in answer.stdout
    plane = yaml.load((starter / "tenants/birch/compute-plane.yaml").read_bytes())
    assert plane["spec"]["target"]["cozystack"] == "none"
    assert run_in(starter, "check").returncode == 0


@pytest.mark.parametrize("arguments", [("tenant", "birch"), ("--adopt",)])
def test_it_is_for_a_starter_alone(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """What is there says itself what it runs on."""
    answer = run_in(tmp_path, "init", "--plain-flux", *arguments)
    assert answer.returncode == 2
    assert "--plain-flux is for a new starter" in answer.stderr
    assert inside(tmp_path) == []
