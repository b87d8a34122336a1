"""Controllers of Flux that are killed on the way: what was pushed arrives all the same, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.engine import flux
from tests.engine.api import GIT_REPOSITORY, HELM_RELEASE, SECRET, Kind
from tests.engine.manifests import app, placement
from tests.engine.traces import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.api import Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

DEPLOYMENT = Kind("apps/v1", "Deployment")
EVENT = Kind("v1", "Event")
TENANT = "tenant-green"
RELEASE = "rabbitmq-orders"
PLACED = (HELM_RELEASE, TENANT, f"{RELEASE}-on-lab")
KILLED = ("kustomize-controller", "helm-controller")


def start(engine: Engine, *controllers: str) -> None:
    """Start controllers that were killed, as their Deployments would."""
    started = {name: flux.start_controller(engine.processes, engine.a, name) for name in controllers}
    for name, address in started.items():
        flux.wait_until_healthy(engine.processes, name, address)


@pytest.fixture(autouse=True)
def whole_again(engine: Engine) -> Iterator[None]:
    """However a test ends, all controllers run for those that come after it."""
    yield
    start(engine, *(name for name in KILLED if name not in engine.processes.started))


@pytest.fixture(scope="module")
def tenant(engine: Engine) -> Tenant:
    """A tenant with an app that is up when the test says so; it is up."""
    tenant = engine.tenant(TENANT)
    declare(tenant, 1)
    commit = tenant.push("an app that takes its time")
    tenant.sync()
    come_up(engine, tenant, 1)
    tenant.wait_until_applied(commit, 150)
    return tenant


def declare(tenant: Tenant, replicas: int) -> None:
    tenant.declare(
        app(TENANT, "Kubernetes", "lab"),
        app(TENANT, "RabbitMQ", "orders", replicas=replicas),
        placement(TENANT, "orders", "lab", ("RabbitMQ", "orders")),
    )


def come_up(engine: Engine, tenant: Tenant, replicas: int) -> None:
    """Say of the app's Deployment what its controller would once all is Ready, when it has these values."""

    def rolling_out() -> Object | None:
        found = engine.b.get(DEPLOYMENT, RELEASE, RELEASE)
        values = found["spec"]["template"]["metadata"]["annotations"]["values"] if found else ""
        return found if values == json.dumps({"replicas": replicas}, separators=(",", ":")) else None

    found = engine.wait_for("the app's Deployment to be rolled out", rolling_out, 150, seen=tenant.said)
    now = {"lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    engine.b.set_status(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": RELEASE, "namespace": RELEASE}},
        {
            "observedGeneration": found["metadata"]["generation"],
            **dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1),
            "conditions": [
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "", **now},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "", **now},
            ],
        },
    )


def stored(engine: Engine) -> dict[int, str]:
    """The revisions of the release that Helm has stored on B, and what it says of each."""
    labels = [each["metadata"]["labels"] for each in engine.b.all(SECRET, RELEASE, "owner=helm")]
    return {int(each["version"]): each["status"] for each in labels}


def declared(engine: Engine) -> int:
    """The value that A has of the app."""
    release = engine.a.get(*PLACED)
    assert release
    replicas: int = release["spec"]["values"]["replicas"]
    return replicas


def assert_there_once(engine: Engine, tenant: Tenant, replicas: int) -> None:
    """The release is Ready with its values, one revision of it is deployed, and of its objects there is one each."""
    engine.wait_until_ready(engine.a, *PLACED)
    assert declared(engine) == replicas
    assert tenant.values_of(engine.b, RELEASE, RELEASE) == {"replicas": replicas}
    assert set(written(engine.b, PLACED[2])) == {
        f"ConfigMap {RELEASE}/{RELEASE}-values",
        f"Deployment {RELEASE}/{RELEASE}",
    }
    statuses = stored(engine)
    assert [revision for revision, status in statuses.items() if status == "deployed"] == [max(statuses)]


def test_an_upgrade_that_lost_its_helm_controller_is_done_by_the_next(
    engine: Engine, tenant: Tenant, page: Page
) -> None:
    """Killed while Helm waits for the app, it leaves a pending revision; the next one unlocks it and upgrades again."""
    declare(tenant, 2)
    commit = tenant.push("two replicas")
    under_way = {1: "deployed", 2: "pending-upgrade"}
    engine.wait_for("an upgrade to be under way", lambda: stored(engine) == under_way, 150, seen=tenant.said)
    engine.processes.stop("helm-controller")
    assert stored(engine) == under_way

    start(engine, "helm-controller")
    again = {1: "deployed", 2: "failed", 3: "pending-upgrade"}
    engine.wait_for("the upgrade to be tried again", lambda: stored(engine) == again, 150, seen=tenant.said)
    come_up(engine, tenant, 2)
    tenant.wait_until_applied(commit, 150)
    assert_there_once(engine, tenant, 2)
    assert stored(engine) == {1: "superseded", 2: "failed", 3: "deployed"}
    events = [each for each in engine.a.all(EVENT, TENANT) if each["reason"] == "PendingRelease"]
    told = "".join(f"{each['message']}\n" for each in events)
    command = f"kubectl get events --namespace {TENANT} --field-selector reason=PendingRelease"
    page.shows("controller-killed", f"$ {command} --output custom-columns=MESSAGE:.message\nMESSAGE\n{told}")


def test_what_is_pushed_without_a_helm_controller_arrives_with_the_next(engine: Engine, tenant: Tenant) -> None:
    """A has the new value and B the old one, until there is a helm-controller again."""
    before, replicas = stored(engine), declared(engine)
    engine.processes.stop("helm-controller")
    declare(tenant, replicas + 1)
    commit = tenant.push("one more replica")
    engine.wait_for("the value to be on A", lambda: declared(engine) == replicas + 1, 150)
    assert tenant.values_of(engine.b, RELEASE, RELEASE) == {"replicas": replicas}
    assert stored(engine) == before

    start(engine, "helm-controller")
    come_up(engine, tenant, replicas + 1)
    tenant.wait_until_applied(commit, 150)
    assert_there_once(engine, tenant, replicas + 1)


def test_what_is_pushed_without_a_kustomize_controller_arrives_with_the_next(engine: Engine, tenant: Tenant) -> None:
    """The commit is fetched and nothing of it applied, until there is a kustomize-controller again."""
    before, replicas = stored(engine), declared(engine)
    engine.processes.stop("kustomize-controller")
    declare(tenant, replicas + 1)
    commit = tenant.push("one more replica")

    def fetched() -> bool:
        source = engine.a.get(GIT_REPOSITORY, flux.NAMESPACE, TENANT)
        return source is not None and source["status"]["artifact"]["revision"].endswith(commit)

    engine.wait_for("the commit to be fetched", fetched, 150)
    assert declared(engine) == replicas
    assert stored(engine) == before

    start(engine, "kustomize-controller")
    come_up(engine, tenant, replicas + 1)
    tenant.wait_until_applied(commit, 150)
    assert_there_once(engine, tenant, replicas + 1)
