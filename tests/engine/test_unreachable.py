"""A cluster that does not answer, or whose kubeconfig is gone; each test goes on where the one before it ended."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.engine import clusters, flux
from tests.engine.api import CONFIG_MAP, GIT_REPOSITORY, HELM_RELEASE, KUSTOMIZATION, SECRET, RefusedError
from tests.engine.manifests import app, placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

TENANT = "tenant-amber"
KUBECONFIG = "kubernetes-edge-admin-kubeconfig"
ALERTS, CARTS = "nats-alerts-on-edge", "redis-carts-on-lab"
ON_EDGE = ("nats-alerts", "nats-alerts-values")
UNREACHABLE = "Ready=False UninstallFailed: Helm uninstall failed for release nats-alerts/nats-alerts"
HOW_IT_GOES = (
    f"$ kubectl get kustomization {TENANT} --namespace {flux.NAMESPACE} "
    """--output jsonpath='{.status.conditions[?(@.type=="Reconciling")].message}'"""
)


@pytest.fixture(scope="module")
def edge(new_cluster: Callable[..., Api]) -> Api:
    """The cluster that fails."""
    return new_cluster("unreachable")


@pytest.fixture(scope="module")
def tenant(engine: Engine, edge: Api) -> Tenant:
    """A tenant with an app there and one on another cluster."""
    tenant = engine.tenant(TENANT, on={"edge": edge})
    declare(tenant, alerts={}, carts={})
    commit = tenant.push("two clusters, two apps")
    tenant.sync()
    tenant.wait_until_applied(commit, 150)
    return tenant


def declare(tenant: Tenant, *, carts: Object, alerts: Object | None) -> None:
    """Two clusters, an app on the one that works and perhaps one on the other, with these values."""
    declared = [app(TENANT, "Kubernetes", "edge"), app(TENANT, "Kubernetes", "lab")]
    declared += [app(TENANT, "Redis", "carts", **carts), placement(TENANT, "carts", "lab", ("Redis", "carts"))]
    if alerts is not None:
        declared += [app(TENANT, "NATS", "alerts", **alerts), placement(TENANT, "alerts", "edge", ("NATS", "alerts"))]
    tenant.declare(*declared)


@contextmanager
def down(engine: Engine, api: Api) -> Iterator[None]:
    """Nobody listens where a cluster's API server was; then it is there again, with all that it had."""
    engine.processes.stop(f"kube-apiserver-{api.name}")
    try:
        yield
    finally:
        clusters.start_api_server(engine.processes, engine.etcd, api.name, again=api)
        engine.wait_for(f"{api.name} to answer again", api.ready, 120)


@contextmanager
def hung(engine: Engine, api: Api) -> Iterator[None]:
    """A cluster's API server takes calls and answers none of them."""
    process = engine.processes.started[f"kube-apiserver-{api.name}"].running
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def reconciling(engine: Engine) -> str:
    """What the tenant's Kustomization says that it is doing."""
    found = engine.a.get(KUSTOMIZATION, flux.NAMESPACE, TENANT) or {}
    return "".join(it["message"] for it in found["status"]["conditions"] if it["type"] == "Reconciling")


def fetched(engine: Engine) -> str:
    """The commit that Flux has fetched."""
    found = engine.a.get(GIT_REPOSITORY, flux.NAMESPACE, TENANT) or {}
    revision: str = found["status"]["artifact"]["revision"]
    return revision.rpartition(":")[2]


def remove_kubeconfig(engine: Engine) -> None:
    """Take the Secret away; `Tenant.comes_up` writes it again."""
    assert engine.a.get(SECRET, TENANT, KUBECONFIG)
    engine.a.delete(SECRET, TENANT, KUBECONFIG)


def revisions(engine: Engine) -> list[tuple[int, str]]:
    """What Flux has installed and upgraded of the app, the latest first."""
    found = engine.a.get(HELM_RELEASE, TENANT, ALERTS) or {}
    return [(each["version"], each["status"]) for each in found["status"].get("history", [])]


def uid_of(edge: Api) -> str:
    """The app's object there, the very same as long as this is."""
    found = edge.get(CONFIG_MAP, *ON_EDGE)
    assert found
    uid: str = found["metadata"]["uid"]
    return uid


def helm_secrets(api: Api) -> list[str]:
    """What Helm has noted of the app on its cluster."""
    return [item["metadata"]["name"] for item in api.all(SECRET, "nats-alerts", "owner=helm")]


def test_without_its_kubeconfig_a_cluster_keeps_what_it_has(
    engine: Engine, tenant: Tenant, edge: Api, page: Page
) -> None:
    """Its releases say which Secret is missing, at their next reconciliation; with it back they go on as before."""
    uid = uid_of(edge)
    remove_kubeconfig(engine)
    tenant.reconcile(ALERTS)
    tenant.wait_for_words(ALERTS, "could not get KubeConfig secret")
    page.shows("kubeconfig-gone", tenant.kubectl(ALERTS, CARTS, "kubernetes-edge-cilium"))
    assert uid_of(edge) == uid
    tenant.comes_up("edge", edge)
    tenant.reconcile(ALERTS)
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, ALERTS, 150)
    assert revisions(engine) == [(1, "deployed")]
    assert uid_of(edge) == uid


def test_an_app_removed_without_its_kubeconfig_stays_on_the_cluster(engine: Engine, tenant: Tenant, edge: Api) -> None:
    """Flux lets the release go at once and uninstalls nothing; declared again, the app is taken over as it is."""
    uid = uid_of(edge)
    remove_kubeconfig(engine)
    declare(tenant, alerts=None, carts={})
    tenant.wait_until_applied(tenant.push("removed, without a kubeconfig"), 150)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, ALERTS, 120)
    assert uid_of(edge) == uid
    assert helm_secrets(edge) == ["sh.helm.release.v1.nats-alerts.v1"]

    tenant.comes_up("edge", edge)
    declare(tenant, alerts={"again": True}, carts={})
    tenant.wait_until_applied(tenant.push("declared again"), 150)
    assert uid_of(edge) == uid
    # Flux writes conditions first and the history after them.
    engine.wait_for("the next revision", lambda: revisions(engine)[:1] == [(2, "deployed")], 60, seen=tenant.said)
    assert tenant.values_of(edge, "nats-alerts", "nats-alerts") == {"again": True}


def test_a_change_for_a_cluster_that_is_down_holds_up_the_commits_behind_it(
    engine: Engine, tenant: Tenant, edge: Api, page: Page
) -> None:
    """With `wait: true` the next commit is applied only when this one is Ready, or its health check's time is up."""
    with down(engine, edge):
        declare(tenant, alerts={"loud": True}, carts={})
        first = tenant.push("a change for the cluster that is down")
        tenant.wait_for_words(ALERTS, "connect: connection refused")
        page.shows("changed-while-down", tenant.kubectl(ALERTS))
        declare(tenant, alerts={"loud": True}, carts={"size": 2})
        second = tenant.push("a change for the other cluster")
        engine.wait_for("Flux to have the second commit", lambda: fetched(engine) == second, 120)
        assert f"Running health checks for revision main@sha1:{first}" in reconciling(engine)
        assert tenant.values_of(engine.b, "redis-carts", "redis-carts") == {}
        page.shows("held-up-by-a-health-check", f"{HOW_IT_GOES}\n{reconciling(engine)}\n")
    tenant.reconcile(ALERTS)
    tenant.wait_until_applied(second, 150)
    assert tenant.values_of(edge, "nats-alerts", "nats-alerts") == {"loud": True}
    assert tenant.values_of(engine.b, "redis-carts", "redis-carts") == {"size": 2}


def test_a_cluster_that_hangs_makes_others_wait_for_their_turn(engine: Engine, tenant: Tenant, edge: Api) -> None:
    """Calls that nobody answers occupy all workers of the controller, until each gives up; then others are served."""
    on_edge = (*(f"kubernetes-edge-{addon}" for addon in ("cilium", "coredns", "csi")), ALERTS)
    with hung(engine, edge):
        for release in on_edge:
            tenant.reconcile(release)
        declare(tenant, alerts={"loud": True}, carts={"size": 3})
        began = time.monotonic()
        commit = tenant.push("a change for the other cluster")
        tenant.wait_for_values(engine.b, "redis-carts", "redis-carts", lambda values: values == {"size": 3})
        engine.figures["push to one cluster while another hangs"] = f"on B after {time.monotonic() - began:.1f} s"
        tenant.wait_for_words(ALERTS, "net/http: TLS handshake timeout")
    for release in on_edge:
        tenant.reconcile(release)
        engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, release, 150)
    tenant.wait_until_applied(commit, 150)


def test_an_app_removed_while_its_cluster_is_down_goes_once_it_is_back(
    engine: Engine, tenant: Tenant, edge: Api, page: Page
) -> None:
    """Meanwhile its release says why it is still there, and all else of the tenant goes on."""
    with down(engine, edge):
        for size in (4, 5):
            declare(tenant, alerts=None, carts={"size": size})
            tenant.wait_until_applied(tenant.push("removed, and a change for the other cluster"), 150)
            assert tenant.values_of(engine.b, "redis-carts", "redis-carts") == {"size": size}
            tenant.wait_for_words(ALERTS, UNREACHABLE)
        going = engine.a.get(HELM_RELEASE, TENANT, ALERTS)
        assert going
        assert "deletionTimestamp" in going["metadata"]
        assert "kubernetes cluster unreachable" in tenant.told(ALERTS)
        page.shows("removed-while-down", tenant.kubectl(ALERTS, CARTS, "kubernetes-edge-cilium"))
    with suppress(RefusedError):
        # It may have tried again by itself, and be gone.
        tenant.reconcile(ALERTS)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, ALERTS, 120)
    assert edge.get(CONFIG_MAP, *ON_EDGE) is None
    assert helm_secrets(edge) == []


def test_a_cluster_that_never_comes_back_is_let_go_with_its_kubeconfig(
    engine: Engine, tenant: Tenant, edge: Api
) -> None:
    """Without the Secret Flux gives up an uninstallation that fails; what ran there is left to itself."""
    declare(tenant, alerts={}, carts={})
    tenant.wait_until_applied(tenant.push("the app once more"), 150)
    uid = uid_of(edge)
    with down(engine, edge):
        declare(tenant, alerts=None, carts={})
        tenant.wait_until_applied(tenant.push("removed while the cluster is down"), 150)
        tenant.wait_for_words(ALERTS, UNREACHABLE)
        remove_kubeconfig(engine)
        with suppress(RefusedError):
            tenant.reconcile(ALERTS)
        engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, ALERTS, 120)
    assert uid_of(edge) == uid
