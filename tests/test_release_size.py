"""Sizes: what would not fit into the cluster's store is refused before Flux finds out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import function
from krmfn.resourcelist import ResourceList

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource

CHART = {"chartRef": {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "cozy-public"}}


def plane(apps: int) -> Resource:
    """A sandbox with that many apps on it."""
    placements: list[dict[str, Any]] = [
        {"cluster": "crowded", "app": {"kind": "ComfyUI", "name": f"studio-{i}", "values": {}}} for i in range(apps)
    ]
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "acme", "namespace": "tenant-acme"},
        "spec": {
            "objectsChart": CHART,
            # Of its own chart nothing is known that Pod Security would refuse.
            "kinds": [{"kind": "ComfyUI", "chartRef": {**CHART["chartRef"], "name": "studio"}}],
            "network": {"apiServerAddresses": []},
            "clusters": [{"name": "crowded", "isolationProfile": "sandbox"}],
            "placements": placements,
        },
    }


def test_a_boundary_that_does_not_fit_is_refused() -> None:
    """A thousand apps on one sandbox are an error at the cluster, with the number and the limit, and nothing else."""
    answer = function.run(ResourceList((), plane(1000)))
    [error] = [each for each in answer.results if each.severity == "error"]
    assert error.code == "release-too-large"
    assert error.field == "spec.clusters[0].name"
    assert "1500000" in error.message
    assert answer.items == ()


def test_a_hundred_apps_fit() -> None:
    """What people have is far below the limit."""
    answer = function.run(ResourceList((), plane(100)))
    assert not [each for each in answer.results if each.severity == "error"]
    assert answer.items
