"""What `krmfn plan` says of each release is what Flux then does: histories of commits, one parametrized test.

Tenants live side by side, and each takes its next step when all have taken the one before. What is said comes from the
plan as JSON; what is done is read from the HelmReleases, and from Helm's own storage where they are installed.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.command_line import run_in
from tests.engine import charts, flux
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, SECRET, Api, Kind, Object
from tests.engine.histories import LIVES, MIRROR, STEPS, State
from tests.engine.manifests import CHART, sandboxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

EGRESS = Kind("cilium.io/v2", "CiliumNetworkPolicy")
OWNER = "krmfn.dev/owner"
OBJECTS = {"CiliumNetworkPolicy": EGRESS, "ConfigMap": CONFIG_MAP}


class Place(NamedTuple):
    """Where a release is installed: the API server, the namespace, the name; and the HelmRelease that did it."""

    api: str
    namespace: str
    name: str
    by: str


class Seen(NamedTuple):
    """A HelmRelease: which one it is, what Git says of it, and what Helm has done for it."""

    uid: str
    told: str
    place: Place
    version: int


class Look(NamedTuple):
    """What there is of a tenant: its releases, other objects, and what Helm has installed where."""

    releases: Mapping[str, Seen]
    objects: Mapping[tuple[str, str], tuple[str, str]]
    installed: Mapping[Place, frozenset[str]]


class Step(NamedTuple):
    """What was said of a commit, and what there was before and after it."""

    plan: Any
    before: Look
    after: Look
    written: frozenset[str]
    """The releases that Git has afterwards."""


class Life:
    """A tenant, step by step."""

    def __init__(self, engine: Engine, tenant: Tenant, apis: Mapping[str, Api]) -> None:
        self.engine, self.tenant, self.apis = engine, tenant, apis
        self.places: set[Place] = set()
        self._commit = ""

    def declare(self, state: State) -> Any:
        """Write a state and push it; what the plan says before."""
        configuration = {**(sandboxes(self.tenant) if state.sandboxed else {}), **state.configuration}
        own = {each["kind"] for each in configuration.get("kinds", ())}
        configuration["kinds"] = [
            *(each for each in charts.KINDS if each["kind"] not in own),
            *configuration.get("kinds", ()),
        ]
        self.tenant.declare(*state.declared, configuration=configuration)
        answer = (
            run_in(self.tenant.repository.work, "plan", "--from", "HEAD", "--output", "json") if state.what else None
        )
        assert answer is None or answer.returncode == 0, answer.stderr
        self._commit = self.tenant.push(state.what or "the first state")
        return answer and json.loads(answer.stdout)

    def settled(self) -> Look:
        """What there is once Flux has applied the last commit and nothing changes any longer."""
        self.tenant.wait_until_applied(self._commit, 240)
        looks = [self.look()]

        def still() -> Look | None:
            time.sleep(1)
            # Asked before the look: what happens after it is not in it.
            is_quiet = self._is_quiet()
            looks.append(self.look())
            return looks[-1] if is_quiet and looks[-1] == looks[-2] else None

        return self.engine.wait_for(f"{self.tenant.namespace} to settle", still, 120, seen=self.tenant.said)

    def _releases(self) -> list[Object]:
        found = self.engine.a.all(HELM_RELEASE, self.tenant.namespace)
        return [item for item in found if OWNER in item["metadata"].get("annotations", {})]

    def _is_quiet(self) -> bool:
        return all(flux.is_ready(item) and "deletionTimestamp" not in item["metadata"] for item in self._releases())

    def look(self) -> Look:
        releases = {item["metadata"]["name"]: self._seen(item) for item in self._releases()}
        self.places |= {each.place for each in releases.values()}
        return Look(releases, dict(self._objects()), {place: self._installed(place) for place in self.places})

    def _seen(self, item: Object) -> Seen:
        meta, spec = item["metadata"], item["spec"]
        kubeconfig = spec.get("kubeConfig", {}).get("secretRef", {}).get("name", "")
        history = item.get("status", {}).get("history") or [{"version": 0}]
        told = {"spec": spec, **{key: meta.get(key) for key in ("labels", "annotations")}}
        told["annotations"] = {key: each for key, each in meta["annotations"].items() if "requestedAt" not in key}
        name = spec.get("releaseName", meta["name"])
        place = Place(kubeconfig, spec.get("storageNamespace", meta["namespace"]), name, meta["name"])
        return Seen(meta["uid"], json.dumps(told, sort_keys=True), place, history[0]["version"])

    def _objects(self) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
        for kind, what in OBJECTS.items():
            for item in self.engine.a.all(what, self.tenant.namespace):
                meta = item["metadata"]
                if OWNER in meta.get("annotations", {}):
                    told = {key: item.get(key) for key in ("spec", "data")} | {"annotations": meta["annotations"]}
                    yield (kind, meta["name"]), (meta["uid"], json.dumps(told, sort_keys=True))

    def _installed(self, place: Place) -> frozenset[str]:
        """What there is of a release: the revisions that Helm keeps, each in a Secret, and what they have made."""
        api = self.apis.get(place.api, self.engine.b) if place.api else self.engine.a
        helm = f"owner=helm,name={place.name}"
        made = f"helm.toolkit.fluxcd.io/name={place.by},helm.toolkit.fluxcd.io/namespace={self.tenant.namespace}"
        looked_for = ((SECRET, helm), (SECRET, made), (CONFIG_MAP, made))
        found = [item for kind, labels in looked_for for item in api.all(kind, place.namespace, labels)]
        return frozenset(item["metadata"]["uid"] for item in found)


@pytest.fixture(scope="module")
def steps(
    engine: Engine, third: Api, new_cluster: Callable[..., Api], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Step]:
    """All steps of all tenants, taken."""
    mirrored = shutil.copytree(CHART, tmp_path_factory.mktemp("mirror") / "krmfn-objects")
    charts.publish(engine.a, engine.server, MIRROR, charts.make_chart(mirrored, engine.server, "1.0.1"))
    gpu, sandbox = new_cluster("fir"), new_cluster("yew")
    lives: dict[str, Life] = {}
    apis: dict[str, dict[str, Api]] = {
        "tenant-fir": {"kubernetes-gpu-admin-kubeconfig": gpu},
        "tenant-yew": {"kubernetes-lab-admin-kubeconfig": sandbox},
        "tenant-bay": {"one": engine.b, "two": third},
    }
    for space in LIVES:
        on = {"tenant-fir": {"lab": engine.b, "gpu": gpu}, "tenant-yew": {"lab": sandbox}}.get(space, {})
        lives[space] = Life(engine, engine.tenant(space, on=on), apis.get(space, {}))
    for name, api in apis["tenant-bay"].items():
        kubeconfig = {"stringData": {"value": api.portable_kubeconfig()}}
        head: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "tenant-bay"}}
        engine.a.apply(head | kubeconfig)
    taken: dict[str, Step] = {}
    looks: dict[str, Look] = {}
    states = {space: life(space) for space, life in LIVES.items()}
    for number in range(max(map(len, states.values()))):
        now = {space: each[number] for space, each in states.items() if number < len(each)}
        plans = {space: lives[space].declare(state) for space, state in now.items()}
        if number == 0:
            for space in now:
                lives[space].tenant.sync()
        for space, state in now.items():
            after = lives[space].settled()
            written = frozenset(item["metadata"]["name"] for item in lives[space].tenant.releases())
            if state.what:
                taken[state.what] = Step(plans[space], looks[space], after, written)
            looks[space] = after
    return taken


def foretold(plan: Any) -> dict[str, list[str]]:
    """What the plan says of each release and of each other object."""
    found: dict[str, list[str]] = {}
    for change in plan["changes"]:
        for each in change["releases"]:
            found.setdefault(each["name"], []).append(each["outcome"])
        for each in change["objects"]:
            found.setdefault(f"{each['kind']} {each['name']}", []).append(each["outcome"])
    return {name: sorted(outcomes) for name, outcomes in found.items()}


def done(step: Step, earlier: frozenset[str]) -> dict[str, list[str]]:
    """What happened to each release and to each other object."""
    before, after = step.before, step.after
    found = {name: _of_release(name, step, earlier) for name in {*before.releases, *after.releases}}
    for kind, name in {*before.objects, *after.objects}:
        old, new = before.objects.get((kind, name)), after.objects.get((kind, name))
        word = "created" if old is None else "removed" if new is None else "updated" if old != new else ""
        found[f"{kind} {name}"] = [word] if word else []
    return {name: sorted(outcomes) for name, outcomes in found.items() if outcomes}


def _of_release(name: str, step: Step, earlier: frozenset[str]) -> list[str]:
    old, new = step.before.releases.get(name), step.after.releases.get(name)
    was = step.before.installed.get(old.place, frozenset()) if old else frozenset()
    remains = bool(old and was & step.after.installed.get(old.place, frozenset()))
    if new is None or old is None:
        return [("left running" if remains else "uninstalled") if old else "installed"]
    if name not in step.written:
        return ["left running"] if name in earlier and remains else []
    if old.place != new.place:
        return ["left running" if remains else "uninstalled", "installed"]
    if not remains:
        return ["recreated"]
    if new.version != old.version:
        return ["upgraded"]
    return ["reconfigured"] if new.told != old.told else []


def _written_before(step: Step, steps: Mapping[str, Step], space: str) -> frozenset[str]:
    """The releases that Git had before a step: what it has not had since is left running already."""
    at = [what for what in STEPS if STEPS[what] == space]
    index = next(i for i, what in enumerate(at) if steps[what] is step)
    return steps[at[index - 1]].written if index else frozenset(step.before.releases)


@pytest.mark.parametrize("what", STEPS)
def test_what_is_foretold_is_done(steps: dict[str, Step], what: str) -> None:
    """Installed, upgraded, recreated, uninstalled, left running or only reconfigured; and nothing else happens."""
    step = steps[what]
    said, was = foretold(step.plan), done(step, _written_before(step, steps, STEPS[what]))
    # Objects that are protected stay as they are, and are told as left.
    left = {name for name, outcomes in said.items() if outcomes == ["left"]}
    assert all((kind, name) in step.after.objects for kind, _, name in (each.partition(" ") for each in left))
    assert {name: outcomes for name, outcomes in said.items() if name not in left} == was


@pytest.mark.parametrize("what", STEPS)
def test_data_is_where_the_plan_says(steps: dict[str, Step], what: str) -> None:
    """Of what loses its data nothing is left where it was; of what keeps it, what was there is there."""
    step = steps[what]
    for change in step.plan["changes"]:
        before = [
            step.before.releases[each["name"]] for each in change["releases"] if each["name"] in step.before.releases
        ]
        # Its own release: a cluster has its boundary's as well, whose objects are no data.
        for seen in (each for each in before if not each.place.name.startswith("krmfn-")):
            remains = bool(step.before.installed[seen.place] & step.after.installed[seen.place])
            if change["data"] == "lost":
                assert not remains, change
            elif change["data"] == "kept":
                assert remains, change


def test_there_are_twenty() -> None:
    """Each outcome that a plan can have is among them."""
    assert len(STEPS) >= 20
