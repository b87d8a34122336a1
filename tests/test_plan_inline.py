"""What `krmfn check --against` says to confirm, for declarations in a ComputePlane: doing it makes the step pass."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.declarations import NAMESPACE, plane

if TYPE_CHECKING:
    from tests.history import History

CHART = {"chartRef": {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "cozy-public"}}
HUB = {"kind": "JupyterHub", "chartRef": {"kind": "HelmChart", "name": "jupyterhub", "namespace": "cozy-public"}}
SPEC = {"protect": "data", "network": {"apiServerAddresses": []}, "objectsChart": CHART, "kinds": [HUB]}
LEGACY = {"name": "legacy", "isolationProfile": "sandbox", "kubeConfig": {"secretRef": {"name": "legacy-kubeconfig"}}}
LAB = {"name": "lab", "isolationProfile": "sandbox"}
STUDIO = {"cluster": "lab", "app": {"kind": "JupyterHub", "name": "studio", "values": {}}}
MAIN = {"kind": "Postgres", "name": "main", "values": {}}
STEPS = {
    "an existing cluster is removed": ({"clusters": [LEGACY]}, {}, "legacy", "its entry in spec.clusters"),
    "a cluster is removed": ({"clusters": [LAB]}, {}, "lab", "its entry in spec.clusters"),
    "an app is removed": ({"apps": [MAIN]}, {}, "main", "its entry in spec.apps"),
    "a placed app is removed": (
        {"clusters": [LAB], "placements": [STUDIO]},
        {"clusters": [LAB]},
        "studio",
        "its app, in its entry in spec.placements",
    ),
    "an app gets another chart": (
        {"apps": [MAIN], "kinds": [{"kind": "Postgres", "chartRef": {"kind": "OCIRepository", "name": "one"}}]},
        {"apps": [MAIN], "kinds": [{"kind": "Postgres", "chartRef": {"kind": "OCIRepository", "name": "two"}}]},
        "main",
        "its entry in spec.apps",
    ),
    "a cluster is loosened": (
        {"clusters": [LAB]},
        {"clusters": [{"name": "lab"}]},
        "sandbox->standard",
        "its entry in spec.clusters",
    ),
    "a placed app comes back": (
        {"protect": "clusters", "clusters": [LAB], "placements": [STUDIO]},
        {"protect": "clusters", "clusters": [LAB], "apps": [STUDIO["app"]]},
        "sandbox->ManagementPlane",
        "its app, in its entry in spec.placements",
    ),
}


@pytest.mark.parametrize(("before", "after", "word", "entry"), STEPS.values(), ids=STEPS)
def test_an_entry_is_confirmed_where_it_is_written(
    history: History, before: dict[str, Any], after: dict[str, Any], word: str, entry: str
) -> None:
    """An entry of a ComputePlane is no object that one can annotate: the refusal names the entry, and that passes."""
    history.commit({"plane.yaml": written(before)})
    history.commit({"plane.yaml": written(after)})
    refusal = history.check("--against", "HEAD~1")
    said = f"krmfn.dev/confirm-{'loosening' if '->' in word else 'deletion'}"
    assert refusal.returncode == 1
    (error,) = [line for line in refusal.stdout.splitlines() if line.startswith("error")]
    assert f'1. annotate {entry} of ComputePlane plane, under annotations, with {said}: "{word}"; 2. once ' in error
    assert "Put it back" in error or "Keep " in error
    confirming = deepcopy(before)
    field = entry.rpartition("spec.")[2]
    declared = confirming[field][0]["app"] if entry.startswith("its app") else confirming[field][0]
    declared["annotations"] = {said: word}
    history.commit({"plane.yaml": written(confirming)})
    assert history.check("--against", "HEAD~2").returncode == 0
    history.commit({"plane.yaml": written(after)})
    merged = history.check("--against", "HEAD~1")
    assert merged.returncode == 0, merged.stdout


def written(spec: dict[str, Any]) -> str:
    """The ComputePlane, with a spec of its own beside what all have."""
    return plane(json.dumps({**SPEC, **spec}), NAMESPACE)
