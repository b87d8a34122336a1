"""An app moves: what runs where meanwhile, and what stays behind; each test goes on where the one before it ended."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.api import CONFIG_MAP, HELM_RELEASE, NAMESPACE
from tests.engine.manifests import app, placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

TENANT = "tenant-coral"
RELEASE, COPY = "nats-post", "nats-post-values"
PLANE = "the management plane"
RELEASES = {"lab": f"{RELEASE}-on-lab", "gpu": f"{RELEASE}-on-gpu", PLANE: RELEASE}
"""Where the app may run, and the name of its HelmRelease then."""
COMMIT = re.compile(r"\b[0-9a-f]{7}\b")


class Look(NamedTuple):
    """When somebody looked for the app's copies, and where there was one."""

    began: float
    ended: float
    found: frozenset[str]


class Places(NamedTuple):
    """Every place where the app may run: an API server, and a namespace there."""

    places: dict[str, tuple[Api, str]]

    def copies(self) -> frozenset[str]:
        """Where the app is now, or is still going."""
        found = {where for where, place in self.places.items() if place[0].get(CONFIG_MAP, place[1], COPY)}
        return frozenset(found)

    @contextmanager
    def watched(self) -> Iterator[list[Look]]:
        """Look for copies again and again until the block ends."""
        looks: list[Look] = []
        ended = threading.Event()

        def look() -> None:
            while not ended.is_set():
                began = time.monotonic()
                looks.append(Look(began, time.monotonic(), self.copies()))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield looks
        finally:
            ended.set()
            looking.join()


@pytest.fixture(scope="module")
def gpu(new_cluster: Callable[..., Api]) -> Api:
    """The second cluster of the tenant."""
    return new_cluster("moves")


@pytest.fixture(scope="module")
def places(engine: Engine, gpu: Api) -> Places:
    """Two clusters and the management plane."""
    return Places({PLANE: (engine.a, TENANT), "lab": (engine.b, RELEASE), "gpu": (gpu, RELEASE)})


@pytest.fixture(scope="module")
def tenant(engine: Engine, gpu: Api) -> Tenant:
    """A tenant with an app on its first cluster; the second has no control plane yet."""
    tenant = engine.tenant(TENANT, on={"lab": engine.b, "gpu": gpu}, starting=["gpu"])
    declare(tenant, "lab", clusters=("lab",))
    commit = tenant.push("an app on a cluster")
    tenant.sync()
    tenant.wait_until_applied(commit, 150)
    return tenant


def declare(tenant: Tenant, where: str, clusters: tuple[str, ...] = ("lab", "gpu")) -> None:
    """The clusters, and the app on one of them, on the management plane, or nowhere."""
    declared: list[Object] = [app(TENANT, "Kubernetes", name) for name in clusters]
    if where:
        declared.append(app(TENANT, "NATS", "post"))
    if where in clusters:
        declared.append(placement(TENANT, "post", where, ("NATS", "post")))
    tenant.declare(*declared)


def releases(engine: Engine) -> set[str]:
    """The HelmReleases of the app that there are."""
    return {item["metadata"]["name"] for item in engine.a.all(HELM_RELEASE, TENANT)} & set(RELEASES.values())


def plan(tenant: Tenant) -> str:
    """What krmfn says of the move, before it is committed."""
    done = tenant.krmfn("plan", "--from", "HEAD")
    assert done.returncode == 0, done.stderr
    return COMMIT.sub("50b8772", done.stdout)


def changed(here: str, there: str) -> str:
    """What krmfn says of a move's releases."""
    return f"uninstalled: {RELEASES[here]}; installed: {RELEASES[there]}; data lost"


def wait_until_only(engine: Engine, tenant: Tenant, places: Places, where: str) -> None:
    """Wait until the app runs there, and nothing of it anywhere else."""
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, RELEASES[where], 150)
    engine.wait_for(
        f"the app to be {where} alone",
        lambda: places.copies() == {where} and releases(engine) == {RELEASES[where]},
        150,
        seen=tenant.said,
    )


def gap(looks: list[Look], here: str, there: str) -> str:
    """How long there was none between the old copy and the new one, or how long there were two."""
    last_here = max(look.ended for look in looks if here in look.found)
    first_there = min(look.began for look in looks if there in look.found)
    both = last_here - first_there
    return f"two copies for {both:.1f} s" if both > 0 else f"no copy for {-both:.1f} s"


def hold(api: Api, *finalizers: str) -> Object:
    """Let the copy there be slow to go, as pods are, or databases; or let it go."""
    return api.patch(CONFIG_MAP, RELEASE, COPY, {"metadata": {"finalizers": list(finalizers)}})


def test_an_app_that_moves_to_a_cluster_that_is_not_up_runs_nowhere_until_it_is(
    engine: Engine, tenant: Tenant, gpu: Api, places: Places, page: Page
) -> None:
    """The old copy goes at once, whatever becomes of the new one; what the old one left in its namespace stays."""
    kept = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": RELEASE}, "data": {}}
    engine.b.apply(kept)
    declare(tenant, "gpu")
    planned = f"from kubernetes-lab to kubernetes-gpu; {changed('lab', 'gpu')}"
    assert planned in plan(tenant)
    commit = tenant.push("moved to a new cluster")
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, RELEASES["lab"], 150)

    waiting = f"dependency '{TENANT}/kubernetes-gpu-cilium' is not ready according to readyExpr eval"
    tenant.wait_for_words(RELEASES["gpu"], waiting)
    tenant.wait_for_words("kubernetes-gpu-cilium", "could not get KubeConfig secret")
    assert places.copies() == frozenset()
    shown = ("kubernetes-gpu", "kubernetes-gpu-cilium", RELEASES["gpu"])
    page.shows("moved-to-a-cluster-that-is-not-up", tenant.kubectl(*shown))

    tenant.comes_up("gpu", gpu)
    tenant.wait_until_applied(commit, 200)
    wait_until_only(engine, tenant, places, "gpu")
    left = engine.b.get(NAMESPACE, "", RELEASE)
    assert left
    assert "deletionTimestamp" not in left["metadata"]
    assert engine.b.get(CONFIG_MAP, RELEASE, "kept")


@pytest.mark.parametrize(("here", "there"), [("gpu", PLANE), (PLANE, "lab"), ("lab", "gpu")])
def test_an_app_that_moves_is_gone_here_and_runs_there(
    engine: Engine, tenant: Tenant, places: Places, here: str, there: str
) -> None:
    """To a cluster and from one; Flux uninstalls here and installs there side by side, and nobody keeps an order."""
    declare(tenant, there)
    assert changed(here, there) in plan(tenant)
    with places.watched() as looks:
        tenant.wait_until_applied(tenant.push(f"moved from {here} to {there}"), 150)
        wait_until_only(engine, tenant, places, there)
    engine.figures[f"move from {here} to {there}"] = gap(looks, here, there)


def test_a_copy_that_is_slow_to_go_runs_beside_the_new_one(
    engine: Engine, tenant: Tenant, gpu: Api, places: Places, page: Page
) -> None:
    """Until the old copy has gone there are two, and the Kustomization is Ready long before."""
    hold(gpu, "example.org/slow")
    declare(tenant, "lab")
    page.shows("plan-of-a-move", f"$ krmfn plan --from HEAD\n{plan(tenant)}")
    tenant.wait_until_applied(tenant.push("moved while the old copy is slow to go"), 150)
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, RELEASES["lab"], 150)
    assert places.copies() == {"lab", "gpu"}
    old = engine.a.get(HELM_RELEASE, TENANT, RELEASES["gpu"])
    assert old
    assert "deletionTimestamp" in old["metadata"]
    page.shows("two-copies", tenant.kubectl(RELEASES["gpu"], RELEASES["lab"]))

    hold(gpu)
    wait_until_only(engine, tenant, places, "lab")


def test_there_are_never_two_when_the_app_is_retired_first(engine: Engine, tenant: Tenant, places: Places) -> None:
    """In two commits: what says that the old copy has gone is that its HelmRelease has, not the Kustomization."""
    hold(engine.b, "example.org/slow")
    declare(tenant, "")
    assert f"retire   NATS/post  uninstalled: {RELEASES['lab']}; data lost" in plan(tenant)
    with places.watched() as looks:
        tenant.wait_until_applied(tenant.push("retired"), 150)
        going = engine.a.get(HELM_RELEASE, TENANT, RELEASES["lab"])
        assert going
        assert "deletionTimestamp" in going["metadata"]
        assert places.copies() == {"lab"}
        hold(engine.b)
        engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, RELEASES["lab"], 150)
        assert places.copies() == frozenset()
        declare(tenant, "gpu")
        tenant.wait_until_applied(tenant.push("placed anew"), 150)
        wait_until_only(engine, tenant, places, "gpu")
    assert max(len(look.found) for look in looks) == 1
