"""What krmfn gives the charts of the first consumer's apps, and the record of what was last judged with them."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from krmfn import function, yaml
from krmfn.catalog import Catalog, ClusterChart
from krmfn.resourcelist import ResourceList

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "kustomize/sandbox"
RECORD = Path(__file__).parent / "judges" / "judged.json"
"""Written by `KRMFN_CHARTS=… python -m tests.judges.test_cluster_charts`, which judges first."""
KINDS = ("JupyterHub", "N8n", "ComfyUI", "Langflow", "OpenWebUI")


def cluster_chart(kind: str) -> ClusterChart:
    """The chart that the catalog names for a kind."""
    found = Catalog.shipped().kind(kind)
    assert found is not None
    assert found.on_cluster is not None
    return found.on_cluster


@cache
def placed() -> dict[str, dict[str, Any]]:
    """The release of each app of kustomize/sandbox that runs on the cluster, by its kind."""
    items = [item for path in sorted(EXAMPLE.glob("tenants/**/*.yaml")) for item in yaml.load_all(path.read_bytes())]
    answer = function.run(ResourceList(tuple(items), yaml.load((EXAMPLE / "compute-plane.yaml").read_bytes())))
    found = {}
    for item in answer.items:
        owner = item["metadata"].get("annotations", {}).get("krmfn.dev/owner", "")
        if item["kind"] == "HelmRelease" and "kubeConfig" in item["spec"] and not owner.startswith("Kubernetes"):
            found[owner.partition("/")[0]] = item["spec"]
    return found


def credentials(kind: str) -> dict[str, str]:
    """A stand-in for each credential that Flux fills in, by the path where it arrives."""
    references = [each for each in placed()[kind].get("valuesFrom", ()) if each["kind"] == "Secret"]
    return {each["targetPath"]: f"credential{index}" for index, each in enumerate(references)}


def given(kind: str) -> dict[str, Any]:
    """The values that the app's chart gets on the cluster."""
    values: dict[str, Any] = copy.deepcopy(placed()[kind]["values"])
    for path, stand_in in credentials(kind).items():
        put(values, path.split("."), stand_in)
    return values


def put(values: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        values = values.setdefault(step, {})
    values[steps[-1]] = value


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {key: other.get(key, value) for key, value in {**other, **one}.items()}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            both[key] = merged(one[key], other[key])
    return both


def needed(kind: str) -> dict[str, Any]:
    """All that the catalog says that Pod Security needs of the kind's chart."""
    values: dict[str, Any] = {}
    for each in cluster_chart(kind).restricted:
        values = merged(values, each.values)
    return values


def record() -> dict[str, Any]:
    """What each app's chart is, and what krmfn gives it."""
    return {
        kind: {
            "chart": "{0.repository} {0.chart} {0.version}".format(cluster_chart(kind)),
            "values": placed()[kind]["values"],
            "credentials": sorted(credentials(kind)),
            "reads": sorted(each.path for each in cluster_chart(kind).credentials),
            "restricted": needed(kind),
        }
        for kind in KINDS
    }


def recorded() -> Any:
    """The same, when it was last judged."""
    return json.loads(RECORD.read_text(encoding="utf-8"))
