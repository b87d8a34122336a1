"""A sandbox that loses its isolation under the guards: unconfirmed, and in the two commits that the refusal names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import flux, guards
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, Kind
from tests.engine.manifests import app, placement, sandboxes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.api import Api
    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

EGRESS = Kind("cilium.io/v2", "CiliumNetworkPolicy")
POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
TENANT, CLUSTER, APP = "tenant-onyx", "kubernetes-lab", "nats-bus"
BOUNDARY, PLACED = f"{CLUSTER}-boundary", f"{APP}-on-lab"
WORD = {"krmfn.dev/confirm-loosening": "sandbox->standard"}


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The tenant's cluster."""
    return new_cluster("onyx")


@pytest.fixture(scope="module")
def tenant(engine: Engine, inside: Api, installed_guards: list[Any]) -> Tenant:
    """A tenant with an app on a sandbox, all of it installed, which Flux applies under the guards."""
    del installed_guards
    tenant = engine.tenant(TENANT, on={"lab": inside})
    declare(tenant, "sandbox")
    commit = tenant.push("a sandbox with an app")
    tenant.sync(service_account=guards.SERVICE_ACCOUNT)
    tenant.wait_until_applied(commit, 180)
    return tenant


def declare(tenant: Tenant, profile: str, **annotations: str) -> None:
    """A cluster with a profile and an app on it."""
    lab = app(TENANT, "Kubernetes", "lab", isolationProfile=profile)
    lab["metadata"]["annotations"] = annotations
    bus = [app(TENANT, "NATS", "bus"), placement(TENANT, "bus", "lab", ("NATS", "bus"))]
    tenant.declare(lab, *bus, configuration=sandboxes(tenant))


def fences(engine: Engine, inside: Api) -> set[str]:
    """What there is of what fences the cluster and its app."""
    places = {
        "egress": (engine.a, EGRESS, TENANT, f"{CLUSTER}-egress"),
        "admission": (engine.a, CONFIG_MAP, TENANT, f"{CLUSTER}-admission"),
        "boundary": (engine.a, HELM_RELEASE, TENANT, BOUNDARY),
        "default deny": (inside, POLICY, APP, "krmfn-default-deny"),
    }
    return {what for what, (api, kind, space, name) in places.items() if api.get(kind, space, name)}


ALL = {"egress", "admission", "boundary", "default deny"}


def check(tenant: Tenant) -> int:
    return tenant.krmfn("check", "--against", "origin/main").returncode


def test_flux_does_not_open_a_sandbox_unconfirmed(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """Merged although check refuses it, a looser profile is not applied: the guard says what to commit first."""
    before = tenant.installed()
    declare(tenant, "standard")
    assert check(tenant) == 1
    tenant.push("opened all the same")
    told = partial(lambda: flux.conditions(engine.a.get(KUSTOMIZATION, flux.NAMESPACE, TENANT)))
    engine.wait_for("Flux to be refused", lambda: "would lose its isolation" in told(), 120, seen=told)
    assert "krmfn.dev/confirm-loosening: sandbox->standard" in told()
    assert fences(engine, inside) == ALL
    assert tenant.installed() == before


def test_two_commits_open_a_sandbox(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """The word first, and nothing changes; then the profile: Flux removes the fences, and the app runs on."""
    before = tenant.installed()
    declare(tenant, "sandbox", **WORD)
    tenant.wait_until_applied(tenant.push("put back, and confirmed"), 120)
    assert fences(engine, inside) == ALL
    assert tenant.installed() == before

    declare(tenant, "standard")
    assert check(tenant) == 0
    planned = tenant.krmfn("plan", "--from", "origin/main").stdout
    assert f"removed: CiliumNetworkPolicy {CLUSTER}-egress, ConfigMap {CLUSTER}-admission" in planned
    assert f"uninstalled: {BOUNDARY}" in planned
    commit = tenant.push("opened")
    tenant.wait_until_applied(commit, 180)
    engine.wait_for("the fences to be gone", lambda: not fences(engine, inside), 60, seen=tenant.said)
    after = tenant.installed()
    assert set(before) - set(after) == {BOUNDARY}
    assert after[PLACED][0] == before[PLACED][0], "the app is another one"
    cluster = engine.a.get(HELM_RELEASE, TENANT, CLUSTER)
    assert cluster
    assert "krmfn.dev/isolation" not in cluster["metadata"]["labels"]
    assert WORD.keys().isdisjoint(cluster["metadata"]["annotations"])
