"""Hand-over by artifact: CI pushes what krmfn wrote to a registry, and Flux takes it from there, Git unseen."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.engine import flux, registry
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, Kind
from tests.engine.manifests import app, placement
from tests.engine.registry import OCI_REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.page import Page
    from tests.engine.registry import Registry
    from tests.engine.tenants import Tenant

POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
TENANT, ARTIFACT = "tenant-pearl", "fleet/pearl"
SANDBOXED = "tenant-flint"
SOURCE = (OCI_REPOSITORY, flux.NAMESPACE, TENANT)
SYNC = (KUSTOMIZATION, flux.NAMESPACE, TENANT)
ORIGIN = f"https://git.example.org/{ARTIFACT}"
CHART_SOURCE: Object = {
    "apiVersion": OCI_REPOSITORY.api_version,
    "kind": OCI_REPOSITORY.kind,
    "metadata": {"name": "krmfn-objects", "namespace": flux.NAMESPACE},
    "spec": {
        "interval": "10m",
        "url": f"oci://{registry.PUBLIC}/charts/krmfn-objects",
        "ref": {"semver": "1.x"},
        "layerSelector": {
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "operation": "copy",
        },
    },
}
OBJECTS_CHART = {"chartRef": {"kind": OCI_REPOSITORY.kind, "name": "krmfn-objects", "namespace": flux.NAMESPACE}}


def sources(tenant: str, artifact: str) -> list[Object]:
    """What an operator gives Flux for an artifact."""
    head = {"name": tenant, "namespace": flux.NAMESPACE}
    url = f"oci://{registry.PUBLIC}/{artifact}"
    return [
        {
            "apiVersion": OCI_REPOSITORY.api_version,
            "kind": OCI_REPOSITORY.kind,
            "metadata": head,
            "spec": {"interval": "1m", "url": url, "ref": {"tag": "main"}},
        },
        {
            "apiVersion": KUSTOMIZATION.api_version,
            "kind": KUSTOMIZATION.kind,
            "metadata": head,
            "spec": {
                "interval": "10m",
                "retryInterval": "1m",
                "timeout": "5m",
                "path": "./",
                "prune": True,
                "wait": True,
                "sourceRef": {"kind": OCI_REPOSITORY.kind, "name": tenant},
            },
        },
    ]


@pytest.fixture(scope="module")
def oci(engine: Engine) -> Iterator[Registry]:
    yield registry.start(engine.processes)
    engine.processes.stop("registry")


@pytest.fixture(scope="module")
def tenant(engine: Engine) -> Tenant:
    return engine.tenant(TENANT)


def declare(tenant: Tenant, **apps: Object) -> None:
    """A cluster, and the apps on it by name and values."""
    tenant.declare(
        app(TENANT, "Kubernetes", "lab"),
        *(app(TENANT, "NATS", name, **values) for name, values in apps.items()),
        *(placement(TENANT, name, "lab", ("NATS", name)) for name in apps),
    )


def ci(tenant: Tenant, oci: Registry, message: str, *flags: str) -> str:
    """What a pipeline does with a commit, as it is typed and told."""
    revision = f"main@sha1:{tenant.repository.push(message)}"
    described = (f"--source={ORIGIN}", f"--revision={revision}")
    return oci.push(tenant.rendered, f"{ARTIFACT}:main", *described, *flags)


def apply(engine: Engine, oci: Registry, manifest: Object) -> None:
    """Give Flux an object of the page, with the address of the registry that there is."""
    spec = manifest["spec"]
    if "url" in spec:
        spec = {**spec, "url": spec["url"].replace(registry.PUBLIC, oci.address), "insecure": True}
    engine.a.apply({**manifest, "spec": spec})


def arrive(engine: Engine, tenant: Tenant, oci: Registry) -> Object:
    """Wait until what the registry has now under the tag is applied, and all in it is Ready."""
    digest, _ = oci.manifest(ARTIFACT, "main")
    kubeconfig = engine.processes.folder / engine.a.name / "kubeconfig"
    oci.told("flux", "reconcile", "source", "oci", TENANT, folder=oci.home, unsaid=f"--kubeconfig={kubeconfig}")
    return tenant.wait_until_applied(digest, 150)


def shown(engine: Engine, oci: Registry, kind: Kind) -> str:
    """What `kubectl get` prints of the tenant's object, as the page has it."""
    table = oci.public(engine.a.table(kind, flux.NAMESPACE, TENANT))
    cells = [re.split(r" {2,}", line) for line in table.splitlines()]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    command = f"$ kubectl get {kind.kind.lower()} {TENANT} --namespace {flux.NAMESPACE}"
    return "\n".join([command, *lines, ""])


@pytest.mark.usefixtures("tenant")
def test_before_the_first_push_flux_says_that_there_is_nothing(engine: Engine, oci: Registry, page: Page) -> None:
    """The sources may come first: they wait, and nothing of the tenant is applied."""
    given = sources(TENANT, ARTIFACT)
    page.shows("artifact-sources", "---\n".join(map(yaml.dump, given)))
    for each in given:
        apply(engine, oci, each)

    def told_by_both() -> str:
        return "\n".join(flux.conditions(engine.a.get(*each)) for each in (SOURCE, SYNC))

    def nothing_there() -> bool:
        told = told_by_both()
        return "Ready=False OCIArtifactPullFailed" in told and "Source artifact not found" in told

    engine.wait_for("both to say that nothing is there", nothing_there, 120, seen=told_by_both)
    page.shows("artifact-not-pushed", shown(engine, oci, OCI_REPOSITORY))
    assert engine.a.all(HELM_RELEASE, TENANT) == []


def test_an_artifact_holds_what_krmfn_wrote_and_says_where_from(tenant: Tenant, oci: Registry, page: Page) -> None:
    """One layer with the files of the folder and no others; commit and repository are annotations of the manifest."""
    declare(tenant, feed={"size": 1})
    told = ci(tenant, oci, "an app", "--reproducible")
    rendering = "$ krmfn render declarations --output-dir rendered\n"
    page.shows("artifact-pushed", rendering + told)
    digest, manifest = oci.manifest(ARTIFACT, "main")
    assert f"@{digest}" in told
    commit = re.search(r"main@sha1:([0-9a-f]{40})", told)
    assert commit
    assert manifest["annotations"] == {
        "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
        "org.opencontainers.image.revision": commit[0],
        "org.opencontainers.image.source": ORIGIN,
    }
    assert manifest["mediaType"] == registry.MANIFEST
    assert manifest["config"]["mediaType"] == "application/vnd.cncf.flux.config.v1+json"
    [layer] = manifest["layers"]
    assert layer["mediaType"] == "application/vnd.cncf.flux.content.v1.tar+gzip"
    rendered = {str(it.relative_to(tenant.rendered)): it.read_bytes() for it in tenant.rendered.rglob("*.yaml")}
    assert f"{TENANT}/helmrelease-nats-feed-on-lab.yaml" in rendered
    assert oci.files(ARTIFACT, layer["digest"]) == rendered


def test_what_was_pushed_is_applied_and_says_of_which_commit(
    engine: Engine, tenant: Tenant, oci: Registry, page: Page
) -> None:
    """The tag's digest is what the source fetched and the Kustomization applied; the app is Ready, and runs on B."""
    digest, manifest = oci.manifest(ARTIFACT, "main")
    applied = arrive(engine, tenant, oci)
    source = engine.wait_until_ready(engine.a, *SOURCE)
    assert source["status"]["artifact"]["revision"] == f"main@{digest}"
    assert source["status"]["artifact"]["metadata"] == manifest["annotations"]
    assert applied["status"]["lastAppliedRevision"] == f"main@{digest}"
    origin = applied["status"]["lastAppliedOriginRevision"]
    assert origin == manifest["annotations"]["org.opencontainers.image.revision"]
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, "nats-feed-on-lab")
    assert tenant.values_of(engine.b, "nats-feed", "nats-feed") == {"size": 1}

    field = "--output jsonpath='{.status.lastAppliedOriginRevision}'"
    told = [shown(engine, oci, kind) for kind in (OCI_REPOSITORY, KUSTOMIZATION)]
    told.append(f"$ kubectl get kustomization {TENANT} --namespace {flux.NAMESPACE} {field}\n{origin}\n")
    page.shows("artifact-applied", "".join(told))


def test_the_path_is_one_inside_the_artifact(engine: Engine, tenant: Tenant, oci: Registry, page: Page) -> None:
    """With the path that it had in the repository a Kustomization finds nothing, says so, and prunes nothing."""
    engine.a.patch(*SYNC, {"spec": {"path": "./rendered"}})

    def told() -> str:
        return shown(engine, oci, KUSTOMIZATION)

    engine.wait_for("the Kustomization to miss its path", lambda: "path not found" in told(), 120, seen=told)
    somewhere = re.compile(r"(?<=stat )/\S+/kustomization-\d+")
    page.shows("artifact-wrong-path", somewhere.sub("/tmp/kustomization-1", told()))  # noqa: S108  (what is said)
    assert tenant.values_of(engine.b, "nats-feed", "nats-feed") == {"size": 1}
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, "nats-feed-on-lab")
    engine.a.patch(*SYNC, {"spec": {"path": "./"}})
    arrive(engine, tenant, oci)


def test_a_second_push_under_the_same_tag_arrives(engine: Engine, tenant: Tenant, oci: Registry) -> None:
    """A tag is looked up again, and what it names now is applied: another value, another app."""
    before, _ = oci.manifest(ARTIFACT, "main")
    declare(tenant, feed={"size": 2}, tape={})
    ci(tenant, oci, "another value, another app", "--reproducible")
    assert oci.manifest(ARTIFACT, "main")[0] != before
    arrive(engine, tenant, oci)
    tenant.wait_for_values(engine.b, "nats-feed", "nats-feed", lambda values: values == {"size": 2})
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, "nats-tape-on-lab")
    assert tenant.values_of(engine.b, "nats-tape", "nats-tape") == {}


def test_the_same_folder_is_the_same_layer(engine: Engine, tenant: Tenant, oci: Registry) -> None:
    """Rendered anew elsewhere and later it has the same digest; its files' modes count, and unless told the time does.

    A push that changes nothing but the time is applied again and upgrades no release.
    """
    digest, manifest = oci.manifest(ARTIFACT, "main")
    told = manifest["annotations"]
    described = (f"--source={ORIGIN}", f"--revision={told['org.opencontainers.image.revision']}")
    elsewhere = tenant.repository.work.parent / f"{TENANT}-elsewhere"
    done = tenant.krmfn("render", str(tenant.declarations), "--output-dir", str(elsewhere))
    assert done.returncode == 0, done.stderr
    oci.push(elsewhere, f"{ARTIFACT}:again", *described, "--reproducible")
    assert oci.manifest(ARTIFACT, "again") == (digest, manifest)

    (elsewhere / "kustomization.yaml").chmod(0o600)
    oci.push(elsewhere, f"{ARTIFACT}:private", *described, "--reproducible")
    assert oci.manifest(ARTIFACT, "private")[1]["layers"] != manifest["layers"]

    place = (HELM_RELEASE, TENANT, "nats-feed-on-lab")
    before = engine.wait_until_ready(engine.a, *place)
    oci.push(tenant.rendered, f"{ARTIFACT}:main", *described)
    later, pushed = oci.manifest(ARTIFACT, "main")
    assert pushed["annotations"].pop("org.opencontainers.image.created") > "2020"
    del told["org.opencontainers.image.created"]
    assert (pushed["layers"], pushed["annotations"]) == (manifest["layers"], told)
    assert later != digest
    arrive(engine, tenant, oci)
    after = engine.wait_until_ready(engine.a, *place)
    assert after["status"]["history"] == before["status"]["history"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    shutil.rmtree(elsewhere)


def test_an_app_that_is_not_in_the_artifact_any_longer_is_pruned(engine: Engine, tenant: Tenant, oci: Registry) -> None:
    """It goes from A and from B; what stays in the artifact stays."""
    declare(tenant, feed={"size": 2})
    ci(tenant, oci, "an app retired", "--reproducible")
    arrive(engine, tenant, oci)
    engine.wait_until_gone(engine.a, HELM_RELEASE, TENANT, "nats-tape-on-lab")
    engine.wait_until_gone(engine.b, CONFIG_MAP, "nats-tape", "nats-tape-values")
    engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, "nats-feed-on-lab")
    assert tenant.values_of(engine.b, "nats-feed", "nats-feed") == {"size": 2}


def test_a_boundary_gets_its_chart_from_a_registry(
    engine: Engine, oci: Registry, page: Page, new_cluster: Callable[..., Api]
) -> None:
    """The chart of krmfn, packaged and pushed by Helm, is what `spec.objectsChart` names, and it fences the sandbox."""
    inside = new_cluster("flint")
    tenant = engine.tenant(SANDBOXED, on={"lab": inside})
    page.shows("artifact-chart-pushed", oci.push_chart("krmfn/catalog/chart", "charts"))
    page.shows("artifact-chart", f"{yaml.dump(CHART_SOURCE)}---\n{yaml.dump({'objectsChart': OBJECTS_CHART})}")
    apply(engine, oci, CHART_SOURCE)
    source = engine.wait_until_ready(engine.a, OCI_REPOSITORY, flux.NAMESPACE, "krmfn-objects")
    [layer] = oci.manifest("charts/krmfn-objects", "1.0.0")[1]["layers"]
    assert source["status"]["artifact"]["digest"] == layer["digest"]
    tenant.declare(
        app(SANDBOXED, "Kubernetes", "lab", isolationProfile="sandbox"),
        app(SANDBOXED, "NATS", "bus"),
        placement(SANDBOXED, "bus", "lab", ("NATS", "bus")),
        configuration={"objectsChart": OBJECTS_CHART, "network": {"apiServerAddresses": []}},
    )
    artifact = "fleet/flint"
    oci.push(tenant.rendered, f"{artifact}:main", f"--source={ORIGIN}", "--revision=main@sha1:0")
    for each in sources(SANDBOXED, artifact):
        apply(engine, oci, each)
    tenant.wait_until_applied(oci.manifest(artifact, "main")[0], 150)
    boundary = engine.wait_until_ready(engine.a, HELM_RELEASE, SANDBOXED, "kubernetes-lab-boundary")
    assert boundary["status"]["history"][0]["chartName"] == "krmfn-objects"
    policies = inside.all(POLICY, "nats-bus")
    assert "krmfn-default-deny" in {each["metadata"]["name"] for each in policies}
    engine.wait_until_ready(engine.a, HELM_RELEASE, SANDBOXED, "nats-bus-on-lab")
    assert tenant.values_of(inside, "nats-bus", "nats-bus") == {}
    table = engine.a.table(HELM_RELEASE, SANDBOXED, "kubernetes-lab-boundary", "nats-bus-on-lab")
    page.shows("artifact-chart-ready", f"$ kubectl get helmreleases --namespace {SANDBOXED}\n{table}")
