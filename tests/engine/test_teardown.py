"""The end of a sandbox under the guards: unconfirmed, in two commits, in one, and behind broken glass."""

from __future__ import annotations

import base64
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import flux, guards
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, NAMESPACE, SECRET, Kind, RefusedError
from tests.engine.manifests import app, confirmed, placement, sandboxes
from tests.engine.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

HELM_CHART = Kind("source.toolkit.fluxcd.io/v1", "HelmChart")
EGRESS = Kind("cilium.io/v2", "CiliumNetworkPolicy")
POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
TENANT, CLUSTER, APP = "tenant-luna", "kubernetes-lab", "nats-bus"
BOUNDARY, KUBECONFIG, PLACED = f"{CLUSTER}-boundary", f"{CLUSTER}-admin-kubeconfig", f"{APP}-on-lab"
PRUNE = "kustomize.toolkit.fluxcd.io/prune"
GLASS = "krmfn.dev/break-glass"
SLOW = "krmfn.dev/slow"
"""A finalizer that nobody removes but a test."""

PROTECTS = {
    "the egress policy": ("the cluster",),
    "the admission configuration": ("the cluster",),
    "the cluster": ("the boundary", "the app", "what the app made"),
    "the kubeconfig": ("the boundary", "the app"),
    "the boundary": ("the app", "what the app made"),
    "the default deny": ("what the app made",),
}
"""What must be there as long as something else is."""
ON_TOP = {"the app", "what the app made"}
EVERYTHING = PROTECTS.keys() | ON_TOP


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The tenant's cluster, which makes each namespace its default account, and makes it anew when it goes."""
    return new_cluster("luna", "serviceaccount-controller")


@pytest.fixture(scope="module")
def tenant(engine: Engine, inside: Api, installed_guards: list[Object]) -> Tenant:
    """A tenant with a sandbox, which Flux applies under the guards."""
    del installed_guards
    tenant = engine.tenant(TENANT, on={"lab": inside})
    declare(tenant)
    tenant.push("a sandbox with an app")
    tenant.sync(service_account=guards.SERVICE_ACCOUNT)
    return tenant


def declare(
    tenant: Tenant, *, cluster: bool = True, with_app: bool = True, confirm: bool = False, **values: Any
) -> None:
    """A cache on the management plane, a sandbox or none, and an app on it or none."""
    lab = app(TENANT, "Kubernetes", "lab", isolationProfile="sandbox", **values)
    bus = [app(TENANT, "NATS", "bus"), placement(TENANT, "bus", "lab", ("NATS", "bus"))]
    tenant.declare(
        app(TENANT, "Redis", "cache"),
        *([confirmed(lab) if confirm else lab] if cluster else []),
        *(bus if cluster and with_app else []),
        configuration=sandboxes(tenant),
    )


def running(engine: Engine, inside: Api, tenant: Tenant, *, confirm: bool = False) -> dict[str, Any]:
    """Bring the sandbox and its app up, from whatever there is; what is installed then."""
    declare(tenant, confirm=confirm)
    commit = tenant.push("a sandbox with an app")
    for name in (CLUSTER, *(f"{CLUSTER}-{addon}" for addon in ("cilium", "coredns", "csi"))):
        engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, name, 120)
    for name in (BOUNDARY, PLACED):
        engine.wait_for(f"{name} to be applied", partial(engine.a.get, HELM_RELEASE, TENANT, name), 120)
        # Of itself it looks every 5 s whether what it waits for is ready.
        tenant.reconcile(name)
        engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, name, 120)
    tenant.wait_until_applied(commit, 120)
    assert in_order(engine, inside) == EVERYTHING
    return tenant.installed()


def without_app(found: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in found.items() if name != PLACED}


def in_order(engine: Engine, inside: Api) -> set[str]:
    """What there is of the sandbox; nothing that protects is gone, or going, while what it protects is there.

    What protects is read before what it protects: gone then, it was gone too early.
    """
    places = {
        "the egress policy": (engine.a, EGRESS, TENANT, f"{CLUSTER}-egress"),
        "the admission configuration": (engine.a, CONFIG_MAP, TENANT, f"{CLUSTER}-admission"),
        "the cluster": (engine.a, HELM_RELEASE, TENANT, CLUSTER),
        "the kubeconfig": (engine.a, SECRET, TENANT, KUBECONFIG),
        "the boundary": (engine.a, HELM_RELEASE, TENANT, BOUNDARY),
        "the default deny": (inside, POLICY, APP, "krmfn-default-deny"),
        "the app": (engine.a, HELM_RELEASE, TENANT, PLACED),
        "what the app made": (inside, CONFIG_MAP, APP, f"{APP}-values"),
    }
    found = {what: api.get(kind, space, name) or {} for what, (api, kind, space, name) in places.items()}
    for what, protected in PROTECTS.items():
        stays = found[what] and "deletionTimestamp" not in found[what]["metadata"]
        assert stays or not any(found[each] for each in protected), f"{what} went before {' and '.join(protected)}"
    return {what for what, item in found.items() if item}


def wait_until_gone(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """Have Flux try again each time when something has gone, as its retryInterval would, and see the order."""
    for what in ("the app", "the boundary", "the cluster", "the egress policy"):
        tenant.retry()
        gone = partial(lambda what: what not in in_order(engine, inside), what)
        engine.wait_for(f"{what} to be gone", gone, 150, seen=tenant.said)


def assert_nothing_is_left(engine: Engine, tenant: Tenant, inside: Api, before: dict[str, Any]) -> None:
    """Of the sandbox on A; on B all is uninstalled, but for the app's namespace and its account, which are kept."""
    assert in_order(engine, inside) == set()
    assert tenant.installed() == {"redis-cache": before["redis-cache"]}
    assert engine.a.get(HELM_CHART, flux.NAMESPACE, f"{TENANT}-{BOUNDARY}") is None
    left = inside.everything(f"helm.toolkit.fluxcd.io/name in ({PLACED}, {BOUNDARY})")
    kept = sorted((item["kind"], item["metadata"]["name"]) for item in left)
    assert kept == [("Namespace", APP), ("ServiceAccount", "default")]


def told(engine: Engine) -> str:
    """What the tenant's Kustomization says."""
    return flux.conditions(engine.a.get(KUSTOMIZATION, flux.NAMESPACE, TENANT))


def wait_until_refused(engine: Engine) -> None:
    engine.wait_for("Flux to be refused", lambda: "has to stay while" in told(engine), 120, seen=lambda: told(engine))


def named_alike(text: str) -> str:
    """With app and boundary on the cluster, either may be the one that a denial names."""
    said = f"{CLUSTER} has to stay while {{0}} is on {CLUSTER}: first remove {{0}} from Git"
    return text.replace(said.format(BOUNDARY), said.format(PLACED))


def check(tenant: Tenant) -> tuple[int, str]:
    """The verdict on what is declared but not pushed: exit code and words."""
    done = tenant.krmfn("check", "--against", "origin/main")
    return done.returncode, done.stdout


def test_unconfirmed_only_the_app_goes(engine: Engine, tenant: Tenant, inside: Api, page: Page) -> None:
    """Cluster, boundary and fences stay as they were, and Flux is content; put back, nothing is installed anew."""
    before = running(engine, inside, tenant)
    declare(tenant, cluster=False)
    planned = tenant.krmfn("plan", "--from", "origin/main").stdout
    assert f"orphan   Kubernetes/lab  left running: {CLUSTER}, {BOUNDARY}; left: CiliumNetworkPolicy" in planned
    assert f"retire   NATS/bus        uninstalled: {PLACED}; data lost" in planned
    code, verdict = check(tenant)
    assert code == 1
    page.shows("unconfirmed-refused", f"$ krmfn check --against origin/main\n{verdict}")

    tenant.wait_until_applied(tenant.push("removed all the same"), 120)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, PLACED, 120)
    assert in_order(engine, inside) == EVERYTHING - ON_TOP
    assert tenant.installed() == without_app(before)
    table = engine.a.table(HELM_RELEASE, TENANT)
    page.shows("unconfirmed-stays", f"$ kubectl get helmreleases --namespace {TENANT}\n{table}")

    declare(tenant)
    tenant.wait_until_applied(tenant.push("put back"), 120)
    assert in_order(engine, inside) == EVERYTHING
    after = tenant.installed()
    assert without_app(after) == without_app(before)
    assert after[PLACED][0] != before[PLACED][0], "the app is another one"


def test_a_tenants_edit_of_a_sandbox_is_refused(engine: Engine, tenant: Tenant, inside: Api, page: Page) -> None:
    """Through the platform's API its values stay as Git has them; through Git they change."""
    before = running(engine, inside, tenant)
    edit = {"spec": {"values": {"oidc": {"mode": "System"}}}}
    with pytest.raises(RefusedError) as refused:
        engine.a.acting_as(guards.PLATFORM_API).patch(HELM_RELEASE, TENANT, CLUSTER, edit)
    page.shows("tenants-edit", refused.value.message + "\n")
    assert tenant.installed() == before
    assert tenant.values_of(engine.a, TENANT, CLUSTER)["oidc"] == {"mode": "None"}

    declare(tenant, host="lab.example.org")
    tenant.wait_until_applied(tenant.push("a host"), 120)
    [written] = [each for each in tenant.releases() if each["metadata"]["name"] == CLUSTER]
    assert written["spec"]["values"]["host"] == "lab.example.org"
    assert tenant.values_of(engine.a, TENANT, CLUSTER) == written["spec"]["values"]
    assert in_order(engine, inside) == EVERYTHING


def test_two_commits_take_a_cluster_away(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """One retires the app and confirms, and the cluster runs on; the next removes it, and all that fenced it after."""
    before = running(engine, inside, tenant)
    declare(tenant, with_app=False, confirm=True)
    assert check(tenant)[0] == 0
    tenant.wait_until_applied(tenant.push("no app any longer, deletion confirmed"), 120)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, PLACED, 120)
    assert in_order(engine, inside) == EVERYTHING - ON_TOP - {"the default deny"}
    assert tenant.installed()[CLUSTER] == before[CLUSTER]
    for kind, name in ((HELM_RELEASE, CLUSTER), (HELM_RELEASE, BOUNDARY), (EGRESS, f"{CLUSTER}-egress")):
        item = engine.a.get(kind, TENANT, name)
        assert item
        assert PRUNE not in item["metadata"]["annotations"]

    declare(tenant, cluster=False)
    assert check(tenant)[0] == 0
    commit = tenant.push("removed")
    wait_until_gone(engine, tenant, inside)
    tenant.wait_until_applied(commit, 120)
    assert_nothing_is_left(engine, tenant, inside, before)


def test_one_careless_commit_is_put_in_order(engine: Engine, tenant: Tenant, inside: Api, page: Page) -> None:
    """Confirmed while the app runs, and removed with it: all stays until the app is gone, then goes one by one."""
    before = running(engine, inside, tenant)
    declare(tenant, confirm=True)
    code, verdict = check(tenant)
    assert code == 1
    assert "[confirmed-in-use]" in verdict
    tenant.wait_until_applied(tenant.push("confirmed all the same"), 120)
    assert tenant.installed() == before

    inside.patch(CONFIG_MAP, APP, f"{APP}-values", {"metadata": {"finalizers": [SLOW]}})
    declare(tenant, cluster=False)
    commit = tenant.push("everything removed")
    wait_until_refused(engine)
    engine.wait_for("the app to be on its way out", lambda: tenant.installed()[PLACED][1], 120, seen=tenant.said)
    assert in_order(engine, inside) == EVERYTHING
    assert without_app(tenant.installed()) == without_app(before)
    assert "PruneFailed" in told(engine)
    denials = re.findall(r"([\w/-]+ delete failed): .*?denied request: (.*?);", told(engine))
    page.shows("guards-hold", named_alike("".join(f"{what}: … {why}; …\n" for what, why in denials)))

    inside.patch(CONFIG_MAP, APP, f"{APP}-values", {"metadata": {"finalizers": None}})
    engine.wait_for("the app to be gone", lambda: not ON_TOP & in_order(engine, inside), 120, seen=tenant.said)
    wait_until_gone(engine, tenant, inside)
    tenant.wait_until_applied(commit, 120)
    assert_nothing_is_left(engine, tenant, inside, before)


def test_broken_glass_lets_a_cluster_go_that_does_not_answer(
    engine: Engine, tenant: Tenant, inside: Api, page: Page
) -> None:
    """Its app cannot be uninstalled and holds it; an administrator breaks the glass, and Flux lets go of the rest."""
    before = running(engine, inside, tenant, confirm=True)
    made = inside.get(CONFIG_MAP, APP, f"{APP}-values")
    lead_nowhere(engine)
    declare(tenant, cluster=False)
    commit = tenant.push("everything removed")
    engine.wait_for(
        "the app to be held up",
        lambda: "cluster unreachable" in flux.conditions(engine.a.get(HELM_RELEASE, TENANT, PLACED)),
        120,
        seen=tenant.said,
    )
    wait_until_refused(engine)
    assert in_order(engine, inside) == EVERYTHING

    operator = engine.a.acting_as(guards.OPERATOR)
    with pytest.raises(RefusedError) as refused:
        operator.delete(HELM_RELEASE, TENANT, CLUSTER)
    operator.patch(NAMESPACE, "", TENANT, {"metadata": {"annotations": {GLASS: CLUSTER}}})
    engine.wait_for("the deletion to go through", lambda: deleted(operator), 30)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, CLUSTER, 120)
    operator.patch(NAMESPACE, "", TENANT, {"metadata": {"annotations": {GLASS: None}}})
    tenant.wait_until_applied(commit, 180)

    assert tenant.installed() == {"redis-cache": before["redis-cache"]}
    for kind, name in ((EGRESS, f"{CLUSTER}-egress"), (CONFIG_MAP, f"{CLUSTER}-admission"), (SECRET, KUBECONFIG)):
        assert engine.a.get(kind, TENANT, name) is None
    assert inside.get(CONFIG_MAP, APP, f"{APP}-values") == made, "what nobody could uninstall goes with its nodes"
    delete = f"$ kubectl delete helmrelease {CLUSTER} --namespace {TENANT}\n"
    annotate = f"$ kubectl annotate namespace {TENANT} {GLASS}"
    page.shows(
        "broken-glass",
        f"{delete}{named_alike(refused.value.message)}\n{annotate}={CLUSTER}\n{delete}{annotate}-\n"
        f"$ kubectl get helmreleases --namespace {TENANT}\n{engine.a.table(HELM_RELEASE, TENANT)}",
    )


def lead_nowhere(engine: Engine) -> None:
    """Make the cluster unreachable for Flux."""
    secret = engine.a.get(SECRET, TENANT, KUBECONFIG)
    assert secret
    kubeconfig = json.loads(base64.b64decode(secret["data"]["super-admin.svc"]))
    kubeconfig["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_ports(1)[0]}"
    encoded = base64.b64encode(json.dumps(kubeconfig).encode()).decode()
    engine.a.patch(SECRET, TENANT, KUBECONFIG, {"data": {"super-admin.svc": encoded}})


def deleted(operator: Api) -> bool:
    """Whether the cluster may go; the server sees the glass a moment after it is broken."""
    try:
        operator.delete(HELM_RELEASE, TENANT, CLUSTER)
    except RefusedError:
        return False
    return True
