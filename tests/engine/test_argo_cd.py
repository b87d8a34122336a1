"""Argo CD in the place of Flux's Kustomizations: docs/argo-cd.md, followed with its own controller."""

from __future__ import annotations

import json
import re
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.engine import argocd
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, kind_of, namespace_of
from tests.engine.argocd import APPLICATION, NAMESPACE
from tests.engine.fleets import remove
from tests.engine.test_starter import FOREIGN, RENDER, edit, files, helm_repository, in_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository
    from tests.engine.tenants import Tenant

PAGE = (Path(__file__).parents[2] / "docs/argo-cd.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
TENANT, CLUSTER = "tenant-maple", "playground"
APP = "jupyterhub-notebooks-on-playground"
OF_THE_CLUSTER = ["kubernetes-playground", "kubernetes-playground-boundary"]


def block(words: str) -> str:
    """The page's example with these words in it."""
    [found] = [str(each) for each in BLOCKS if words in each]
    return found.replace("acme", "maple")


def application(repository: Repository, name: str, path: str, namespace: str = TENANT) -> Object:
    """The page's Application, for this repository and that folder."""
    found: Any = yaml.load(block("kind: Application"))
    found["metadata"]["name"] = name
    found["spec"]["project"] = "maple" if name == "maple" else "default"
    found["spec"]["source"] |= {"repoURL": repository.url, "path": path}
    found["spec"]["destination"]["namespace"] = namespace
    # Else the tests would wait as long as one does for a thing that seldom happens.
    found["spec"]["syncPolicy"]["retry"] |= {"backoff": {"duration": "3s", "factor": 1}}
    return dict(found)


@pytest.fixture(scope="module")
def repository(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The starter for tenant maple, with the page's overlay and the page's account among those that guards let pass."""
    repository = engine.server.repository("argo-fleet")
    in_repository(repository, "krmfn", "init")
    root = repository.work
    (root / "tenants/acme").rename(root / "tenants/maple")
    (root / "flux/acme.yaml").unlink()
    for path in files(root / "tenants/maple"):
        path.write_text(path.read_text(encoding="utf-8").replace("acme", "maple"), encoding="utf-8")
    for part in ("platform", "tenants/maple"):
        no_address = (
            "  # network:\n  #   apiServerAddresses: [203.0.113.10]",
            "  network:\n    apiServerAddresses: []",
        )
        edit(root / part / "compute-plane.yaml", no_address)
    accounts = block("fluxServiceAccounts").partition("fluxServiceAccounts: ")[2].strip()
    edit(root / "platform/compute-plane.yaml", ("[cozy-fluxcd/flux]", accounts))
    charts = helm_repository(engine.server, tmp_path_factory.mktemp("chart"), "argo-chart")
    edit(root / "flux/fleet.yaml", ("https://git.example.org/fleet.git", repository.url))
    edit(root / "flux/fleet.yaml", ("https://hub.jupyter.org/helm-chart/", charts))
    (root / "argo/maple").mkdir(parents=True)
    (root / "argo/maple/kustomization.yaml").write_text(block("annotationSelector"), encoding="utf-8")
    in_repository(repository, *RENDER)
    repository.push("a fleet")
    return repository


@pytest.fixture(scope="module")
def inside(new_cluster: Callable[..., Api]) -> Api:
    """The tenant's sandbox."""
    return new_cluster("maple")


@pytest.fixture(scope="module")
def tenant(engine: Engine, repository: Repository, inside: Api) -> Iterator[Tenant]:
    """The tenant, whose cluster has not come up, and Argo CD with nothing to do; Flux has its sources alone."""
    tenant = engine.tenant(TENANT, "not-a-number", on={CLUSTER: inside}, starting=[CLUSTER])
    told = yaml.load_all((repository.work / "flux/fleet.yaml").read_bytes())
    sources = [item for item in told if item["kind"] != "Kustomization"]
    for item in sources:
        engine.a.apply(item)
    argocd.start(engine)
    project: Any = yaml.load(block("kind: AppProject"))
    project["spec"]["sourceRepos"] = [repository.url]
    engine.a.apply(project)
    yield tenant
    for item in engine.a.all(APPLICATION, NAMESPACE):
        engine.a.delete(APPLICATION, NAMESPACE, item["metadata"]["name"])
    argocd.stop(engine)
    remove(engine, repository, sources, (TENANT,))


def wait_for(engine: Engine, what: str, name: str, check: Callable[[], Any]) -> None:
    engine.wait_for(what, check, 90, seen=partial(argocd.said, engine, name))


def rendered(repository: Repository, run: str) -> set[str]:
    """The objects that krmfn rendered for a run."""
    found = (yaml.load(path.read_bytes()) for path in files(repository.work / "rendered" / run))
    return {f"{each['kind']} {each['metadata']['name']}" for each in found if each["kind"] != "Kustomization"}


def is_synced(engine: Engine, name: str, commit: str) -> bool:
    found = argocd.status(engine, name)
    done = found.get("operationState", {})
    return (
        found.get("sync", {}).get("status") == "Synced"
        and found["sync"].get("revision") == commit
        and (done.get("phase"), done.get("syncResult", {}).get("revision")) == ("Succeeded", commit)
    )


def releases(engine: Engine) -> list[str]:
    """The tenant's releases that krmfn writes."""
    found = [item["metadata"] for item in engine.a.all(HELM_RELEASE, TENANT)]
    return sorted(each["name"] for each in found if "krmfn.dev/owner" in each.get("annotations", {}))


def test_all_of_a_run_is_applied(engine: Engine, repository: Repository, tenant: Tenant, inside: Api) -> None:
    """Guards and roles, then a tenant: each object is as in Git, and what waits for its cluster is Degraded."""
    engine.a.apply(application(repository, "platform", "rendered/platform", ""))
    wanted = dict.fromkeys(rendered(repository, "platform"), ("Synced", ""))
    wait_for(engine, "the platform", "platform", lambda: argocd.resources(engine, "platform") == wanted)
    engine.a.apply(application(repository, "maple", "argo/maple"))

    def health() -> dict[str, str]:
        return {each: healthy for each, (_, healthy) in argocd.resources(engine, "maple").items()}

    wait_for(engine, "what waits", "maple", lambda: health().get(f"HelmRelease {APP}") == "Degraded")
    tenant.comes_up(CLUSTER, inside)
    objects = rendered(repository, "tenants/maple")
    wanted = {each: ("Synced", "Healthy" if each.startswith("HelmRelease") else "") for each in objects}
    wait_for(engine, "the tenant", "maple", lambda: argocd.resources(engine, "maple") == wanted)


def test_it_stays_in_sync(engine: Engine, tenant: Tenant) -> None:
    """What controllers add to the objects is no difference, compared by Argo CD itself or by the API server."""
    del tenant
    for on_the_server in ("false", "true"):
        compared = argocd.status(engine, "maple")["reconciledAt"]
        annotations = {
            "argocd.argoproj.io/compare-options": f"ServerSideDiff={on_the_server}",
            "argocd.argoproj.io/refresh": "hard",
        }
        engine.a.patch(APPLICATION, NAMESPACE, "maple", {"metadata": {"annotations": annotations}})
        later = partial(was_compared, engine, compared)
        wait_for(engine, "a comparison", "maple", later)
        assert {state for state, _ in argocd.resources(engine, "maple").values()} == {"Synced"}


def was_compared(engine: Engine, after: str) -> bool:
    """Whether Argo CD has looked again since then."""
    return str(argocd.status(engine, "maple")["reconciledAt"]) > after


def test_a_change_by_hand_is_undone(engine: Engine, tenant: Tenant) -> None:
    """Argo CD restores what is in Git, as Flux does."""
    del tenant
    engine.a.patch(HELM_RELEASE, TENANT, "postgres-main", {"spec": {"values": {"size": "99Gi"}}})

    def restored() -> bool:
        found = engine.a.get(HELM_RELEASE, TENANT, "postgres-main")
        assert found
        return str(found["spec"]["values"]["size"]) == "10Gi"

    wait_for(engine, "the size to be restored", "maple", restored)


@pytest.mark.parametrize("name", FOREIGN)
def test_nothing_foreign_is_applied(name: str, engine: Engine, repository: Repository, tenant: Tenant) -> None:
    """The project of a tenant refuses another namespace's, another kind, a cluster's; all else stays."""
    del tenant
    foreign, before = FOREIGN[name], releases(engine)
    folder = repository.work / "argo/maple"
    kustomization = (folder / "kustomization.yaml").read_text(encoding="utf-8")
    (folder / "foreign.yaml").write_text(json.dumps(foreign), encoding="utf-8")
    added = kustomization.replace("resources:\n", "resources:\n- foreign.yaml\n")
    (folder / "kustomization.yaml").write_text(added, encoding="utf-8")
    argocd.push(engine, repository, name)

    def refused() -> bool:
        return re.search(r"(is )?not permitted in project", json.dumps(argocd.status(engine, "maple"))) is not None

    wait_for(engine, "a refusal", "maple", refused)
    assert engine.a.get(kind_of(foreign), namespace_of(foreign), foreign["metadata"]["name"]) is None
    assert releases(engine) == before
    (folder / "foreign.yaml").unlink()
    (folder / "kustomization.yaml").write_text(kustomization, encoding="utf-8")
    commit = argocd.push(engine, repository, "as it was")
    wait_for(engine, "its end", "maple", lambda: argocd.status(engine, "maple")["sync"]["revision"] == commit)


def test_what_is_protected_stays_and_is_out_of_sync(engine: Engine, repository: Repository, tenant: Tenant) -> None:
    """With the overlay, removed data is not pruned. Without it, Flux's own annotation protects from nothing."""
    del tenant
    root = repository.work
    for name in ("kept", "removed"):
        (root / "bare").mkdir(exist_ok=True)
        (root / f"bare/{name}.yaml").write_text(BARE.format(name=name), encoding="utf-8")
    argocd.push(engine, repository, "beside")
    engine.a.apply(application(repository, "bare", "bare"))
    wait_for(engine, "both", "bare", lambda: len(argocd.resources(engine, "bare")) == len(("kept", "removed")))
    wait_for(engine, "the second", "bare", lambda: engine.a.get(CONFIG_MAP, TENANT, "removed"))
    (root / "bare/removed.yaml").unlink()
    declared = root / "tenants/maple/declared"
    shutil.move(declared / "database.yaml", root.parent / "database.yaml")
    connection = declared / "placement.yaml"
    text = connection.read_text(encoding="utf-8")
    connection.write_text(text.partition("  connections:")[0], encoding="utf-8")
    edit(root / "tenants/maple/kustomization.yaml", ("- declared/database.yaml\n", ""))
    in_repository(repository, *RENDER)
    assert "HelmRelease postgres-main" not in rendered(repository, "tenants/maple")
    argocd.push(engine, repository, "no database")

    def told() -> set[tuple[str, str]]:
        done = argocd.status(engine, "maple").get("operationState", {}).get("syncResult", {}).get("resources", [])
        return {(each["name"], each["message"]) for each in done if each["status"] == "PruneSkipped"}

    wait_for(engine, "the database to be kept", "maple", lambda: told() == {("postgres-main", "ignored (no prune)")})
    assert argocd.resources(engine, "maple")["HelmRelease postgres-main"] == ("OutOfSync", "Healthy")
    assert "postgres-main" in releases(engine)
    wait_for(engine, "the second to be gone", "bare", lambda: engine.a.get(CONFIG_MAP, TENANT, "removed") is None)
    shutil.move(root.parent / "database.yaml", declared / "database.yaml")
    connection.write_text(text, encoding="utf-8")
    edit(root / "tenants/maple/kustomization.yaml", ("resources:\n", "resources:\n- declared/database.yaml\n"))


BARE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  annotations:
    kustomize.toolkit.fluxcd.io/prune: disabled
"""


def test_what_is_confirmed_goes_in_order(engine: Engine, repository: Repository, tenant: Tenant) -> None:
    """Argo CD removes the last object of an Application only where it may; then guards refuse until the app is gone."""
    del tenant
    root = repository.work
    declared = root / "tenants/maple/declared"
    for file, name in (("cluster", CLUSTER), ("database", "main"), ("notebooks", "notebooks")):
        confirmed = ("  namespace: tenant-maple\n", f"  namespace: tenant-maple\n{CONFIRMED.format(name=name)}")
        edit(declared / f"{file}.yaml", confirmed)
    in_repository(repository, *RENDER)
    commit = argocd.push(engine, repository, "confirmed")
    wait_for(engine, "the confirmation", "maple", lambda: is_synced(engine, "maple", commit))
    shutil.rmtree(declared)
    kustomization = root / "tenants/maple/kustomization.yaml"
    text = re.sub(r"^- declared/.*\n", "", kustomization.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kustomization.write_text(text.replace("resources:\n", ""), encoding="utf-8")
    in_repository(repository, *RENDER)
    before = releases(engine)
    assert before == [APP, *OF_THE_CLUSTER, "postgres-main"]
    argocd.push(engine, repository, "gone")
    refusal = "auto-sync will wipe out all resources"
    wait_for(engine, "a refusal", "maple", lambda: refusal in argocd.said(engine, "maple"))
    assert releases(engine) == before
    allowed = {"spec": {"syncPolicy": {"automated": {"allowEmpty": True}}}}
    engine.a.patch(APPLICATION, NAMESPACE, "maple", allowed)
    seen = [before]

    def gone() -> bool:
        now = releases(engine)
        if now != seen[-1]:
            seen.append(now)
        return not now

    wait_for(engine, "all to be gone", "maple", gone)
    # The app before the fences, these before the cluster.
    in_order: tuple[set[str], ...] = ({APP, *OF_THE_CLUSTER}, {*OF_THE_CLUSTER}, {OF_THE_CLUSTER[0]}, set())
    assert all({*now} - {"postgres-main"} in in_order for now in seen), seen


CONFIRMED = "  annotations: {{krmfn.dev/confirm-deletion: {name}}}\n"
