"""The two ends of a month of pull requests over the starter with three tenants (tests/test_month.py), on real Flux."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.engine import flux
from tests.engine.api import GIT_REPOSITORY, HELM_RELEASE, KUSTOMIZATION
from tests.engine.fleets import remove
from tests.engine.test_foretold import Life, Step, done, foretold
from tests.engine.test_starter import PASSWORD, RENDER, helm_repository, in_repository
from tests.test_month import MONTH, TENANTS, edited, fleet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.engine.api import Api
    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository
    from tests.engine.test_foretold import Look

# Their namespaces are no other module's.
NAMES = dict(zip(TENANTS, ("hazel", "larch", "rowan"), strict=True))
GONE = NAMES["cedar"]
MOVED = "jupyterhub-notebooks-on-studio"


def ends() -> tuple[dict[str, str], dict[str, str]]:
    """The files before the first pull request, and after the last one that is merged."""
    first = fleet()
    last = dict(first)
    for pull in MONTH:
        if not pull.refused:
            change = dict(edited(last, pull))
            last = {path: text for path, text in {**last, **change}.items() if text is not None}
    return first, last


def adapted(files: Mapping[str, str], replacements: Mapping[str, str]) -> dict[str, str]:
    """The files with this engine's addresses and accounts, and tenants that nobody else has."""
    found = {}
    for path, text in files.items():
        for before, after in {**replacements, **NAMES}.items():
            path, text = path.replace(before, after), text.replace(before, after)  # noqa: PLW2901  (one after another)
        found[path] = text
    return found


def write(repository: Repository, files: Mapping[str, str], gone: Mapping[str, str]) -> None:
    for path in gone.keys() - files.keys():
        (repository.work / path).unlink()
    for path, text in files.items():
        (repository.work / path).parent.mkdir(parents=True, exist_ok=True)
        (repository.work / path).write_text(text, encoding="utf-8")


def written(repository: Repository, name: str) -> frozenset[str]:
    """The releases that are rendered for a tenant."""
    folder = repository.work / f"rendered/tenants/{name}"
    items = [item for file in folder.rglob("*.yaml") for item in yaml.load_all(file.read_bytes())]
    return frozenset(item["metadata"]["name"] for item in items if item["kind"] == HELM_RELEASE.kind)


class Fleet:
    """The fleet on the engine."""

    def __init__(self, engine: Engine, repository: Repository, lives: Mapping[str, Life]) -> None:
        self.engine, self.repository, self.lives = engine, repository, lives

    def push(self, message: str) -> str:
        commit = self.repository.push(message)
        if self.engine.a.get(GIT_REPOSITORY, flux.NAMESPACE, "fleet"):
            asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
            self.engine.a.patch(GIT_REPOSITORY, flux.NAMESPACE, "fleet", asked)
        return commit

    def settled(self, commit: str, gone: str = "") -> dict[str, Look]:
        """What each tenant has, once all of it is applied and nothing changes any longer.

        The Kustomization of a run that is gone goes as well, as `krmfn render` says.
        """
        if gone:
            place = (KUSTOMIZATION, flux.NAMESPACE, f"fleet-{gone}")
            self.engine.a.delete(*place)
            self.engine.wait_until_gone(self.engine.a, *place)
        for name in ("platform", *self.lives):
            if name != gone:
                self._applied(f"fleet-{name}", commit)
        return {name: self._still(name, life) for name, life in self.lives.items()}

    def _applied(self, kustomization: str, commit: str) -> None:
        def check() -> bool:
            found = self.engine.a.get(KUSTOMIZATION, flux.NAMESPACE, kustomization)
            return flux.is_ready(found) and str((found or {})["status"]["lastAppliedRevision"]).endswith(commit)

        told = lambda: flux.conditions(self.engine.a.get(KUSTOMIZATION, flux.NAMESPACE, kustomization))  # noqa: E731
        self.engine.wait_for(f"{kustomization} to be applied", check, 240, seen=told)

    def _still(self, name: str, life: Life) -> Look:
        looks = [life.look()]

        def still() -> Look | None:
            time.sleep(1)
            # Asked before the look: what becomes ready after it is not in it.
            ready = all(map(flux.is_ready, self.engine.a.all(HELM_RELEASE, life.tenant.namespace)))
            looks.append(life.look())
            return looks[-1] if ready and looks[-1] == looks[-2] else None

        return self.engine.wait_for(f"{name} to settle", still, 240, seen=life.tenant.said)


@pytest.fixture(scope="module")
def month(
    engine: Engine, new_cluster: Callable[..., Api], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Step]]:
    """The step from the first end to the last one, of each tenant."""
    repository = engine.server.repository("months")
    charts = helm_repository(engine.server, tmp_path_factory.mktemp("months"), "months-charts")
    replacements = {
        "  # network:\n  #   apiServerAddresses: [203.0.113.10]": "  network:\n    apiServerAddresses: []",
        "cozy-fluxcd/flux": "flux-system/kustomize-controller",
        "cozystack-cluster-admin": "system:masters",
        "https://git.example.org/fleet.git": repository.url,
        "https://hub.jupyter.org/helm-chart/": charts,
    }
    first, last = (adapted(files, replacements) for files in ends())
    clusters = {name: {"playground": new_cluster(name)} for name in NAMES.values()}
    clusters[NAMES["birch"]]["studio"] = new_cluster("studio")
    tenants = {name: engine.tenant(f"tenant-{name}", PASSWORD, on=on) for name, on in clusters.items()}
    lives = {
        name: Life(
            engine,
            tenant,
            {f"kubernetes-{cluster}-admin-kubeconfig": api for cluster, api in clusters[name].items()},
        )
        for name, tenant in tenants.items()
    }
    fleet = Fleet(engine, repository, lives)
    write(repository, first, {})
    in_repository(repository, *RENDER)
    commit = fleet.push("the first of the month")
    flux_objects = [
        item
        for name in ("fleet", *NAMES.values())
        for item in yaml.load_all((repository.work / f"flux/{name}.yaml").read_bytes())
    ]
    for item in flux_objects:
        engine.a.apply(item)
    before = fleet.settled(commit)
    had = {name: written(repository, name) for name in lives}

    write(repository, last, first)
    plan: Any = json.loads(in_repository(repository, "krmfn", "plan", "--from", "HEAD", "--output", "json"))
    in_repository(repository, *RENDER)
    after = fleet.settled(fleet.push("the last of the month"), GONE)
    yield {
        name: Step(of(plan, f"tenant-{name}"), before[name], after[name], written(repository, name)) for name in lives
    }
    remove(engine, repository, flux_objects, [life.tenant.namespace for life in lives.values()])
    assert all(had.values())


def of(plan: Any, namespace: str) -> Any:
    """The plan of one tenant."""
    return {**plan, "changes": [each for each in plan["changes"] if each["object"]["namespace"] == namespace]}


@pytest.mark.parametrize("name", NAMES.values())
def test_the_months_ends_are_as_foretold(month: dict[str, Step], name: str) -> None:
    """Installed, upgraded, uninstalled, left running: of each tenant what plan said is what Flux did."""
    step = month[name]
    said, was = foretold(step.plan), done(step, frozenset(step.before.releases))
    left = {what for what, outcomes in said.items() if outcomes == ["left"]}
    assert said
    assert {what: outcomes for what, outcomes in said.items() if what not in left} == was


def test_nothing_is_lost_that_was_not_confirmed(month: dict[str, Step]) -> None:
    """The tenant that is gone from Git runs on with its data; the app that moved is on both clusters."""
    gone = month[GONE]
    assert not gone.written
    assert gone.after.releases.keys() == gone.before.releases.keys()
    assert gone.after.installed == gone.before.installed
    moved = month[NAMES["birch"]]
    assert MOVED in moved.written
    assert {MOVED, "jupyterhub-notebooks-on-playground"} <= moved.after.releases.keys()
