"""Tenants side by side, and one of them leaving: its folder, its Kustomization, its cluster, its namespace."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from krmfn.fleet.scopes import CLUSTER_WIDE
from tests.engine import flux, guards
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, NAMESPACE, SECRET, Kind
from tests.engine.manifests import app, confirmed, placement, sandboxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

    Tenants = dict[str, tuple[Tenant, Api]]
    """Each tenant by its name, with where its cluster is."""

HELM_CHART = Kind("source.toolkit.fluxcd.io/v1", "HelmChart")
PRIORITY_CLASS = Kind("scheduling.k8s.io/v1", "PriorityClass")
EGRESS = Kind("cilium.io/v2", "CiliumNetworkPolicy")
POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
CLUSTER, BOUNDARY = "kubernetes-lab", "kubernetes-lab-boundary"
SLOW = "krmfn.dev/slow"
"""A finalizer that nobody removes but a test."""


@pytest.fixture(scope="module")
def tenants(engine: Engine, new_cluster: Callable[..., Api], installed_guards: list[Object]) -> Tenants:
    """Four tenants, each with a cluster and an app on it, and where that is; mars has a sandbox."""
    del installed_guards
    own = {"mars": new_cluster("mars")}
    found, commits = {}, {}
    for name in ("mars", "venus", "saturn", "pluto"):
        tenant = engine.tenant(f"tenant-{name}", on={"lab": own[name]} if name in own else None)
        found[name] = tenant, own.get(name, engine.b)
        declare(tenant, name, sandbox=name in own, confirm=name == "saturn")
        commits[name] = tenant.push("a cluster and an app")
        sync(tenant)
    for name, commit in commits.items():
        found[name][0].wait_until_applied(commit, 180)
    return found


def declare(tenant: Tenant, name: str, *, sandbox: bool, confirm: bool = False) -> None:
    """A cache on the management plane, a cluster, and on it an app that is named after the tenant: two share B."""
    space = tenant.namespace
    lab = app(space, "Kubernetes", "lab", **({"isolationProfile": "sandbox"} if sandbox else {}))
    tenant.declare(
        app(space, "Redis", "cache"),
        confirmed(lab) if confirm else lab,
        app(space, "NATS", name),
        placement(space, "bus", "lab", ("NATS", name)),
        configuration=sandboxes(tenant) if sandbox else None,
    )


def sync(tenant: Tenant) -> None:
    """Have Flux apply what is in the repository, under the guards."""
    tenant.sync(service_account=guards.SERVICE_ACCOUNT)


def kustomization(tenant: Tenant) -> tuple[Kind, str, str]:
    """Where the tenant's Kustomization is."""
    return KUSTOMIZATION, flux.NAMESPACE, tenant.namespace


def told(engine: Engine, tenant: Tenant) -> str:
    """What the tenant's Kustomization says."""
    return flux.conditions(engine.a.get(*kustomization(tenant)))


def leave(engine: Engine, tenant: Tenant) -> None:
    """Delete the tenant's Kustomization."""
    engine.a.delete(*kustomization(tenant))
    engine.wait_until_gone(engine.a, *kustomization(tenant), 120)


def apps_of(name: str) -> set[str]:
    return {f"nats-{name}-on-lab", "redis-cache"}


def made(api: Api, name: str) -> Object | None:
    """What a tenant's app has made on its cluster."""
    return api.get(CONFIG_MAP, f"nats-{name}", f"nats-{name}-values")


@pytest.fixture
def bystander(engine: Engine, tenants: Tenants) -> Iterator[None]:
    """The tenant venus, of which nothing changes on A and on B, whatever becomes of another."""
    tenant, api = tenants["venus"]

    def state() -> Any:
        places = [(engine.a, tenant.namespace), (api, "nats-venus")]
        return tenant.installed(), [
            (item["metadata"]["uid"], item["metadata"]["resourceVersion"])
            for each, space in places
            for kind in (CONFIG_MAP, SECRET)
            for item in each.all(kind, space)
        ]

    before = state()
    assert apps_of("venus") | {CLUSTER} <= before[0].keys()
    assert made(api, "venus")
    yield
    assert state() == before
    assert flux.is_ready(engine.a.get(*kustomization(tenant)))


pytestmark = pytest.mark.usefixtures("bystander")


def test_a_folder_that_is_gone_removes_nothing(engine: Engine, tenants: Tenants) -> None:
    """Flux says that it does not find it, and all runs on; it is no way to leave."""
    tenant, api = tenants["mars"]
    before = tenant.installed()
    shutil.rmtree(tenant.rendered)
    tenant.push("no folder any longer")
    engine.wait_for(
        "Flux not to find it", lambda: "kustomization path not found" in told(engine, tenant), 120, seen=tenant.said
    )
    assert tenant.installed() == before
    assert made(api, "mars")

    tenant.render()
    tenant.wait_until_applied(tenant.push("the folder again"), 120)
    assert tenant.installed() == before


def test_a_tenant_that_leaves_takes_its_apps_along(engine: Engine, tenants: Tenants, page: Page) -> None:
    """With its Kustomization they go, on A and on B; its cluster, boundary and fences stay, and come back to it."""
    tenant, api = tenants["mars"]
    before = tenant.installed()
    leave(engine, tenant)
    for name in apps_of("mars"):
        engine.wait_until_gone(engine.a, HELM_RELEASE, tenant.namespace, name, 120)
    assert made(api, "mars") is None
    assert engine.a.get(CONFIG_MAP, tenant.namespace, "redis-cache-values") is None
    assert tenant.installed() == {name: it for name, it in before.items() if name not in apps_of("mars")}
    assert {CLUSTER, BOUNDARY} <= tenant.installed().keys()
    assert engine.a.get(EGRESS, tenant.namespace, f"{CLUSTER}-egress")
    assert engine.a.get(CONFIG_MAP, tenant.namespace, f"{CLUSTER}-admission")
    assert api.get(POLICY, "nats-mars", "krmfn-default-deny")
    table = engine.a.table(HELM_RELEASE, tenant.namespace)
    page.shows("a-tenant-left", f"$ kubectl get helmreleases --namespace {tenant.namespace}\n{table}")

    sync(tenant)
    engine.wait_until_ready(engine.a, *kustomization(tenant), 120)
    after = tenant.installed()
    assert after.keys() == before.keys()
    assert {name for name, it in after.items() if it != before[name]} == apps_of("mars")
    assert made(api, "mars")


@pytest.mark.parametrize("kind", ["", "ConfigMapList", "ConfigMap"])
def test_a_namespace_does_not_keep_what_is_cluster_wide(engine: Engine, tenants: Tenants, kind: str) -> None:
    """Flux applies it for everybody, whatever namespace it names, and whatever other object it is an item of.

    So a fleet refuses it where a tenant writes.
    """
    tenant, _ = tenants["mars"]
    metadata = {"name": "of-mars", "namespace": tenant.namespace}
    wide = {"apiVersion": PRIORITY_CLASS.api_version, "kind": PRIORITY_CLASS.kind, "metadata": metadata, "value": 1}
    written = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "items": [wide]} if kind else wide
    (tenant.rendered / "wide.yaml").write_text(json.dumps(written), encoding="utf-8")
    listed = (tenant.rendered / "kustomization.yaml").read_text(encoding="utf-8")
    (tenant.rendered / "kustomization.yaml").write_text(f"{listed}- wide.yaml\n", encoding="utf-8")
    tenant.wait_until_applied(tenant.push("an object for everybody"), 120)
    found = engine.a.get(PRIORITY_CLASS, "", "of-mars")
    assert found
    assert "namespace" not in found["metadata"]
    tenant.render()
    tenant.wait_until_applied(tenant.push("no longer"), 120)
    assert engine.a.get(PRIORITY_CLASS, "", "of-mars") is None


def test_what_is_cluster_wide_is_known(engine: Engine) -> None:
    """All of Kubernetes' own, and of what is installed here."""
    served = engine.a.cluster_wide()
    assert ("scheduling.k8s.io", "PriorityClass") in served
    assert served <= CLUSTER_WIDE


@pytest.mark.parametrize("change", [{"suspend": True}, {"serviceAccountName": "gone"}], ids=["suspended", "account"])
def test_a_kustomization_that_cannot_act_goes_alone(engine: Engine, tenants: Tenants, change: Object) -> None:
    """Suspended, or without the ServiceAccount that it acts as: what it applied runs on, and nobody owns it."""
    tenant, api = tenants["mars"]
    before = tenant.installed()
    engine.a.patch(*kustomization(tenant), {"spec": change})
    leave(engine, tenant)
    assert tenant.installed() == before
    assert made(api, "mars")
    sync(tenant)
    engine.wait_until_ready(engine.a, *kustomization(tenant), 120)
    assert tenant.installed() == before


def test_a_confirmed_cluster_goes_with_its_tenant(engine: Engine, tenants: Tenants) -> None:
    """After its app, however long that takes; the Kustomization stays as long and tries again."""
    tenant, api = tenants["saturn"]
    api.patch(CONFIG_MAP, "nats-saturn", "nats-saturn-values", {"metadata": {"finalizers": [SLOW]}})
    engine.a.delete(*kustomization(tenant))

    def ends(name: str) -> bool:
        found = engine.a.get(HELM_RELEASE, tenant.namespace, name)
        return found is None or "deletionTimestamp" in found["metadata"]

    engine.wait_for("the app to be on its way out", lambda: ends("nats-saturn-on-lab"), 120)
    engine.wait_until_gone(engine.a, HELM_RELEASE, tenant.namespace, "redis-cache", 120)
    assert engine.a.get(*kustomization(tenant))
    assert not ends(CLUSTER)
    assert made(api, "saturn")

    api.patch(CONFIG_MAP, "nats-saturn", "nats-saturn-values", {"metadata": {"finalizers": None}})
    engine.wait_until_gone(engine.a, *kustomization(tenant), 120)
    engine.wait_until_gone(engine.a, HELM_RELEASE, tenant.namespace, CLUSTER, 120)
    assert made(api, "saturn") is None
    engine.wait_for("no release to be left", lambda: not tenant.installed(), 120)
    assert engine.a.get(SECRET, tenant.namespace, f"{CLUSTER}-admin-kubeconfig") is None


def wait_until_ended(engine: Engine, tenant: Tenant, api: Api, name: str) -> None:
    """Wait until a tenant's namespace is gone, with its boundary's chart; the namespace of its app is still on B."""
    engine.wait_until_gone(engine.a, NAMESPACE, "", tenant.namespace, 180)
    assert engine.a.get(HELM_CHART, flux.NAMESPACE, f"{tenant.namespace}-{BOUNDARY}") is None
    assert api.get(NAMESPACE, "", f"nats-{name}")


def test_a_namespace_that_is_deleted_ends(engine: Engine, tenants: Tenants) -> None:
    """Nothing is in its way once its Kustomization is suspended, and then that goes as well."""
    tenant, api = tenants["pluto"]
    engine.a.patch(*kustomization(tenant), {"spec": {"suspend": True}})
    engine.a.delete(NAMESPACE, "", tenant.namespace)
    wait_until_ended(engine, tenant, api, "pluto")
    leave(engine, tenant)


def test_a_sandbox_ends_with_its_namespace_while_flux_applies_it(engine: Engine, tenants: Tenants) -> None:
    """Neither the guards nor Flux hold it up; Flux does not make it again, but fails until it is told to stop."""
    tenant, api = tenants["mars"]
    engine.a.delete(NAMESPACE, "", tenant.namespace)
    tenant.retry()
    wait_until_ended(engine, tenant, api, "mars")
    tenant.retry()
    missing = f'namespaces "{tenant.namespace}" not found'
    engine.wait_for("Flux to miss it", lambda: missing in told(engine, tenant), 120, seen=lambda: told(engine, tenant))
    assert engine.a.get(NAMESPACE, "", tenant.namespace) is None
    leave(engine, tenant)
