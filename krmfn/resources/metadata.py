"""Metadata that generated objects have, whatever their kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import FENCES, OWNER, PRUNE, SUBSTITUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.topology.model.fences import Fence


def metadata(
    name: str, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str], *, prune: bool
) -> dict[str, Any]:
    """Metadata in manifest order; without `prune` Flux leaves the object when it leaves Git (R8).

    The owner is among the annotations, under `OWNER`.
    """
    marks = {**annotations, **({} if prune else {PRUNE: "disabled"})}
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **({"labels": dict(sorted(labels.items()))} if labels else {}),
        "annotations": dict(sorted(marks.items())),
    }


def fence_metadata(fence: Fence) -> dict[str, Any]:
    """Metadata of what fences a cluster from outside; substitution has nothing to do in it (R6)."""
    return metadata(
        fence.name,
        fence.namespace,
        {FENCES: fence.release},
        {OWNER: fence.owner, SUBSTITUTE: "disabled"},
        prune=fence.prune,
    )
