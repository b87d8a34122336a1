"""What Ready means: who waits for whom until something can be used; each test goes on where the one before it ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import flux
from tests.engine.api import CONFIG_MAP, CRD, HELM_RELEASE, KUSTOMIZATION, Kind
from tests.engine.manifests import app, placement

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

TENANT = "tenant-olive"
CLUSTER, NETWORK, MAIL, CARTS = "kubernetes-lab", "kubernetes-lab-cilium", "nats-mail-on-lab", "redis-carts-on-lab"
BOOKS = "ledger-books-on-lab"
DEPLOYMENT = Kind("apps/v1", "Deployment")
AGENT = (DEPLOYMENT, "cozy-cilium", f"{TENANT}-{NETWORK}")
WITH_PODS = "cozystack-rabbitmq-application-default-rabbitmq"
"""A chart whose release is there when its pods are."""
LEDGER = Kind("example.org/v1", "Ledger")
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
LEDGERS: Object = {
    "apiVersion": CRD.api_version,
    "kind": CRD.kind,
    "metadata": {"name": "ledgers.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"kind": "Ledger", "plural": "ledgers", "singular": "ledger", "listKind": "LedgerList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": ANYTHING},
            }
        ],
    },
}
CHECK = {
    "apiVersion": LEDGER.api_version,
    "kind": LEDGER.kind,
    "current": "status.phase == 'Open'",
    "failed": "status.phase == 'Torn'",
}
KINDS: dict[str, Object] = {
    "Archive": {"waitStrategy": "legacy"},
    "Journal": {},
    "Ledger": {"healthCheckExprs": [CHECK]},
}
"""Kinds of one and the same chart, by what their definitions say of waiting."""


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The cluster of the tenant."""
    return new_cluster("waiting")


@pytest.fixture(scope="module")
def tenant(engine: Engine, inside: Api) -> Tenant:
    """A tenant whose cluster has no control plane yet."""
    return engine.tenant(TENANT, on={"lab": inside}, starting=["lab"])


def declare(tenant: Tenant, *more: Object, **mail: Any) -> None:
    """A cluster, an app on it with these values, and more."""
    placed = placement(TENANT, "mail", "lab", ("NATS", "mail"))
    tenant.declare(app(TENANT, "Kubernetes", "lab"), app(TENANT, "NATS", "mail", **mail), placed, *more)


def defined(kind: str, release: Object) -> Object:
    """A kind of the tenant's own; the one that is to hang gives up after ten seconds."""
    timeout = "10s" if kind == "Ledger" else "10m"
    return {
        "apiVersion": "cozystack.io/v1alpha1",
        "kind": "ApplicationDefinition",
        "metadata": {"name": kind.lower(), "annotations": {"release.cozystack.io/helm-upgrade-timeout": timeout}},
        "spec": {
            "application": {"kind": kind, "plural": f"{kind.lower()}s", "singular": kind.lower()},
            "release": {
                "prefix": f"{kind.lower()}-",
                "chartRef": {"kind": "ExternalArtifact", "name": "stand-in-operand", "namespace": "cozy-system"},
                **release,
            },
        },
    }


def bookkeeping(pages: int) -> list[Object]:
    """An app of each of these kinds, on the cluster."""
    return [
        *(defined(kind, release) for kind, release in KINDS.items()),
        *(app(TENANT, kind, "books", pages=pages) for kind in KINDS),
        *(placement(TENANT, kind.lower(), "lab", (kind, "books")) for kind in KINDS),
    ]


def statuses(engine: Engine) -> list[str]:
    """What became of each revision of the books, the latest first."""
    found = engine.a.get(HELM_RELEASE, TENANT, BOOKS) or {}
    return [each["status"] for each in found["status"]["history"]]


def let_pods_run(inside: Api) -> None:
    """Say of the network's pods that they run, in the stead of nodes and a kubelet."""
    found = inside.get(*AGENT)
    assert found
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1)
    conditions = [
        {"type": "Available", "status": "True"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]
    status = {"observedGeneration": found["metadata"]["generation"], **counts, "conditions": conditions}
    inside.set_status({**found, "apiVersion": DEPLOYMENT.api_version, "kind": DEPLOYMENT.kind}, status)


def books(inside: Api, kind: str = "ledger") -> Object:
    """The object of an app of one of these kinds, or nothing."""
    return inside.get(LEDGER, f"{kind}-books", f"{kind}-books") or {}


def pages(inside: Api, kind: str = "ledger") -> int:
    """How many pages the books were given."""
    return int(books(inside, kind).get("spec", {}).get("pages", 0))


def wait_for_pages(tenant: Tenant, inside: Api, count: int, kind: str = "ledger") -> None:
    """Wait until the books are on the cluster with as many pages."""
    what = f"{count} pages of {kind}-books"
    tenant.engine.wait_for(what, lambda: pages(inside, kind) == count, 150, seen=tenant.said)


def set_phase(inside: Api, phase: str) -> None:
    """Say of the books how they are, in the stead of their operator."""
    inside.set_status(books(inside), {"phase": phase})


def test_an_app_waits_until_its_cluster_has_a_network(engine: Engine, tenant: Tenant, inside: Api, page: Page) -> None:
    """The cluster's release is Ready long before; the app says for which addon it waits, and comes after it."""
    declare(tenant)
    commit = tenant.push("a cluster and an app on it")
    tenant.sync()
    engine.wait_for("the addons", lambda: engine.a.get(HELM_RELEASE, TENANT, NETWORK), 120, seen=tenant.said)
    # Before there is a kubeconfig: nothing of it is installed yet.
    engine.a.patch(HELM_RELEASE, TENANT, NETWORK, {"spec": {"chartRef": {"name": WITH_PODS}}})
    tenant.comes_up("lab", inside)
    engine.wait_for("the network's pods", lambda: inside.get(*AGENT), 120, seen=tenant.said)
    for release in (CLUSTER, f"{CLUSTER}-coredns", f"{CLUSTER}-csi"):
        engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, release, 150)
    tenant.wait_for_words(NETWORK, "Ready=Unknown Progressing: Running 'install' action")
    waiting = (
        f"Ready=False DependencyNotReady: dependency '{TENANT}/{NETWORK}' is not ready according to readyExpr eval"
    )
    tenant.wait_for_words(MAIL, waiting)
    assert inside.get(CONFIG_MAP, "nats-mail", "nats-mail-values") is None
    page.shows("app-waits-for-network", tenant.kubectl())

    let_pods_run(inside)
    tenant.wait_until_applied(commit, 150)
    assert inside.get(CONFIG_MAP, "nats-mail", "nats-mail-values")


def test_an_addon_that_breaks_later_holds_up_no_app(engine: Engine, tenant: Tenant, inside: Api, page: Page) -> None:
    """While an addon's upgrade has failed, an app takes its next values, and another app is installed."""
    patch = {"target": {"kind": "Deployment"}, "patch": '[{"op": "add", "path": "/spec/gateway", "value": {}}]'}
    broken = {"values": {"version": 2}, "postRenderers": [{"kustomize": {"patches": [patch]}}]}
    engine.a.patch(HELM_RELEASE, TENANT, NETWORK, {"spec": broken})
    tenant.wait_for_words(NETWORK, "Ready=False UpgradeFailed")
    carts = (app(TENANT, "Redis", "carts"), placement(TENANT, "carts", "lab", ("Redis", "carts")))
    declare(tenant, *carts, topic="letters")
    tenant.wait_until_applied(tenant.push("another value, another app"), 150)
    assert tenant.values_of(inside, "nats-mail", "nats-mail") == {"topic": "letters"}
    assert inside.get(CONFIG_MAP, "redis-carts", "redis-carts-values")
    assert "Ready=False UpgradeFailed" in tenant.told(NETWORK)
    page.shows("addon-breaks-later", tenant.kubectl(NETWORK, MAIL, CARTS))


def test_a_release_is_ready_at_once_unless_its_kind_has_health_checks(
    engine: Engine, tenant: Tenant, inside: Api, page: Page
) -> None:
    """What an operator has yet to do counts only where the kind's definition says how to see that it is done."""
    inside.apply(LEDGERS)
    name = LEDGERS["metadata"]["name"]
    engine.wait_for("the operator's kind", lambda: flux.is_established(inside.get(CRD, "", name)), 60)
    # What waits below is not to hold up the commits behind it.
    engine.a.patch(KUSTOMIZATION, flux.NAMESPACE, TENANT, {"spec": {"wait": False}})
    declare(tenant, *bookkeeping(1), topic="letters")
    tenant.push("books")
    for kind in ("archive", "journal"):
        engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, f"{kind}-books-on-lab", 150)
        assert pages(inside, kind) == 1
        assert "status" not in books(inside, kind)
    wait_for_pages(tenant, inside, 1)
    assert not flux.is_ready(engine.a.get(HELM_RELEASE, TENANT, BOOKS))
    tenant.wait_for_words(BOOKS, "Ready=Unknown Progressing: Running 'install' action")
    page.shows("health-checks", tenant.kubectl(*(f"{kind.lower()}-books-on-lab" for kind in KINDS)))

    set_phase(inside, "Torn")
    tenant.wait_for_words(BOOKS, "Ready=False InstallFailed")
    page.shows("health-check-failed", tenant.kubectl(BOOKS))
    set_phase(inside, "Open")
    tenant.reconcile(BOOKS)
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, BOOKS, 150)


def test_where_an_operator_says_that_it_is_not_ready_only_legacy_does_not_listen(
    engine: Engine, tenant: Tenant, inside: Api
) -> None:
    """A condition Ready of the object, as most operators write it, counts without any health check."""
    for kind in ("archive", "journal"):
        inside.set_status(books(inside, kind), {"conditions": [{"type": "Ready", "status": "False"}]})
    declare(tenant, *bookkeeping(2), topic="letters")
    tenant.push("more pages")
    for kind in ("archive", "journal"):
        wait_for_pages(tenant, inside, 2, kind)
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, "archive-books-on-lab", 150)
    tenant.wait_for_words("journal-books-on-lab", "Ready=Unknown Progressing: Running 'upgrade' action")
    inside.set_status(books(inside, "journal"), {"conditions": [{"type": "Ready", "status": "True"}]})
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, "journal-books-on-lab", 150)
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, BOOKS, 150)


def test_a_release_that_hangs_runs_into_its_timeout_before_the_next_commit_counts(
    engine: Engine, tenant: Tenant, inside: Api
) -> None:
    """The correction is on A at once; on the cluster it comes only after what hangs has been given up."""
    set_phase(inside, "Opening")
    declare(tenant, *bookkeeping(3), topic="letters")
    tenant.push("yet more pages")
    wait_for_pages(tenant, inside, 3)
    declare(tenant, *bookkeeping(4), topic="letters")
    tenant.wait_until_applied(tenant.push("the correction"), 150)
    tenant.wait_for_words(BOOKS, "Ready=False UpgradeFailed")
    # Which of the two it says is luck.
    assert re.search("timeout waiting for: |would exceed context deadline", tenant.told(BOOKS))
    set_phase(inside, "Open")
    # Flux writes conditions first and the history after them. One that was cancelled would be one more that failed.
    expected = ["deployed", "failed", "superseded"]
    engine.wait_for("the correction", lambda: statuses(engine)[:3] == expected, 150, seen=lambda: str(statuses(engine)))
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, BOOKS, 150)
    assert pages(inside) == 4
