"""The starter of `krmfn init --plain-flux`, by the steps of its own README, on the real engine without Cozystack."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.engine import flux
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, NAMESPACE, Kind
from tests.engine.fleets import remove
from tests.engine.test_starter import CILIUM_POLICY, HUB, POLICY, RENDER, edit, files, helm_repository, in_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository

TENANT = "tenant-alder"
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
RELEASES = {"playground-boundary", f"{HUB}-on-playground"}


@pytest.fixture(scope="module")
def repository(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Made one's own, rendered, committed, pushed."""
    repository = engine.server.repository("plain-fleet")
    in_repository(repository, "krmfn", "init", "--plain-flux")
    root = repository.work
    (root / "tenants/acme").rename(root / "tenants/alder")
    (root / "flux/acme.yaml").rename(root / "flux/alder.yaml")
    for path in (*files(root / "tenants/alder"), root / "flux/alder.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("acme", "alder"), encoding="utf-8")
    charts = helm_repository(engine.server, tmp_path_factory.mktemp("chart"), "plain-chart")
    edit(
        root / "flux/fleet.yaml",
        ("https://git.example.org/fleet.git", repository.url),
        ("https://hub.jupyter.org/helm-chart/", charts),
    )
    in_repository(repository, "krmfn", "check")
    in_repository(repository, *RENDER)
    repository.push("a fleet")
    return repository


@pytest.fixture(scope="module")
def inside(engine: Engine, repository: Repository, new_cluster: Callable[..., Api]) -> Iterator[Api]:
    """A cluster that is there, with its kubeconfig in the tenant's namespace, and then `kubectl apply -f flux`."""
    cluster = new_cluster("alder", "serviceaccount-controller")
    engine.a.apply({"apiVersion": NAMESPACE.api_version, "kind": NAMESPACE.kind, "metadata": {"name": TENANT}})
    engine.a.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "playground-kubeconfig", "namespace": TENANT},
            "data": {"value": base64.b64encode(cluster.portable_kubeconfig().encode()).decode()},
        }
    )
    written = [(repository.work / f"flux/{name}.yaml").read_bytes() for name in ("fleet", "alder")]
    told: list[Object] = [item for text in written for item in yaml.load_all(text)]
    for item in told:
        engine.a.apply(item)
    yield cluster
    remove(engine, repository, told, (TENANT,))


def test_all_of_it_is_applied(engine: Engine, repository: Repository, inside: Api) -> None:
    """The platform's guards, then the tenant's two releases, as the tenant's own account, on the tenant's cluster."""
    for name in ("fleet-platform", "fleet-alder"):
        engine.wait_until_ready(engine.a, KUSTOMIZATION, flux.NAMESPACE, name, 120)
    assert engine.a.get(POLICY, "", "krmfn-isolation-change")
    assert {item["metadata"]["name"] for item in engine.a.all(HELM_RELEASE, TENANT)} == RELEASES
    for name in RELEASES:
        engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, name, 180)
    found = inside.get(CONFIG_MAP, HUB, f"{HUB}-values")
    assert found
    [declared] = yaml.load_all((repository.work / "tenants/alder/declared/notebooks.yaml").read_bytes())
    assert json.loads(found["data"]["values.json"]) == declared["spec"]


def test_the_app_is_fenced(inside: Api) -> None:
    """Inside the cluster: a default deny and what the profile opens, in a namespace that is held to restricted."""
    assert {item["metadata"]["name"] for item in inside.all(NETWORK_POLICY, HUB)} >= {"krmfn-default-deny"}
    assert {item["metadata"]["name"] for item in inside.all(CILIUM_POLICY, HUB)} >= {"krmfn-dns", "krmfn-api-server"}
    namespace = inside.get(NAMESPACE, "", HUB)
    assert namespace
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_nothing_of_the_platform_is_asked_for(engine: Engine, inside: Api) -> None:
    """No object of the tenant has a label of Cozystack, or values of the platform's."""
    del inside
    for item in engine.a.all(HELM_RELEASE, TENANT):
        assert "valuesFrom" not in item["spec"]
        assert "cozystack" not in json.dumps([item["metadata"].get("labels"), item["spec"]])
