"""An app's life in a sandbox, from the first commit to the last; each test goes on where the one before it ended."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import flux
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, NAMESPACE, SECRET
from tests.engine.engine import PASSWORD
from tests.engine.manifests import app, placement, sandboxes
from tests.engine.repositories import IDENTITY
from tests.engine.traces import changed, fences, histories, releases, revisions, wait_until_only, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

TENANT = "tenant-blue"
CLUSTER, BOUNDARY, BUS, QUEUE = "kubernetes-lab", "kubernetes-lab-boundary", "nats-bus-on-lab", "nats-queue-on-lab"
ADDONS = tuple(f"{CLUSTER}-{addon}" for addon in ("cilium", "coredns", "csi"))
DATABASES = {"bus": "main", "queue": "jobs"}
ROTATED = "rotated,a=b{x}"
WATCHED = {"reconcile.fluxcd.io/watch": "Enabled"}
COMMIT = re.compile(r"\b[0-9a-f]{7}\b")


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The cluster of the tenant."""
    return new_cluster("life")


@pytest.fixture(scope="module")
def tenant(engine: Engine, inside: Api) -> Tenant:
    """A tenant whose cluster's control plane is up when the test says so."""
    return engine.tenant(TENANT, on={"lab": inside}, starting=["lab"])


def declare(tenant: Tenant, **apps: Object) -> None:
    """A sandbox, databases, and the apps on it by name and values, each with a user of a database of its own."""
    connected = {
        name: {
            "to": {"kind": "Postgres", "name": database},
            "credentials": [{"key": "notebooks", "targetPath": "auth.password"}],
        }
        for name, database in DATABASES.items()
    }
    tenant.declare(
        app(TENANT, "Kubernetes", "lab", isolationProfile="sandbox"),
        *(app(TENANT, "Postgres", database, users={"notebooks": {}}) for database in DATABASES.values()),
        *(app(TENANT, "NATS", name, **values) for name, values in apps.items()),
        *(placement(TENANT, name, "lab", ("NATS", name), connections=[connected[name]]) for name in apps),
        configuration=sandboxes(tenant),
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def git(tenant: Tenant, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=tenant.repository.work,
        env={**os.environ, **IDENTITY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def says(engine: Engine, release: str, what: str) -> bool:
    return what in flux.conditions(engine.a.get(HELM_RELEASE, TENANT, release))


def shown(engine: Engine) -> str:
    return f"$ kubectl get helmreleases --namespace {TENANT}\n{engine.a.table(HELM_RELEASE, TENANT)}"


def holds(inside: Api, other: str, ready: str = "False") -> str:
    """Have a policy of another app say that it is not ready yet, and Helm wait for all of the boundary; the policy."""
    manifest = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy"}
    condition = {"type": "Ready", "status": ready, "lastTransitionTime": "2026-01-01T00:00:00Z"}
    place = {"name": "krmfn-dns", "namespace": f"nats-{other}"}
    inside.set_status({**manifest, "metadata": place}, {"conditions": [condition]})
    return f"CiliumNetworkPolicy nats-{other}/krmfn-dns"


def assert_waits_for_its_fences(engine: Engine, tenant: Tenant, inside: Api, name: str) -> None:
    """An app whose fences are there is not, as long as the boundary is not done."""
    app_waits = f"dependency '{TENANT}/{BOUNDARY}' is not ready"
    engine.wait_for(
        f"{name} to wait for a boundary that is there",
        lambda: says(engine, f"nats-{name}-on-lab", app_waits) and fences(written(inside), f"nats-{name}"),
        150,
        seen=tenant.said,
    )
    assert says(engine, BOUNDARY, "Running 'upgrade' action")
    assert inside.get(CONFIG_MAP, f"nats-{name}", f"nats-{name}-values") is None


def lives(api: Api, namespace: str) -> str:
    """Which namespace it is, if it is not on its way out."""
    found = api.get(NAMESPACE, "", namespace)
    assert found
    assert "deletionTimestamp" not in found["metadata"]
    uid: str = found["metadata"]["uid"]
    return uid


def test_a_first_commit_waits_for_its_control_plane_then_comes_up_in_order(
    engine: Engine, tenant: Tenant, inside: Api, page: Page
) -> None:
    """Each release says what it waits for; then come addons, boundary and app, with its values and the password."""
    declare(tenant, bus={"replicas": 1})
    began = time.monotonic()
    commit = tenant.push("a sandbox, databases, an app")
    tenant.sync()
    waits = {
        **dict.fromkeys(ADDONS, f"secrets {json.dumps(f'{CLUSTER}-admin-kubeconfig')} not found"),
        BOUNDARY: f"dependency '{TENANT}/{ADDONS[0]}' is not ready according to readyExpr eval",
        BUS: f"dependency '{TENANT}/{BOUNDARY}' is not ready",
        **dict.fromkeys([CLUSTER, "postgres-main", "postgres-jobs"], "Helm install succeeded"),
    }
    engine.wait_for(
        "every release to say what it waits for",
        lambda: all(says(engine, release, what) for release, what in waits.items()),
        150,
        seen=tenant.said,
    )
    page.shows("first-commit-waits", shown(engine))
    assert written(inside) == {}
    kustomization = engine.a.get(KUSTOMIZATION, flux.NAMESPACE, TENANT)
    assert "Ready=Unknown Progressing: Reconciliation in progress" in flux.conditions(kustomization)

    up = time.monotonic() - began
    tenant.comes_up("lab", inside)
    tenant.wait_for_values(inside, "nats-bus", "nats-bus", bool)
    arrived = time.monotonic() - began
    tenant.wait_until_applied(commit, 150)
    ready = time.monotonic() - began
    engine.figures["push of a sandbox and its app"] = (
        f"on B after {arrived:.1f} s, all Ready after {ready:.1f} s, its control plane up after {up:.1f} s"
    )

    assert set(releases(tenant)) == set(waits)
    page.shows("first-commit-ready", shown(engine))
    assert tenant.values_of(inside, "nats-bus", "nats-bus") == {"replicas": 1, "auth": {"password": PASSWORD}}
    assert written(engine.a, BUS) == {}
    assert engine.a.get(NAMESPACE, "", "nats-bus") is None
    on_b = written(inside)
    cluster = written(engine.a, CLUSTER)[f"ConfigMap {TENANT}/{CLUSTER}-values"]
    cilium, *others = (on_b[f"ConfigMap cozy-{addon[len(CLUSTER) + 1 :]}/{TENANT}-{addon}"] for addon in ADDONS)
    fenced = fences(on_b, "nats-bus")
    assert cluster < min(cilium, *others)
    assert cilium < min(fenced)
    assert max(*others, *fenced) < on_b["ConfigMap nats-bus/nats-bus-values"]


def test_a_second_app_is_fenced_before_it_comes_and_leaves_the_first_alone(
    engine: Engine, tenant: Tenant, inside: Api
) -> None:
    """As long as the boundary is not done the second app waits; no other release is upgraded, no object rewritten."""
    before, on_b = histories(tenant), written(inside)
    held = holds(inside, "bus")
    declare(tenant, bus={"replicas": 1}, queue={"replicas": 1})
    commit = tenant.push("a second app")
    assert_waits_for_its_fences(engine, tenant, inside, "queue")

    holds(inside, "bus", ready="True")
    tenant.wait_until_applied(commit, 150)
    wait_until_only(tenant, before, {BOUNDARY, QUEUE})
    after = written(inside)
    assert {name for name in changed(on_b, after) if "nats-queue" not in name} == {held}
    assert max(fences(after, "nats-queue")) < after["ConfigMap nats-queue/nats-queue-values"]
    assert tenant.values_of(inside, "nats-queue", "nats-queue") == {"replicas": 1, "auth": {"password": PASSWORD}}


def test_another_value_is_an_upgrade_of_that_app_alone(tenant: Tenant, inside: Api) -> None:
    """The value arrives, and nothing else on either cluster is upgraded or rewritten."""
    before, on_b = histories(tenant), written(inside)
    declare(tenant, bus={"replicas": 2}, queue={"replicas": 1})
    tenant.wait_until_applied(tenant.push("two replicas"), 150)
    assert tenant.values_of(inside, "nats-bus", "nats-bus") == {"replicas": 2, "auth": {"password": PASSWORD}}
    wait_until_only(tenant, before, {BUS})
    assert changed(on_b, written(inside)) == {"ConfigMap nats-bus/nats-bus-values"}
    assert revisions(tenant, BUS) == [(2, "deployed"), (1, "superseded")]


def test_another_password_arrives_at_once_only_where_its_secret_is_watched(
    engine: Engine, tenant: Tenant, inside: Api
) -> None:
    """A Secret that is not labelled is read when its release is reconciled next; a labelled one when it changes."""

    def rotate(database: str, labels: Mapping[str, str]) -> None:
        change = {"metadata": {"labels": labels}, "data": {"notebooks": encoded(ROTATED)}}
        engine.a.patch(SECRET, TENANT, f"postgres-{database}-credentials", change)

    def rotated(values: Any) -> bool:
        password: str = values["auth"]["password"]
        return password == ROTATED

    assert releases(tenant)[BUS]["spec"]["interval"] == "5m0s"
    before = histories(tenant)
    rotate("main", {})
    # Later, so when this has arrived helm-controller has seen the other as well.
    rotate("jobs", WATCHED)
    tenant.wait_for_values(inside, "nats-queue", "nats-queue", rotated)
    wait_until_only(tenant, before, {QUEUE})
    assert tenant.values_of(inside, "nats-bus", "nats-bus") == {"replicas": 2, "auth": {"password": PASSWORD}}

    tenant.reconcile(BUS)
    tenant.wait_for_values(inside, "nats-bus", "nats-bus", rotated)
    wait_until_only(tenant, before, {BUS, QUEUE})
    assert revisions(tenant, BUS)[0] == (3, "deployed")

    in_git = git(tenant, "log", "--all", "--patch")
    assert "targetPath: auth.password" in in_git
    for password in (PASSWORD, ROTATED):
        for spelled in (password, json.dumps(password)[1:-1], encoded(password)):
            assert spelled not in in_git


def test_an_app_that_is_retired_goes_and_its_namespace_stays(
    engine: Engine, tenant: Tenant, inside: Api, page: Page
) -> None:
    """As krmfn plan has said, it is uninstalled, alone; its namespace is still there, with no policy in it."""
    before, on_b, namespace = histories(tenant), written(inside), lives(inside, "nats-bus")
    declare(tenant, queue={"replicas": 1})
    commit = tenant.push("no bus any longer")
    command = ("plan", "--from", "HEAD~1", "--to", "HEAD")
    plan = tenant.krmfn(*command)
    assert plan.returncode == 0, plan.stderr
    page.shows("retiring-an-app", f"$ krmfn {' '.join(command)}\n{COMMIT.sub('50b8772', plan.stdout)}")
    assert f"retire   NATS/bus        uninstalled: {BUS};" in plan.stdout
    assert f"change   Kubernetes/lab  upgraded: {BOUNDARY};" in plan.stdout

    tenant.wait_until_applied(commit, 150)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, BUS)
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, BOUNDARY)
    wait_until_only(tenant, before, {BUS, BOUNDARY})
    after = written(inside)
    assert {name for name in changed(on_b, after) if "nats-bus" not in name} == set()
    assert {name for name in after if "nats-bus" in name} == {"Namespace /nats-bus", "ServiceAccount nats-bus/default"}
    assert inside.all(SECRET, "nats-bus") == []
    assert lives(inside, "nats-bus") == namespace


def test_a_revert_brings_the_app_back(engine: Engine, tenant: Tenant, inside: Api) -> None:
    """Rendered again a reverted commit is what it was; the app is fenced and installed anew, in the same namespace."""
    before, on_b, namespace = histories(tenant), written(inside), lives(inside, "nats-bus")
    git(tenant, "revert", "--no-edit", "HEAD")
    tenant.render()
    assert git(tenant, "status", "--porcelain") == ""
    held = holds(inside, "queue")
    commit = tenant.push("rendered again")
    assert_waits_for_its_fences(engine, tenant, inside, "bus")

    holds(inside, "queue", ready="True")
    tenant.wait_until_applied(commit, 150)
    wait_until_only(tenant, before, {BUS, BOUNDARY})
    assert revisions(tenant, BUS) == [(1, "deployed")]
    after = written(inside)
    assert {name for name in changed(on_b, after) if "nats-bus" not in name} == {held}
    assert max(fences(after, "nats-bus")) < after["ConfigMap nats-bus/nats-bus-values"]
    assert tenant.values_of(inside, "nats-bus", "nats-bus") == {"replicas": 2, "auth": {"password": ROTATED}}
    assert lives(inside, "nats-bus") == namespace


def test_a_commit_that_krmfn_refuses_changes_nothing_that_runs(tenant: Tenant, inside: Api, page: Page) -> None:
    """What was rendered stays as it is; pushed all the same, Flux applies nothing new, and all stays Ready."""
    before, on_b = histories(tenant), written(inside)
    specs = {name: item["spec"] for name, item in releases(tenant).items()}
    declarations = tenant.declarations / "declarations.yaml"
    text = declarations.read_text(encoding="utf-8")
    assert text.count('"cluster": "lab"') == 2
    declarations.write_text(text.replace('"cluster": "lab"', '"cluster": "lap"', 1), encoding="utf-8")

    command = ("render", "declarations", "--output-dir", "rendered")
    refused = tenant.krmfn(*command)
    errors = [line for line in refused.stderr.splitlines() if line.startswith("error")]
    assert (refused.returncode, len(errors)) == (1, 1)
    page.shows("a-bad-commit", f"$ krmfn {' '.join(command)} 2>&1 | grep error\n{errors[0]}\n")
    assert tenant.krmfn("check").returncode == 1
    assert git(tenant, "status", "--porcelain") == " M declarations/declarations.yaml\n"

    tenant.wait_until_applied(tenant.push("a cluster that is not there"), 150)
    assert changed(before, histories(tenant)) == set()
    assert {name: item["spec"] for name, item in releases(tenant).items()} == specs
    assert changed(on_b, written(inside)) == set()
