"""Applications that Flux applies as they stand, and that become krmfn's declarations: careless, and as it is meant."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.engine import applications, charts, flux
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, SECRET
from tests.engine.applications import KUBERNETES, NATS
from tests.engine.manifests import placement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.api import Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.tenants import Tenant

BUS, LAB, COURIER = "bus", "lab", "courier"
HASTY, ORCHARD, RASH = "tenant-hasty", "tenant-orchard", "tenant-rash"
KINDS = {BUS: NATS, COURIER: NATS, LAB: KUBERNETES}
RELEASES = {BUS: "nats-bus", COURIER: "nats-courier", LAB: "kubernetes-lab"}
PRUNE = "kustomize.toolkit.fluxcd.io/prune"
MANIFESTS = {
    BUS: """\
# Orders go through this.
apiVersion: apps.cozystack.io/v1alpha1
kind: NATS
metadata:
  name: bus
  namespace: TENANT
spec:
  replicas: 2
  external: false
""",
    COURIER: """\
apiVersion: apps.cozystack.io/v1alpha1
kind: NATS
metadata: {name: courier, namespace: TENANT}
spec: {}
""",
    LAB: """\
apiVersion: apps.cozystack.io/v1alpha1
kind: Kubernetes
metadata: {name: lab, namespace: TENANT}
spec: {}
""",
}
PLANE = """\
apiVersion: krmfn.dev/v1alpha1
kind: ComputePlane
metadata: {{name: {namespace}}}
spec:
  target: {{cozystack: "1.6", flux: "2.9"}}
"""


@pytest.fixture(scope="module")
def platform_api(engine: Engine) -> Iterator[None]:
    """Applications on the management cluster; gone again with all that came of them when the module is done."""
    applications.define(engine)
    yield
    for namespace in (HASTY, ORCHARD, RASH):
        engine.a.delete(KUSTOMIZATION, flux.NAMESPACE, namespace)
    applications.remove(engine)


def applied_as_they_stand(engine: Engine, namespace: str, *names: str) -> Tenant:
    """A tenant before krmfn: a Kustomization of plain manifests, and what the platform's API makes of them."""
    tenant = engine.tenant(namespace)
    (tenant.repository.work / "apps").mkdir()
    for name in names:
        write(tenant, name, MANIFESTS[name].replace("TENANT", namespace))
    commit = tenant.push("applications")
    tenant.sync()
    take(engine, tenant, "./apps")
    tenant.wait_until_applied(commit, 120)
    for name in names:
        applications.write_release(engine.a, application(engine, tenant, name))
        engine.wait_until_ready(engine.a, HELM_RELEASE, namespace, RELEASES[name], 120)
    return tenant


def write(tenant: Tenant, name: str, text: str | None) -> None:
    """Write a file of the folder that Flux applies, or remove it."""
    file = tenant.repository.work / f"apps/{name}.yaml"
    if text is None:
        file.unlink()
    else:
        file.write_text(text, encoding="utf-8")


def take(engine: Engine, tenant: Tenant, path: str, **spec: Any) -> None:
    """Have the tenant's Kustomization apply a folder."""
    engine.a.patch(KUSTOMIZATION, flux.NAMESPACE, tenant.namespace, {"spec": {"path": path, **spec}})


def take_over(engine: Engine, tenant: Tenant) -> str:
    """What krmfn renders instead of the applications: committed, and what Flux is to apply; the commit's name."""
    rendered = tenant.krmfn("render", "apps", "--output-dir", "rendered")
    assert rendered.returncode == 0, rendered.stderr
    commit = tenant.push("krmfn")
    # Until its path is changed, the Kustomization stops at what it cannot apply, and nothing is pruned.
    wait_until_told(engine, tenant, 'in version "krmfn.dev/v1alpha1"')
    take(engine, tenant, "./rendered")
    return commit


def wait_until_told(engine: Engine, tenant: Tenant, message: str) -> None:
    def told() -> str:
        return flux.conditions(engine.a.get(KUSTOMIZATION, flux.NAMESPACE, tenant.namespace))

    engine.wait_for(f"Flux to say: {message}", lambda: message in told(), 120, seen=told)


def application(engine: Engine, tenant: Tenant, name: str) -> Object:
    found = engine.a.get(KINDS[name], tenant.namespace, name)
    assert found, f"no application {name}"
    assert "deletionTimestamp" not in found["metadata"]
    return found


def release(engine: Engine, tenant: Tenant, name: str) -> Object:
    found = engine.a.get(HELM_RELEASE, tenant.namespace, RELEASES[name])
    assert found, f"no HelmRelease {RELEASES[name]}"
    assert "deletionTimestamp" not in found["metadata"]
    return found


def inventory(engine: Engine, tenant: Tenant) -> set[str]:
    """What Flux would prune, but for what says that it may not."""
    found = engine.a.get(KUSTOMIZATION, flux.NAMESPACE, tenant.namespace)
    assert found
    return {entry["id"].split("_")[1] for entry in found["status"]["inventory"]["entries"]}


def running(engine: Engine, tenant: Tenant) -> dict[str, Any]:
    """What must not change: who the applications and their releases are, what was installed, and as what."""
    found: dict[str, Any] = {}
    for name in (BUS, LAB):
        found[name] = application(engine, tenant, name)["metadata"]["uid"]
        its = release(engine, tenant, name)
        found[RELEASES[name]] = its["metadata"]["uid"], its["metadata"]["generation"], its["status"]["history"]
    for item in engine.a.everything(f"helm.toolkit.fluxcd.io/namespace={tenant.namespace}"):
        # The status of the cluster's own releases is written again and again.
        version = "uid" if item["kind"] == HELM_RELEASE.kind else "resourceVersion"
        found[f"{item['kind']} {item['metadata']['name']}"] = item["metadata"][version]
    return found


def test_taken_over_carelessly_applications_go_with_their_data(engine: Engine, platform_api: None, page: Page) -> None:
    """A check refuses it; done all the same, Flux prunes them, and then installs anew what is empty."""
    del platform_api
    tenant = applied_as_they_stand(engine, HASTY, BUS, LAB)
    before = running(engine, tenant)
    write(tenant, "compute-plane", PLANE.format(namespace=HASTY))
    refused = tenant.krmfn("check", "--against", "HEAD")
    assert refused.returncode == 1
    # Both are told in one line, with the place of the second below it.
    assert refused.stdout.count("[adoption-unprepared] (2 times)") == 1
    # It would do nothing for what is taken over already, and says so.
    early = tenant.krmfn("init", "--adopt")
    assert "0 annotated now" in early.stdout
    assert "move the ComputePlane out of this folder" in early.stdout

    take(engine, tenant, "./apps", wait=False)
    take_over(engine, tenant)
    for name in (BUS, LAB):
        engine.wait_until_gone(engine.a, KINDS[name], HASTY, name, 120)
        # Pruning is disabled on what krmfn writes for a cluster; it does not go by that.
        engine.wait_until_gone(engine.a, HELM_RELEASE, HASTY, RELEASES[name], 120)
    assert engine.a.get(CONFIG_MAP, HASTY, f"{RELEASES[BUS]}-values") is None
    assert engine.a.get(SECRET, HASTY, f"{RELEASES[LAB]}-admin-kubeconfig") is None
    page.shows("adopted-carelessly", events(engine, tenant))

    request = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
    engine.a.patch(KUSTOMIZATION, flux.NAMESPACE, HASTY, request)
    for name in (BUS, LAB):
        made = engine.wait_until_ready(engine.a, HELM_RELEASE, HASTY, RELEASES[name], 120)
        assert made["metadata"]["uid"] != before[RELEASES[name]][0]
        assert [each["version"] for each in made["status"]["history"]] == [1]


def events(engine: Engine, tenant: Tenant) -> str:
    """What Flux says that it has done."""
    selected = {"fieldSelector": f"involvedObject.name={tenant.namespace},reason=Progressing"}
    found = engine.a.call("GET", f"/api/v1/namespaces/{flux.NAMESPACE}/events?{urlencode(selected)}")["items"]
    lines = [line for item in found for line in item["message"].splitlines() if "deleted" in line]
    assert len(lines) == 2, found
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def orchard(engine: Engine, platform_api: None) -> Tenant:
    """A tenant that does as it is told."""
    del platform_api
    return applied_as_they_stand(engine, ORCHARD, BUS, LAB)


def test_adopted_in_two_commits_all_stays_as_it_is(engine: Engine, orchard: Tenant, page: Page) -> None:
    """Nothing is pruned, installed or written again, and from then on the releases are what Flux applies."""
    before = running(engine, orchard)
    write(orchard, "compute-plane", PLANE.format(namespace=ORCHARD))
    refused = orchard.krmfn("check", "--against", "HEAD")
    assert refused.returncode == 1
    page.shows("adoption-refused", f"$ krmfn check --against HEAD\n{refused.stdout}")

    write(orchard, "compute-plane", None)
    prepared = orchard.krmfn("init", "--adopt")
    assert prepared.returncode == 0, prepared.stderr
    page.shows("adoption-prepared", f"$ krmfn init --adopt\n{prepared.stdout}")
    assert orchard.krmfn("check", "--against", "HEAD").returncode == 0
    orchard.wait_until_applied(orchard.push("pruned no longer"), 120)
    for name in (BUS, LAB):
        found = application(engine, orchard, name)
        assert found["metadata"]["annotations"][PRUNE] == "disabled"
        applications.write_release(engine.a, found)
    assert running(engine, orchard) == before

    write(orchard, "compute-plane", PLANE.format(namespace=ORCHARD))
    passed = orchard.krmfn("check", "--against", "HEAD")
    assert passed.returncode == 0, passed.stdout
    orchard.wait_until_applied(take_over(engine, orchard), 120)
    assert running(engine, orchard) == before
    assert inventory(engine, orchard) == set(RELEASES.values()) - {RELEASES[COURIER]}
    for name in (BUS, LAB):
        found = release(engine, orchard, name)
        assert found["metadata"]["labels"]["sharding.fluxcd.io/key"] == "tenants"
        assert found["metadata"]["annotations"]["krmfn.dev/owner"]
        [owned] = [each for each in found["metadata"]["managedFields"] if each["manager"] == "kustomize-controller"]
        assert owned["operation"] == "Apply"
        assert {"f:chartRef", "f:values", "f:valuesFrom"} <= owned["fieldsV1"]["f:spec"].keys()
    page.shows(
        "adopted",
        f"$ kubectl get helmreleases --namespace {ORCHARD} {RELEASES[LAB]} {RELEASES[BUS]}\n"
        + engine.a.table(HELM_RELEASE, ORCHARD, RELEASES[LAB], RELEASES[BUS]),
    )


def test_after_the_adoption_git_changes_a_release(engine: Engine, orchard: Tenant) -> None:
    """A value that is changed in Git arrives; one that is removed stays, for the platform's API has written it too."""
    file = orchard.repository.work / "apps/bus.yaml"
    text = file.read_text(encoding="utf-8")
    assert "# Orders go through this." in text
    file.write_text(text.replace("replicas: 2", "replicas: 3").replace("  external: false\n", ""), encoding="utf-8")
    declare(orchard, "another value, and one less")
    release_of_bus = RELEASES[BUS]
    orchard.wait_for_values(
        engine.a, ORCHARD, release_of_bus, lambda values: values == {"replicas": 3, "external": False}
    )
    written = orchard.rendered / f"{ORCHARD}/helmrelease-{release_of_bus}.yaml"
    assert "external" not in written.read_text(encoding="utf-8")

    # Removed by hand, once, it does not come back.
    path = f"/apis/{HELM_RELEASE.api_version}/namespaces/{ORCHARD}/helmreleases/{release_of_bus}"
    removal = [{"op": "remove", "path": "/spec/values/external"}]
    engine.a.call("PATCH", path, removal, "application/json-patch+json")
    orchard.wait_for_values(engine.a, ORCHARD, release_of_bus, lambda values: values == {"replicas": 3})
    declare(orchard, "nothing else")
    assert release(engine, orchard, BUS)["spec"]["values"] == {"replicas": 3}
    versions = [each["version"] for each in release(engine, orchard, BUS)["status"]["history"]]
    assert versions == [3, 2, 1]


def declare(tenant: Tenant, message: str) -> None:
    """Render what is declared, and have Flux apply it."""
    rendered = tenant.krmfn("render", "apps", "--output-dir", "rendered")
    assert rendered.returncode == 0, rendered.stderr
    tenant.wait_until_applied(tenant.push(message), 120)


def test_the_annotation_keeps_no_release(engine: Engine, orchard: Tenant) -> None:
    """What is krmfn's is removed when its declaration is, whatever that said for its adoption; what is not stays."""
    assert f'{PRUNE}: "disabled"' in (orchard.repository.work / "apps/bus.yaml").read_text(encoding="utf-8")
    write(orchard, BUS, None)
    verdict = orchard.krmfn("check", "--against", "HEAD")
    assert f"Flux uninstalls {RELEASES[BUS]}; its data is lost [will-retire]" in verdict.stdout
    declare(orchard, "no bus any longer")
    engine.wait_until_gone(engine.a, HELM_RELEASE, ORCHARD, RELEASES[BUS], 120)
    assert engine.a.get(CONFIG_MAP, ORCHARD, f"{RELEASES[BUS]}-values") is None
    assert release(engine, orchard, LAB)


def test_adopted_and_placed_at_once_an_application_stays_where_it_was(engine: Engine, platform_api: None) -> None:
    """Why krmfn check refuses it: it runs on the cluster as well, and the release it had is nobody's."""
    del platform_api
    tenant = applied_as_they_stand(engine, RASH, COURIER, LAB)
    before = release(engine, tenant, COURIER)
    assert tenant.krmfn("init", "--adopt").returncode == 0
    tenant.wait_until_applied(tenant.push("pruned no longer"), 120)
    # The platform's own chart of NATS is for the management plane: what is placed is of another.
    write(tenant, "compute-plane", f"{PLANE.format(namespace=RASH)}  kinds: {json.dumps(charts.KINDS)}\n")
    write(tenant, "placement", json.dumps(placement(RASH, COURIER, LAB, ("NATS", COURIER))))
    refused = tenant.krmfn("check", "--against", "HEAD")
    assert refused.returncode == 1
    assert refused.stdout.count("[adoption-placed]") == 1
    tenant.wait_until_applied(take_over(engine, tenant), 150)
    assert tenant.values_of(engine.b, RELEASES[COURIER], RELEASES[COURIER]) == {}
    assert inventory(engine, tenant) == {RELEASES[LAB], f"{RELEASES[COURIER]}-on-lab"}
    application(engine, tenant, COURIER)
    after = release(engine, tenant, COURIER)
    assert flux.is_ready(after)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"]["history"] == before["status"]["history"]
    assert tenant.values_of(engine.a, RASH, RELEASES[COURIER]) == {}
