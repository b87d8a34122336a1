"""HelmReleases as people have them in Git, imported: what krmfn renders of them goes on where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.engine import flux
from tests.engine.api import HELM_RELEASE, KUSTOMIZATION, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.api import Object
    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

TENANT = "tenant-walnut"
PRUNE = "kustomize.toolkit.fluxcd.io/prune"
RETRY = {"name": "RetryOnFailure", "retryInterval": "30s"}
RELEASES: dict[str, dict[str, Any]] = {
    "redis-cache": {"replicas": 2, "size": "1Gi"},
    "postgres-main": {"size": "10Gi", "users": {"lab": {}}},
}


def release(name: str, values: dict[str, Any]) -> Object:
    """A release as somebody has it in Git: without the platform's labels, and with durations spelled their way."""
    chart = name.partition("-")[0]
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": TENANT},
        "spec": {
            "chartRef": {
                "kind": "ExternalArtifact",
                "name": f"cozystack-{chart}-application-default-{chart}",
                "namespace": "cozy-system",
            },
            "interval": "5m",
            "maxHistory": 5,
            "install": {"timeout": "10m", "strategy": RETRY},
            "upgrade": {"timeout": "600s", "strategy": RETRY},
            "valuesFrom": [{"kind": "Secret", "name": "cozystack-values"}],
            "values": values,
        },
    }


@pytest.fixture(scope="module")
def tenant(engine: Engine) -> Iterator[Tenant]:
    """A tenant whose releases Flux applies as they stand."""
    tenant = engine.tenant(TENANT)
    (tenant.repository.work / "clusters").mkdir()
    for name, values in RELEASES.items():
        (tenant.repository.work / f"clusters/{name}.yaml").write_text(yaml.dump(release(name, values)), "utf-8")
    commit = tenant.push("releases")
    tenant.sync()
    take(engine, "./clusters")
    tenant.wait_until_applied(commit, 120)
    yield tenant
    engine.a.delete(KUSTOMIZATION, flux.NAMESPACE, TENANT)
    # Its releases are uninstalled first, after whatever else the controllers have to do.
    engine.wait_until_gone(engine.a, KUSTOMIZATION, flux.NAMESPACE, TENANT, 300)


def take(engine: Engine, path: str) -> None:
    """Have the tenant's Kustomization apply a folder."""
    engine.a.patch(KUSTOMIZATION, flux.NAMESPACE, TENANT, {"spec": {"path": path}})


def running(engine: Engine) -> dict[str, Any]:
    """What must not change: which release it is, since when it is installed, and what is in the cluster for it."""
    found: dict[str, Any] = {}
    for name in RELEASES:
        item = engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, name)
        assert "deletionTimestamp" not in item["metadata"]
        found[name] = item["metadata"]["uid"], [each["firstDeployed"] for each in item["status"]["history"]][-1]
    for item in engine.a.everything(f"helm.toolkit.fluxcd.io/namespace={TENANT}"):
        found[f"{item['kind']} {item['metadata']['name']}"] = item["metadata"]["uid"], item.get("data")
    return found


def versions(engine: Engine) -> dict[str, int]:
    items = {name: engine.a.get(HELM_RELEASE, TENANT, name) for name in RELEASES}
    return {name: item["status"]["history"][0]["version"] for name, item in items.items() if item}


def test_an_imported_release_goes_on_as_it_is(engine: Engine, tenant: Tenant) -> None:
    """Neither uninstalled nor installed anew: one revision more at most, and its objects and data are as before."""
    before, first = running(engine), versions(engine)
    assert any(kind.startswith("Secret") and data for kind, (_, data) in before.items())
    work = tenant.repository.work

    # As it is advised: first what keeps them, alone.
    prepared = tenant.krmfn("init", "--adopt")
    assert prepared.returncode == 0, prepared.stderr
    tenant.wait_until_applied(tenant.push("pruned no longer"), 120)
    for name in RELEASES:
        found = engine.a.get(HELM_RELEASE, TENANT, name)
        assert found
        assert found["metadata"]["annotations"][PRUNE] == "disabled"

    imported = tenant.krmfn("import", "clusters", "--output-dir", "tenants")
    assert imported.returncode == 0, imported.stderr
    for name in RELEASES:
        (work / f"clusters/{name}.yaml").unlink()
    (work / "clusters/kustomization.yaml").write_text("resources: []\n", "utf-8")
    check = tenant.krmfn("check", "--against", "HEAD")
    assert check.returncode == 0, check.stdout
    rendered = tenant.krmfn("render", "tenants", "--output-dir", "rendered", "--generated-only")
    assert rendered.returncode == 0, rendered.stderr
    assert {item["metadata"]["name"] for item in tenant.releases()} == RELEASES.keys()
    commit = tenant.push("declarations")
    take(engine, "./rendered")
    tenant.wait_until_applied(commit, 120)

    for name in RELEASES:
        found = engine.a.get(HELM_RELEASE, TENANT, name)
        assert found
        assert found["metadata"]["annotations"]["krmfn.dev/owner"]
    assert running(engine) == before
    assert all(first[name] <= version <= first[name] + 1 for name, version in versions(engine).items())
    secrets = engine.a.all(SECRET, TENANT, "owner=helm")
    assert {item["metadata"]["labels"]["name"] for item in secrets} == RELEASES.keys()
    assert {item["metadata"]["labels"]["status"] for item in secrets} <= {"deployed", "superseded"}
