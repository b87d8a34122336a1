"""The starter of `krmfn init`, by the steps of its own README, on the real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import time
from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.engine import charts, flux
from tests.engine.api import (
    ANYTHING,
    CONFIG_MAP,
    GIT_REPOSITORY,
    HELM_RELEASE,
    KUSTOMIZATION,
    Kind,
    RefusedError,
    kind_of,
    namespace_of,
)
from tests.engine.fleets import remove
from tests.engine.guards import WHO_MAY_DO_ANYTHING
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository, Server

TENANT, ANOTHER = "tenant-grove", "tenant-birch"
PASSWORD = "not-a-number"  # noqa: S105  (the starter is for Flux 2.8, which has no `literal`)
ON_PATH = {**os.environ, "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"}
HELM_CHART = Kind("source.toolkit.fluxcd.io/v1", "HelmChart")
CILIUM_POLICY = Kind("cilium.io/v2", "CiliumNetworkPolicy")
RENDER = ("krmfn", "render", "--output-dir", "rendered", "--generated-only")
PLATFORM, GROVE = "fleet-platform", "fleet-grove"
PLAYGROUND, HUB = "kubernetes-playground", "jupyterhub-notebooks"
POLICY = Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")


def in_repository(repository: Repository, *command: str) -> str:
    """What a command says that is run at the root of the repository, with krmfn where a user has it."""
    done = subprocess.run(
        command, cwd=repository.work, env=ON_PATH, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def edit(path: Path, *replacements: tuple[str, str]) -> None:
    """Replace text, all of which is there."""
    text = path.read_text(encoding="utf-8")
    for before, after in replacements:
        assert before in text, f"{path} has no {before}"
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


def files(folder: Path) -> list[Path]:
    """Every file under a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def helm_repository(server: Server, folder: Path, name: str = "helm-chart") -> str:
    """The address of a Helm repository in which a stand-in is called jupyterhub."""
    shutil.copytree(charts.CHARTS / "app", folder / "jupyterhub")
    edit(folder / "jupyterhub/Chart.yaml", ("name: app", "name: jupyterhub"))
    served = server.root / f"files/{name}"
    served.mkdir()
    shutil.move(charts.make_chart(folder / "jupyterhub", server, "4.4.0"), served)
    subprocess.run([program("helm"), "repo", "index", served], check=True, timeout=60, capture_output=True)
    return f"{server.url}/files/{name}/"


@pytest.fixture(scope="module")
def repository(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The first two of the three steps: made one's own, rendered, committed, pushed."""
    repository = engine.server.repository("fleet")
    in_repository(repository, "krmfn", "init")
    root = repository.work
    (root / "tenants/acme").rename(root / "tenants/grove")
    (root / "flux/acme.yaml").rename(root / "flux/grove.yaml")
    for path in (*files(root / "tenants/grove"), root / "flux/grove.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("acme", "grove"), encoding="utf-8")
    for part in ("platform", "tenants/grove"):
        edit(
            root / part / "compute-plane.yaml",
            ("  # network:\n  #   apiServerAddresses: [203.0.113.10]", "  network:\n    apiServerAddresses: []"),
        )
    edit(
        root / "platform/compute-plane.yaml",
        # The controllers of the engine are none but its administrator, and so are the tests.
        ("cozy-fluxcd/flux", "flux-system/kustomize-controller"),
        ("cozystack-cluster-admin", "system:masters"),
    )
    edit(
        root / "flux/fleet.yaml",
        ("https://git.example.org/fleet.git", repository.url),
        ("https://hub.jupyter.org/helm-chart/", helm_repository(engine.server, tmp_path_factory.mktemp("chart"))),
    )
    in_repository(repository, "krmfn", "check")
    in_repository(repository, *RENDER)
    repository.push("a fleet")
    return repository


@pytest.fixture(scope="module")
def flux_objects(engine: Engine, repository: Repository, new_cluster: Callable[..., Api]) -> Iterator[list[Object]]:
    """What flux/ has; what came of it is gone again before the clusters are, but for what is never pruned."""
    del new_cluster
    found = [item for name in ("fleet", "grove") for item in in_flux(repository, name)]
    yield found
    remove(engine, repository, found, (TENANT, ANOTHER))


def in_flux(repository: Repository, name: str) -> list[Object]:
    return list(yaml.load_all((repository.work / f"flux/{name}.yaml").read_bytes()))


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The tenant's sandbox."""
    return new_cluster("grove", "serviceaccount-controller")


def told(engine: Engine, name: str) -> str:
    return flux.conditions(engine.a.get(KUSTOMIZATION, flux.NAMESPACE, name))


def wait_until_told(engine: Engine, name: str, message: str) -> None:
    def check() -> bool:
        return message in told(engine, name)

    engine.wait_for(f"Kustomization {name} to say: {message}", check, 120, seen=lambda: told(engine, name))


def wait_until_all_is_ready(engine: Engine, kustomization: str, namespace: str) -> dict[str, Object]:
    """A tenant's releases by name, once its Kustomization and all of them are Ready."""
    engine.wait_until_ready(engine.a, KUSTOMIZATION, flux.NAMESPACE, kustomization, 120)
    names = [item["metadata"]["name"] for item in engine.a.all(HELM_RELEASE, namespace)]
    found = {name: engine.wait_until_ready(engine.a, HELM_RELEASE, namespace, name, 180) for name in names}
    assert {"postgres-main", PLAYGROUND, f"{PLAYGROUND}-boundary", f"{HUB}-on-playground"} <= found.keys()
    return found


def test_a_tenant_waits_for_the_platform(engine: Engine, flux_objects: list[Object]) -> None:
    """Until guards and roles are there, nothing of a tenant is applied."""
    [platform] = [item for item in flux_objects if item["metadata"]["name"] == PLATFORM]
    for item in flux_objects:
        if item is not platform and namespace_of(item) == flux.NAMESPACE:
            engine.a.apply(item)
    wait_until_told(engine, GROVE, f"dependency 'flux-system/{PLATFORM}' not found")
    engine.a.apply(platform)
    engine.wait_until_ready(engine.a, KUSTOMIZATION, flux.NAMESPACE, PLATFORM, 120)
    assert engine.a.get(POLICY, "", "krmfn-isolation-change")


def test_a_tenant_waits_for_its_namespace(engine: Engine, flux_objects: list[Object], inside: Api) -> None:
    """Before Cozystack has made it there is nothing; soon afterwards all that was declared runs."""
    wait_until_told(engine, GROVE, f'User "system:serviceaccount:{flux.NAMESPACE}:{TENANT}" cannot patch resource')
    tenant = engine.tenant(TENANT, PASSWORD, on={"playground": inside})
    for item in flux_objects:
        if namespace_of(item) == TENANT:
            engine.a.apply(item)
    wait_until_all_is_ready(engine, GROVE, TENANT)
    for item in flux_objects:
        if kind_of(item).kind in {"GitRepository", "Kustomization", "HelmRepository", "HelmChart"}:
            engine.wait_until_ready(engine.a, kind_of(item), namespace_of(item), item["metadata"]["name"])
    # All that the starter says, with the password of the platform's Secret, and nothing else.
    assert tenant.values_of(inside, HUB, HUB) == {
        "hub": {
            "db": {
                "type": "postgres",
                "url": f"postgresql+psycopg2://notebooks@postgres-main-rw.{TENANT}.svc.cozy.local/notebooks",
                "password": PASSWORD,
            },
            "config": {
                "KubeSpawner": {
                    "container_security_context": {
                        "runAsNonRoot": True,
                        "capabilities": {"drop": ["ALL"]},
                        "seccompProfile": {"type": "RuntimeDefault"},
                    }
                }
            },
        },
        "singleuser": {"cloudMetadata": {"blockWithIptables": False}},
    }
    assert engine.a.get(CONFIG_MAP, HUB, f"{HUB}-values") is None


def test_charts_come_from_where_flux_is_told(engine: Engine, repository: Repository, inside: Api) -> None:
    """The fences' chart is the folder in the repository, the app's the newest 4.x of its Helm repository."""
    boundary = engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, f"{PLAYGROUND}-boundary")
    app = engine.wait_until_ready(engine.a, HELM_RELEASE, TENANT, f"{HUB}-on-playground")
    namespace, _, name = boundary["status"]["helmChart"].partition("/")
    chart = engine.wait_until_ready(engine.a, HELM_CHART, namespace, name)
    assert chart["spec"]["chart"] == "./charts/krmfn-objects"
    assert chart["spec"]["sourceRef"] == {"kind": "GitRepository", "name": "fleet"}
    described = yaml.load((repository.work / "charts/krmfn-objects/Chart.yaml").read_bytes())
    assert deployed(boundary) == ("krmfn-objects", described["version"])
    assert deployed(app) == ("jupyterhub", "4.4.0")
    assert inside.get(CILIUM_POLICY, HUB, "krmfn-connections")


def deployed(release: Object) -> tuple[str, str]:
    [revision] = release["status"]["history"]
    return revision["chartName"], revision["chartVersion"]


def test_the_guards_hold_what_git_has(engine: Engine, repository: Repository) -> None:
    """A tenant's administrator may neither open the sandbox nor remove its fence; a commit changes it."""
    for item in WHO_MAY_DO_ANYTHING:
        engine.a.apply(item)
    anyone = engine.a.acting_as("jane", group=ANYTHING)
    opened = {"spec": {"values": {"oidc": {"mode": "System"}}}}
    with pytest.raises(RefusedError, match="may not be changed here: change its declaration in Git"):
        anyone.patch(HELM_RELEASE, TENANT, PLAYGROUND, opened)
    with pytest.raises(RefusedError, match=f"fences {PLAYGROUND}, which is still there"):
        anyone.delete(CILIUM_POLICY, TENANT, f"{PLAYGROUND}-egress")
    edit(repository.work / "tenants/grove/declared/cluster.yaml", ("maxReplicas: 3", "maxReplicas: 4"))
    in_repository(repository, *RENDER)
    push(engine, repository, "one more node")

    def arrived() -> bool:
        found = engine.a.get(HELM_RELEASE, TENANT, PLAYGROUND)
        assert found
        return found["spec"]["values"]["nodeGroups"]["md0"]["maxReplicas"] == 4 and flux.is_ready(found)

    engine.wait_for("the change to be applied", arrived, 120, seen=lambda: told(engine, GROVE))


def push(engine: Engine, repository: Repository, message: str) -> None:
    repository.push(message)
    asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
    engine.a.patch(GIT_REPOSITORY, flux.NAMESPACE, "fleet", asked)


def test_nothing_foreign_is_applied(engine: Engine, repository: Repository) -> None:
    """Whatever gets into the rendered folder: another namespace's, another kind, a cluster's; all else stays."""
    root = repository.work / "rendered/tenants/grove"
    before = states(engine.a.all(HELM_RELEASE, TENANT))
    listed = (root / "kustomization.yaml").read_text(encoding="utf-8")
    for name, foreign in FOREIGN.items():
        (root / "foreign.yaml").write_text(json.dumps(foreign), encoding="utf-8")
        (root / "kustomization.yaml").write_text(listed + "- foreign.yaml\n", encoding="utf-8")
        push(engine, repository, name)
        wait_until_told(engine, GROVE, foreign["metadata"]["name"])
        assert f'User "system:serviceaccount:{flux.NAMESPACE}:{TENANT}" cannot patch resource' in told(engine, GROVE)
        place = (kind_of(foreign), namespace_of(foreign), foreign["metadata"]["name"])
        assert engine.a.get(*place) is None
    (root / "foreign.yaml").unlink()
    (root / "kustomization.yaml").write_text(listed, encoding="utf-8")
    push(engine, repository, "as it was")
    engine.wait_until_ready(engine.a, KUSTOMIZATION, flux.NAMESPACE, GROVE, 120)
    assert states(engine.a.all(HELM_RELEASE, TENANT)) == before


FOREIGN: dict[str, Object] = {
    "a release for another namespace": {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "foreign-release", "namespace": "default"},
        "spec": {"interval": "5m", "chartRef": {"kind": "HelmChart", "name": "jupyterhub", "namespace": "flux-system"}},
    },
    "a binding in its own": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "foreign-binding", "namespace": TENANT},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}],
    },
    "an object of the cluster": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "foreign-role"},
        "rules": [],
    },
}


def test_another_tenant(
    engine: Engine, repository: Repository, flux_objects: list[Object], new_cluster: Callable[..., Api]
) -> None:
    """`krmfn init tenant`, and the steps that it prints: two tenants run side by side."""
    before = engine.a.all(HELM_RELEASE, TENANT)
    root = repository.work
    printed = in_repository(repository, "krmfn", "init", "tenant", "birch")
    assert "kubectl apply -f flux/birch.yaml" in printed
    shutil.copytree(root / "tenants/grove/declared", root / "tenants/birch/declared", dirs_exist_ok=True)
    for path in files(root / "tenants/birch/declared"):
        path.write_text(path.read_text(encoding="utf-8").replace("grove", "birch"), encoding="utf-8")
    in_repository(repository, "krmfn", "check")
    in_repository(repository, *RENDER)
    tenant = engine.tenant(ANOTHER, PASSWORD, on={"playground": new_cluster("birch")})
    push(engine, repository, "another tenant")
    for item in in_flux(repository, "birch"):
        engine.a.apply(item)
        flux_objects.append(item)
    wait_until_all_is_ready(engine, "fleet-birch", tenant.namespace)
    assert states(engine.a.all(HELM_RELEASE, TENANT)) == states(before)


def states(releases: list[Object]) -> dict[str, tuple[int, int]]:
    """How often each was written, and how many revisions it has."""
    return {
        item["metadata"]["name"]: (item["metadata"]["generation"], len(item["status"]["history"])) for item in releases
    }
