"""A boundary on its way into a real cluster: before any app, over what is there already, and what stays of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, resourcelist
from krmfn.declarations import Role, role_of
from tests.engine import flux, policies
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, NAMESPACE, Kind
from tests.engine.manifests import app, placement, sandbox_options, sandboxes
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
BY_NAME = Kind("cilium.io/v2", "CiliumNetworkPolicy")
ELSEWHERE = Kind("cilium.io/v2", "CiliumClusterwideNetworkPolicy")
ACCOUNT = Kind("v1", "ServiceAccount")
QUOTA = Kind("v1", "ResourceQuota")
LIMITS = Kind("v1", "LimitRange")
TENANT = "tenant-fenced"
APP, CLUSTER = "nats-bus", "kubernetes-lab"
BOUNDARY = (HELM_RELEASE, TENANT, f"{CLUSTER}-boundary")
PLACED = (HELM_RELEASE, TENANT, f"{APP}-on-lab")


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The cluster of the tenant, with a controller that makes default accounts."""
    return new_cluster("inside", "serviceaccount-controller")


@pytest.fixture(scope="module")
def tenant(engine: Engine, inside: Api) -> Tenant:
    """A tenant whose cluster that is."""
    return engine.tenant(TENANT, on={"lab": inside})


def declarations(tenant: Tenant, *, with_app: bool = True, services: tuple[str, ...] = ("cache",)) -> None:
    """A sandbox, a database or two, and an app on it that is connected to them."""
    connections = [{"to": {"kind": "Redis", "name": name}, "ports": [6379]} for name in services]
    placed = placement(TENANT, "bus", "lab", ("NATS", "bus"), apiServer=True, connections=connections)
    tenant.declare(
        app(TENANT, "Kubernetes", "lab", isolationProfile="sandbox"),
        *(app(TENANT, "Redis", name) for name in services),
        *([app(TENANT, "NATS", "bus"), placed] if with_app else []),
        configuration=sandbox_options(tenant),
    )


def names(api: Api, kind: Kind) -> set[str]:
    return {item["metadata"]["name"] for item in api.all(kind, APP)}


def labels_of(item: Object) -> Object:
    found: Object = item["metadata"].get("labels") or {}
    return found


def first_deployed(release: Object) -> str:
    found: str = release["status"]["history"][-1]["firstDeployed"]
    return found


def objects_of(tenant: Tenant) -> dict[tuple[str, str, str], Object]:
    """What krmfn has put into the boundary, by kind, namespace and name."""
    [release] = [each for each in tenant.releases() if each["metadata"]["name"] == BOUNDARY[2]]
    return {
        (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each
        for each in release["spec"]["values"]["objects"]
    }


def without_defaults(stored: Any, written: Any) -> Any:
    """What a server has of what was written, where it has more; quantities as it says them."""
    match stored, written:
        case dict(), dict():
            return {key: without_defaults(stored[key], inner) for key, inner in written.items() if key in stored}
        case list(), list() if len(stored) == len(written):
            return [without_defaults(*pair) for pair in zip(stored, written, strict=True)]
        case str(), int():
            return int(stored) if stored.isdecimal() else stored
    return stored


def test_every_object_of_a_boundary_is_what_its_definition_says(engine: Engine, third: Api) -> None:
    """Those of every case are taken as they are, strictly; the admission policies are in test_hardening.py."""
    policies.define(engine.processes, third)
    kinds = set()
    for case in sorted((TESTS / "cases").glob("*/input.yaml")):
        for release in function.run(resourcelist.load(case.read_bytes())).items:
            if role_of(release) is not Role.GENERATED or "krmfn.dev/boundary" not in labels_of(release):
                continue
            for item in release["spec"]["values"]["objects"]:
                if item["apiVersion"] != "admissionregistration.k8s.io/v1":
                    stored = third.apply(item)
                    assert without_defaults(stored, item) == item, case.parent.name
                    kinds.add(item["kind"])
    assert kinds == {each.kind for each in (NAMESPACE, POLICY, BY_NAME, ELSEWHERE, ACCOUNT, QUOTA, LIMITS)}


def test_an_app_waits_for_its_fences_and_leaves_its_namespace(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """Without the chart neither is there; with it the boundary comes first, whole, over an account that is there."""
    inside.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APP}})
    engine.wait_for("the default account", lambda: inside.get(ACCOUNT, APP, "default"))
    declarations(tenant)
    tenant.push("a sandbox, but no chart")
    tenant.sync()

    def waits() -> bool:
        release = engine.a.get(*PLACED)
        return f"dependency '{TENANT}/{BOUNDARY[2]}' is not ready" in flux.conditions(release)

    engine.wait_for("the app to wait for its boundary", waits, 90, seen=tenant.said)
    assert inside.get(CONFIG_MAP, APP, f"{APP}-values") is None
    assert names(inside, POLICY) == set()

    sandboxes(tenant)
    tenant.wait_until_applied(tenant.push("the chart"), 150)
    boundary, placed = (engine.wait_until_ready(engine.a, *place) for place in (BOUNDARY, PLACED))
    assert first_deployed(boundary) <= first_deployed(placed)
    assert inside.get(CONFIG_MAP, APP, f"{APP}-values")

    written = objects_of(tenant)
    for (kind, namespace, name), item in written.items():
        stored = inside.get(Kind(item["apiVersion"], kind), namespace, name)
        assert stored, f"{kind} {name} is not there"
        assert without_defaults(stored, item) == item
    account = inside.get(ACCOUNT, APP, "default")
    assert account
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    # One revision, so the first install went through; drift would have made another.
    assert [each["status"] for each in boundary["status"]["history"]] == ["deployed"]


def test_a_connection_that_is_withdrawn_is_closed(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """With its last connection an app loses the policy that opened the way, and keeps the others."""
    before = names(inside, POLICY), names(inside, BY_NAME)
    declarations(tenant, services=())
    tenant.wait_until_applied(tenant.push("no connection any longer"), 150)
    engine.wait_until_gone(inside, BY_NAME, APP, "krmfn-connections")
    assert (names(inside, POLICY), names(inside, BY_NAME)) == (before[0], before[1] - {"krmfn-connections"})


def test_an_app_that_leaves_leaves_its_namespace(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """What an app has kept in its namespace stays there; the boundary stays, for the cluster as a whole."""
    kept = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": APP}, "data": {}}
    inside.apply(kept)
    declarations(tenant, with_app=False, services=())
    tenant.wait_until_applied(tenant.push("no app any longer"), 150)
    engine.wait_until_gone(engine.a, *PLACED)
    engine.wait_until_gone(inside, POLICY, APP, "krmfn-default-deny")
    engine.wait_until_ready(engine.a, *BOUNDARY)
    assert inside.get(ELSEWHERE, "", "krmfn-elsewhere"), "a pod that no chart knows of is still fenced"
    assert inside.get(CONFIG_MAP, APP, f"{APP}-values") is None
    assert inside.get(CONFIG_MAP, APP, "kept")
    namespace = inside.get(NAMESPACE, "", APP)
    assert namespace
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert "deletionTimestamp" not in namespace["metadata"]


def test_an_app_comes_back_into_its_namespace(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """Declared again, it is fenced before it runs, also where its boundary is suspended and calls itself ready."""
    engine.a.patch(*BOUNDARY, {"spec": {"suspend": True}})
    declarations(tenant)
    commit = tenant.push("the app again")
    waits = f"dependency '{TENANT}/{BOUNDARY[2]}' is not ready according to readyExpr eval"
    engine.wait_for(
        "the app to wait for its boundary",
        lambda: waits in flux.conditions(engine.a.get(*PLACED)),
        90,
        seen=tenant.said,
    )
    engine.wait_for("the boundary to call itself ready", lambda: flux.is_ready(engine.a.get(*BOUNDARY)), 60)
    assert inside.get(CONFIG_MAP, APP, f"{APP}-values") is None
    assert "krmfn-default-deny" not in names(inside, POLICY)
    engine.a.patch(*BOUNDARY, {"spec": {"suspend": None}})
    tenant.wait_until_applied(commit, 150)
    engine.wait_until_ready(engine.a, *PLACED)
    assert "krmfn-default-deny" in names(inside, POLICY)
    assert inside.get(CONFIG_MAP, APP, "kept")
