"""A fleet past one machine: a Job renders its shards, each tenant is an artifact, and a commit to one moves one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.engine import flux, registry
from tests.engine.api import HELM_RELEASE, KUSTOMIZATION, Kind
from tests.engine.registry import OCI_REPOSITORY
from tests.tools.programs import TESTS, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.api import Object
    from tests.engine.engine import Engine
    from tests.engine.registry import Registry
    from tests.engine.repositories import Repository

RECIPE = TESTS.parent / "kustomize/at-scale"
JOB = Kind("batch/v1", "Job")
TENANTS = 200
NAMES = [f"t{number}" for number in range(TENANTS)]
CHANGED = "t7"
PATIENCE = 900
PLATFORM = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: platform}\nspec: {scope: platform}\n"
PLANE = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {{name: {0}, namespace: tenant-{0}}}\n"
CACHE = (
    "apiVersion: apps.cozystack.io/v1alpha1\nkind: Redis\nmetadata: {{name: cache, namespace: tenant-{0}}}\n"
    "spec: {{replicas: {1}}}\n"
)


@pytest.fixture(scope="module")
def oci(engine: Engine) -> Iterator[Registry]:
    yield registry.start(engine.processes)
    engine.processes.stop("registry")


@pytest.fixture(scope="module")
def fleet(engine: Engine) -> Repository:
    """A repository of tenants, pushed."""
    repository = engine.server.repository("at-scale")
    files = {"platform/plane.yaml": PLATFORM}
    for name in NAMES:
        files |= {
            f"tenants/{name}/plane.yaml": PLANE.format(name),
            f"tenants/{name}/declared/cache.yaml": CACHE.format(name, 2),
        }
    for path, text in files.items():
        (repository.work / path).parent.mkdir(parents=True, exist_ok=True)
        (repository.work / path).write_text(text, encoding="utf-8")
    repository.push("a fleet")
    return repository


def job() -> Object:
    [found] = yaml.load_all((RECIPE / "job.yaml").read_bytes())
    return dict(found)


def programs(folder: Path) -> Path:
    """Where the pods' programs are; this registry speaks plain HTTP, so Flux's gets one flag more."""
    folder.mkdir()
    lines = {"krmfn": f'"{sys.executable}" -m krmfn "$@"', "flux": f'"{program("flux")}" "$@" --insecure-registry'}
    for name, line in lines.items():
        (folder / name).write_text(f"#!/bin/sh\nexec {line}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def run_pod(index: int, folder: Path, settings: dict[str, str], path: Path) -> None:
    """Runs the commands of a pod's containers, one after the other as a pod does, in its volume."""
    spec = job()["spec"]["template"]["spec"]
    volume = folder / f"pod-{index}"
    volume.mkdir(parents=True)
    for container in (*spec["initContainers"], *spec["containers"]):
        assert container["workingDir"] == container["volumeMounts"][0]["mountPath"]
        said = {each["name"]: each["value"] for each in container["env"]}
        assert settings.keys() <= said.keys()
        there = {**said, **settings, "HOME": str(volume), "JOB_COMPLETION_INDEX": str(index)}
        done = subprocess.run(
            container["command"],
            cwd=volume,
            env={**there, "PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": str(TESTS.parent)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def run_job(folder: Path, settings: dict[str, str], path: Path) -> None:
    for index in range(job()["spec"]["completions"]):
        run_pod(index, folder, settings, path)


def test_the_job_is_one_that_the_server_takes(engine: Engine) -> None:
    """Every field is one of its kind, and there is a shard for each index."""
    manifest = job()
    namespace = manifest["metadata"]["namespace"]
    engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs?fieldValidation=Strict"
    stored = engine.a.call("POST", path, manifest)
    assert stored["metadata"]["name"].startswith("krmfn-render-")
    spec = stored["spec"]
    assert (spec["completionMode"], spec["completions"]) == ("Indexed", 8)
    for container in (*spec["template"]["spec"]["initContainers"], *spec["template"]["spec"]["containers"]):
        assert {"name": "SHARDS", "value": str(spec["completions"])} in container["env"]
    engine.a.delete(JOB, namespace, stored["metadata"]["name"])


def tell_flux(engine: Engine, oci: Registry) -> None:
    """What the operator tells Flux of each tenant, with the address of the registry that there is."""
    text = (RECIPE / "tenant.yaml").read_text(encoding="utf-8")
    for name in NAMES:
        engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"tenant-{name}"}})
        for manifest in yaml.load_all(text.replace("TENANT", name)):
            spec: dict[str, Any] = manifest["spec"]
            if "url" in spec:
                spec |= {"url": spec["url"].replace("registry.example.org", oci.address), "insecure": True}
            engine.a.apply(manifest)


def applied(engine: Engine) -> dict[str, str]:
    """The revision that each tenant's Kustomization has applied; nothing of one that is not Ready."""
    found = {each["metadata"]["name"]: each for each in engine.a.all(KUSTOMIZATION, flux.NAMESPACE)}
    return {
        name: found[name]["status"].get("lastAppliedRevision", "")
        for name in NAMES
        if name in found and flux.is_ready(found[name])
    }


def ask_all(engine: Engine) -> None:
    """Has Flux look at every artifact anew, and waits until it has."""
    now = str(time.time())
    for name in NAMES:
        change = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": now}}}
        engine.a.patch(OCI_REPOSITORY, flux.NAMESPACE, name, change)

    def looked() -> bool:
        sources = {each["metadata"]["name"]: each for each in engine.a.all(OCI_REPOSITORY, flux.NAMESPACE)}
        return all(sources[name]["status"].get("lastHandledReconcileAt") == now for name in NAMES)

    engine.wait_for("Flux to look at every artifact", lambda: looked() or None, PATIENCE)


def test_a_commit_to_one_tenant_moves_one_kustomization(
    engine: Engine, oci: Registry, fleet: Repository, tmp_path: Path
) -> None:
    """The pods' commands run as they stand, for each index; of all Kustomizations one is at a new revision."""
    path = programs(tmp_path / "bin")
    settings = {"FLEET": fleet.url, "REGISTRY": f"{oci.address}/fleet", "SINCE": ""}
    first = fleet.push("nothing more")
    began = time.monotonic()
    run_job(tmp_path / "whole", settings, path)
    engine.figures[f"{TENANTS} tenants rendered and pushed, 8 shards one after the other"] = (
        f"{time.monotonic() - began:.0f} s"
    )
    rendered = {
        folder.name for each in (tmp_path / "whole").iterdir() for folder in (each / "rendered/tenants").glob("*")
    }
    assert rendered == {*NAMES}

    began = time.monotonic()
    tell_flux(engine, oci)
    engine.wait_for(
        "every tenant's Kustomization to be Ready",
        lambda: len(applied(engine)) == TENANTS or None,
        PATIENCE,
        seen=lambda: f"{len(applied(engine))} of {TENANTS}",
    )
    engine.figures[f"{TENANTS} Kustomizations of their own Ready"] = f"{time.monotonic() - began:.0f} s"
    before = applied(engine)

    # The same again is the same artifacts, whatever the commit.
    run_pod(0, tmp_path / "again", settings, path)
    ask_all(engine)
    assert applied(engine) == before

    file = fleet.work / f"tenants/{CHANGED}/declared/cache.yaml"
    file.write_text(CACHE.format(CHANGED, 3), encoding="utf-8")
    fleet.push("one replica more")
    began = time.monotonic()
    run_job(tmp_path / "one", {**settings, "SINCE": first}, path)
    taken = time.monotonic() - began
    engine.figures["a commit to one, rendered and pushed, 8 shards one after the other"] = f"{taken:.0f} s"
    began = time.monotonic()
    ask_all(engine)
    engine.wait_for(
        f"the Kustomization of {CHANGED} to move",
        lambda: applied(engine).get(CHANGED) not in {None, before[CHANGED]} or None,
        PATIENCE,
    )
    engine.figures["its Kustomization Ready"] = f"{time.monotonic() - began:.0f} s"
    after = applied(engine)
    assert {name for name in NAMES if after.get(name) != before[name]} == {CHANGED}
    release = engine.a.get(HELM_RELEASE, f"tenant-{CHANGED}", "redis-cache")
    assert release
    assert release["spec"]["values"] == {"replicas": 3}
