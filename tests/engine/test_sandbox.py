"""kustomize/sandbox on the real engine: built by kustomize or rendered by krmfn, and applied by Flux."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.engine import charts, flux
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, NAMESPACE, SECRET, Kind, kind_of, namespace_of
from tests.engine.engine import PASSWORD
from tests.engine.manifests import CHART
from tests.engine.test_boundary import first_deployed, without_defaults
from tests.hosts.examples import EXAMPLES, Objects, objects
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

CLUSTER = "kubernetes-playground"
BOUNDARY = f"{CLUSTER}-boundary"
SOURCES = (
    *(("HelmChart", "cozy-public", name) for name in ("jupyterhub", "n8n", "comfyui", "langflow-ide", "open-webui")),
    *(("HelmChart", "cozy-public", f"cozyllm-{name}") for name in ("litellm", "vllm-inference")),
)
"""What the example's releases refer to beyond charts.PUBLISHED; behind each stands the same chart."""
OBJECTS = ("OCIRepository", "cozy-public", "krmfn-objects")
QUEUE, GATEWAY = "11{queue},a=1", "[models]\\,b"
"""The keys of the example's Redis and LiteLLM, which here nobody makes: the charts that would are stand-ins."""
CREDENTIALS = {
    "jupyterhub-notebooks": {"hub.db.password": PASSWORD},
    "n8n-workflows": {"externalPostgresql.password": PASSWORD, "externalRedis.password": QUEUE},
    "comfyui-studio": {},
    "langflow-flows": {"langflow.backend.externalDatabase.password.value": PASSWORD},
    "open-webui-chat": {"extraEnvVars.DATABASE_PASSWORD": PASSWORD, "openaiApiKey": GATEWAY},
}
"""The apps on the sandbox, and what each gets beside what is declared of it."""
ON_THE_MANAGEMENT_PLANE = {"litellm-models", "postgres-main", "redis-queue", "vllm-inference-chat"}
ADDONS = {f"{CLUSTER}-{addon}" for addon in ("cilium", "coredns", "csi")}
ON_PATH = {**os.environ, "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"}


@dataclass(frozen=True)
class Sandbox:
    """The example as a tenant of its own: what was written, where it went."""

    tenant: Tenant
    inside: Api
    written: Objects
    """What Flux was given."""

    def release(self, name: str) -> Object:
        """A HelmRelease on the management cluster."""
        found = self.tenant.engine.a.get(HELM_RELEASE, self.tenant.namespace, name)
        assert found, f"no HelmRelease {name}"
        return found

    def waits_for_fences(self) -> bool:
        """Whether the cluster has all that its apps need but their fences, and none of them is there."""
        a, namespace = self.tenant.engine.a, self.tenant.namespace
        waiting = f"dependency '{namespace}/{BOUNDARY}' is not ready"
        apps = [a.get(HELM_RELEASE, namespace, f"{app}-on-playground") for app in CREDENTIALS]
        addons = [a.get(HELM_RELEASE, namespace, addon) for addon in ADDONS]
        return all(waiting in flux.conditions(app) for app in apps) and all(map(flux.is_ready, addons))

    def inner(self) -> list[Object]:
        """What krmfn has put into the boundary."""
        [release] = [item for (_, _, _, name), item in self.written.items() if name == BOUNDARY]
        found: list[Object] = release["spec"]["values"]["objects"]
        return found


def built(folder: Path) -> str:
    """What `kustomize build` prints, as README.md has the command."""
    command = [str(program("kustomize")), "build", "--enable-alpha-plugins", "--enable-exec", str(folder)]
    done = subprocess.run(command, env=ON_PATH, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_example(tenant: Tenant) -> None:
    """Make kustomize/sandbox the tenant's, for the Flux that runs here."""
    shutil.copytree(EXAMPLES / "sandbox", tenant.declarations)
    for file in tenant.declarations.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("tenant-acme", tenant.namespace)
        file.write_text(text.replace('flux: "2.8"', 'flux: "2.9"'), encoding="utf-8")


@pytest.fixture(scope="module")
def objects_chart(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The charts of the example, all but krmfn's own, which is only made ready."""
    for source in SOURCES:
        charts.publish(engine.a, engine.server, source, engine.server.root / "files/app-0.1.0.tgz")
    folder = tmp_path_factory.mktemp("chart") / "krmfn-objects"
    shutil.copytree(CHART, folder)
    return charts.make_chart(folder, engine.server)


@pytest.fixture(scope="module", params=["kustomize", "krmfn"])
def sandbox(
    request: pytest.FixtureRequest, engine: Engine, new_cluster: Callable[..., Api], objects_chart: Path
) -> Iterator[Sandbox]:
    """The example, written by one of the two and applied by Flux, which gets krmfn's chart last of all."""
    host: str = request.param
    inside = new_cluster(f"playground-{host}", "serviceaccount-controller")
    tenant = engine.tenant(f"tenant-meadow-{host}", on={"playground": inside})
    for name, key, value in (("redis-queue-auth", "password", QUEUE), ("litellm-models-master-key", "key", GATEWAY)):
        metadata = {"name": name, "namespace": tenant.namespace}
        engine.a.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {key: value}})
    copy_example(tenant)
    if host == "krmfn":
        tenant.render()
        stream = "---\n".join(path.read_text(encoding="utf-8") for path in tenant.rendered.glob("*/*.yaml"))
    else:
        stream = built(tenant.declarations)
        tenant.rendered.mkdir()
        (tenant.rendered / "sandbox.yaml").write_text(stream, encoding="utf-8")
    sandbox = Sandbox(tenant, inside, objects(stream))
    commit = tenant.push(f"written by {host}")
    began = time.monotonic()
    tenant.sync()
    engine.wait_for("all apps to wait for their fences alone", sandbox.waits_for_fences, 150, seen=tenant.said)
    charts.publish(engine.a, engine.server, OBJECTS, objects_chart)
    tenant.wait_until_applied(commit, 180)
    engine.figures[f"the sandbox example, written by {host}"] = f"Ready after {time.monotonic() - began:.1f} s"
    yield sandbox
    place = (Kind("source.toolkit.fluxcd.io/v1", OBJECTS[0]), *OBJECTS[1:])
    engine.a.delete(*place)
    engine.wait_until_gone(engine.a, *place)


def test_kustomize_and_krmfn_write_the_same_objects(engine: Engine) -> None:
    """Whichever of the two runs, Flux is given the same."""
    tenant = engine.tenant("tenant-meadow")
    copy_example(tenant)
    tenant.render()
    rendered = "---\n".join(path.read_text(encoding="utf-8") for path in tenant.rendered.glob("*/*.yaml"))
    assert objects(built(tenant.declarations)) == objects(rendered)
    assert len(objects(rendered)) == len(list(tenant.rendered.glob("*/*.yaml"))) == 13


def test_all_of_the_example_runs(engine: Engine, sandbox: Sandbox) -> None:
    """Every release is Ready, and there are no others than those written and the cluster's own addons."""
    written = {name for _, kind, _, name in sandbox.written if kind == HELM_RELEASE.kind}
    on_cluster = {f"{app}-on-playground" for app in CREDENTIALS}
    assert written == on_cluster | ON_THE_MANAGEMENT_PLANE | {CLUSTER, BOUNDARY}
    there = {item["metadata"]["name"] for item in engine.a.all(HELM_RELEASE, sandbox.tenant.namespace)}
    assert there == written | ADDONS
    for name in there:
        release = engine.wait_until_ready(engine.a, HELM_RELEASE, sandbox.tenant.namespace, name)
        assert [each["status"] for each in release["status"]["history"]] == ["deployed"], name


@pytest.mark.parametrize("app", CREDENTIALS)
def test_an_app_has_its_values_and_its_credentials(sandbox: Sandbox, app: str) -> None:
    """On the cluster arrives what is declared, with each password as the Secret on A has it, and no file has one."""
    expected = copy.deepcopy(declared(sandbox.tenant, app))
    for path, value in CREDENTIALS[app].items():
        *parents, last = path.split(".")
        into = expected
        for key in parents:
            into = into.setdefault(key, {})
        into[last] = value
    assert sandbox.tenant.values_of(sandbox.inside, app, app) == expected
    files = sandbox.tenant.repository.work.rglob("*.yaml")
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert not any(value in text for value in CREDENTIALS[app].values() for text in texts)


def declared(tenant: Tenant, release: str) -> Any:
    """What the example says of an app, by its release's name."""
    for item in yaml.load_all((tenant.declarations / "tenants/acme/apps.yaml").read_bytes()):
        if release.endswith(f"-{item['metadata']['name']}"):
            return item["spec"]
    raise AssertionError(release)


def test_nothing_of_an_app_is_on_the_management_cluster(engine: Engine, sandbox: Sandbox) -> None:
    """What a release on the sandbox consists of, its namespace and Helm's own Secret are there alone."""
    namespace = sandbox.tenant.namespace
    on_a, on_b = (owned(api, namespace) for api in (engine.a, sandbox.inside))
    assert f"{CLUSTER}-values" in on_a[CLUSTER]
    for app in CREDENTIALS:
        assert on_b[f"{app}-on-playground"] == {f"{app}-values"}
        assert f"{app}-on-playground" not in on_a
        assert engine.a.get(NAMESPACE, "", app) is None
        assert len(sandbox.inside.all(SECRET, app, f"owner=helm,name={app}")) == 1
        assert engine.a.all(SECRET, labels=f"owner=helm,name={app}") == []


def owned(api: Api, namespace: str) -> dict[str, set[str]]:
    """What is on a cluster by each release of a namespace of A."""
    found: dict[str, set[str]] = {}
    for item in api.everything(f"helm.toolkit.fluxcd.io/namespace={namespace}"):
        found.setdefault(item["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"], set()).add(item["metadata"]["name"])
    return found


def test_what_fences_the_apps_is_there_before_them(sandbox: Sandbox) -> None:
    """Each policy of an app's namespace was stored before the first object of the app."""
    for app in CREDENTIALS:
        first = sandbox.inside.get(CONFIG_MAP, app, f"{app}-values")
        assert first
        fences = [item for item in sandbox.inner() if namespace_of(item) == app and "Policy" in item["kind"]]
        assert {"krmfn-default-deny", "krmfn-dns"} <= {item["metadata"]["name"] for item in fences}
        for fence in fences:
            stored = sandbox.inside.get(kind_of(fence), app, fence["metadata"]["name"])
            assert stored
            # All that is stored is numbered in the order in which it was, and neither has been written again.
            assert stored["metadata"]["generation"] == 1
            assert int(stored["metadata"]["resourceVersion"]) < int(first["metadata"]["resourceVersion"])
        boundary, release = (sandbox.release(name) for name in (BOUNDARY, f"{app}-on-playground"))
        assert first_deployed(boundary) <= first_deployed(release)


def test_what_fences_is_what_krmfn_wrote(engine: Engine, sandbox: Sandbox) -> None:
    """Inside the cluster and around its nodes, nothing is missing and nothing is another."""
    outer = [item for (_, kind, _, _), item in sandbox.written.items() if kind != HELM_RELEASE.kind]
    assert sorted(item["kind"] for item in outer) == ["CiliumNetworkPolicy", "ConfigMap"]
    for api, items in ((sandbox.inside, sandbox.inner()), (engine.a, outer)):
        assert items
        for item in items:
            stored = api.get(kind_of(item), namespace_of(item), item["metadata"]["name"])
            assert stored, f"{item['kind']} {item['metadata']['name']} is not on {api.name}"
            assert without_defaults(stored, item) == item


def test_a_commit_that_changes_nothing_changes_nothing(engine: Engine, sandbox: Sandbox) -> None:
    """After another commit and a forced reconciliation of all, nothing has another version on any cluster."""
    tenant = sandbox.tenant
    before = versions(engine.a, tenant.namespace), versions(sandbox.inside), states(engine, tenant)
    assert all(before)
    tenant.wait_until_applied(tenant.push("nothing else"), 180)
    asked = str(time.time_ns())
    for name in before[2]:
        request = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": asked}}}
        engine.a.patch(HELM_RELEASE, tenant.namespace, name, request)

    def handled() -> bool:
        return all(sandbox.release(name)["status"].get("lastHandledReconcileAt") == asked for name in before[2])

    engine.wait_for("all releases to be reconciled", handled, 180, seen=tenant.said)
    for name in before[2]:
        engine.wait_until_ready(engine.a, HELM_RELEASE, tenant.namespace, name)
    assert (versions(engine.a, tenant.namespace), versions(sandbox.inside), states(engine, tenant)) == before


def versions(api: Api, namespace: str = "") -> dict[tuple[str, str, str], str]:
    """Every object that Flux has put on a cluster, and what it says when it was last written.

    A HelmRelease says that of its status as well.
    """
    found = [*api.everything("helm.toolkit.fluxcd.io/name"), *api.everything("kustomize.toolkit.fluxcd.io/name")]
    return {
        (item["kind"], namespace_of(item), item["metadata"]["name"]): item["metadata"]["resourceVersion"]
        for item in found
        if item["kind"] != HELM_RELEASE.kind and namespace in {"", namespace_of(item)}
    }


def states(engine: Engine, tenant: Tenant) -> dict[str, tuple[int, Any]]:
    """Every release: how often its spec was written, and all its revisions."""
    return {
        item["metadata"]["name"]: (item["metadata"]["generation"], item["status"]["history"])
        for item in engine.a.all(HELM_RELEASE, tenant.namespace)
    }
