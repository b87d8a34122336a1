"""Charts of apps from checkouts, rendered by Helm: their pods, and all that a value of theirs can change.

KRMFN_CHARTS is a folder with a chart, or a link to one, under each name: those of the catalog's `onCluster`, and those
that they depend on. Nothing of them is in this repository.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import yaml
from tests.chart_values import cluster_chart
from tests.tools.interpreters import interpreter
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHARTS = Path(os.environ["KRMFN_CHARTS"]) if os.environ.get("KRMFN_CHARTS") else None
NAMESPACE = "tenant-app"
TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet")
SPAWNER = Path(__file__).with_name("spawned.py")


class Pod(NamedTuple):
    """What makes it, and what it is made from."""

    maker: str
    template: Mapping[str, Any]


def folder_of(chart: str) -> Path:
    """A chart of the folder that KRMFN_CHARTS names."""
    assert CHARTS is not None
    folder = (CHARTS / chart).resolve()
    assert (folder / "Chart.yaml").is_file(), f"{folder} is no chart; KRMFN_CHARTS is {CHARTS}"
    return folder


def version_of(folder: Path) -> str:
    """Its version; that of Zero to JupyterHub is in a file of its publisher's tool, beside the chart."""
    version: str = yaml.load((folder / "Chart.yaml").read_bytes())["version"]
    if version.endswith("set.by.chartpress"):
        version = yaml.load((folder.parent / "chartpress.yaml").read_bytes())["charts"][0]["baseVersion"]
    return version


def prepared(chart: str, values: Mapping[str, Any], scratch: Path) -> Path:
    """A copy that Helm renders without fetching anything.

    What it depends on is taken from the same folder, or left out where its values switch it off, which is what Helm
    does with it; a schema that its publisher turns into JSON is turned.
    """
    copy = scratch / chart
    shutil.copytree(folder_of(chart), copy)
    (copy / "Chart.lock").unlink(missing_ok=True)
    about = yaml.load((copy / "Chart.yaml").read_bytes())
    defaults = yaml.load((copy / "values.yaml").read_bytes())
    kept = []
    for dependency in about.pop("dependencies", ()):
        name = dependency["name"]
        if CHARTS and (CHARTS / name).is_dir():
            shutil.copytree(folder_of(name), copy / "charts" / name)
            kept.append(dependency)
        else:
            wanted = at(values, dependency["condition"], at(defaults, dependency["condition"]))
            assert wanted is False, f"{chart} asks for the chart {name}, which is not in {CHARTS}"
    (copy / "Chart.yaml").write_text(yaml.dump({**about, "dependencies": kept}), encoding="utf-8")
    schema = copy / "values.schema.yaml"
    if schema.is_file():
        (copy / "values.schema.json").write_text(json.dumps(yaml.load(schema.read_bytes())), encoding="utf-8")
    return copy


def rendered(kind: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every object of the kind's chart, hooks included and `helm test` not.

    Raises:
        CalledProcessError: the chart refuses the values.
    """
    with tempfile.TemporaryDirectory() as scratch:
        chart = prepared(cluster_chart(kind).chart, values, Path(scratch))
        file = Path(scratch, "values.json")
        file.write_text(json.dumps(values), encoding="utf-8")
        where = ("--namespace", NAMESPACE, "--kube-version", "1.34.0", "--skip-tests")
        command: list[str | Path] = [program("helm"), "template", "app", chart, *where, "--values", file]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [each for each in yaml.load_all(done.stdout) if each]


def notebook(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """What the hub makes of its ConfigMap and Secret: KubeSpawner's own pod for a user, and its database."""
    [config] = [each["data"] for each in objects if (each["kind"], each["metadata"]["name"]) == ("ConfigMap", "hub")]
    [secret] = [each["data"] for each in objects if (each["kind"], each["metadata"]["name"]) == ("Secret", "hub")]
    asked = {
        "source": str(folder_of("jupyterhub") / "files/hub"),
        "config": config,
        "secret": {key: base64.b64decode(value).decode() for key, value in secret.items()},
    }
    command = [interpreter("kubespawner"), SPAWNER]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def pods(kind: str, objects: list[dict[str, Any]]) -> Iterator[Pod]:
    """What every pod of the app is made from, notebooks included."""
    for each in objects:
        maker = f"{each['kind']}/{each['metadata']['name']}"
        if each["kind"] == "Pod":
            yield Pod(maker, each)
        elif each["kind"] in TEMPLATES:
            yield Pod(maker, each["spec"]["template"])
        elif each["kind"] == "CronJob":
            yield Pod(maker, each["spec"]["jobTemplate"]["spec"]["template"])
    if kind == "JupyterHub":
        yield Pod("KubeSpawner/notebook", notebook(objects)["pod"])


def effects(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """All that the values can change, by place: not what differs from one rendering to the next, as a made-up password.

    The hub's Secret repeats all of the values, so there what the hub makes of them counts.
    """
    first, second = (dict(_leaves(_effective(kind, values), "")) for _ in range(2))
    return {place: value for place, value in first.items() if second.get(place) == value}


def _effective(kind: str, values: Mapping[str, Any]) -> Any:
    objects = rendered(kind, values)
    told = {f"{each['kind']}/{each['metadata']['name']}": each for each in objects}
    if kind == "JupyterHub":
        told["notebook"] = notebook(objects)
        told["Secret/hub"] = {**told["Secret/hub"], "data": {**told["Secret/hub"]["data"], "values.yaml": ""}}
    return told


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{place}/{key}")
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from _leaves(each, f"{place}/{index}")
    else:
        yield place, value


def at(values: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """The value at a path of keys."""
    here: Any = values
    for key in path.split("."):
        if not isinstance(here, dict) or key not in here:
            return default
        here = here[key]
    return here


@cache
def admission() -> Path:
    """The program that asks Kubernetes' own Pod Security."""
    return program("pod-security-judge")


def refused(found: list[Pod], level: str = "restricted") -> dict[str, str]:
    """The pods that Pod Security does not admit at the level, and why."""
    assert found
    asked = {"level": level, "pods": [{"spec": pod.template["spec"]} for pod in found]}
    done = subprocess.run([admission()], input=json.dumps(asked), capture_output=True, text=True, check=True)
    verdicts = json.loads(done.stdout)
    return {
        pod.maker: verdict["detail"] for pod, verdict in zip(found, verdicts, strict=True) if not verdict["allowed"]
    }
