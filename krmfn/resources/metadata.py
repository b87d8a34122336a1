"""Metadata of generated objects of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import CONFIRM_LOOSENING, FENCES, OWNER, PRUNE, SUBSTITUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.topology.model.fences import Fence


def metadata(
    name: str, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str], *, prune: bool
) -> dict[str, Any]:
    """Metadata in manifest order; without `prune`, Flux keeps the object when it is removed from Git (R8).

    `annotations` must contain the owner, under `OWNER`.
    """
    marks = {**annotations, **({} if prune else {PRUNE: "disabled"})}
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **({"labels": dict(sorted(labels.items()))} if labels else {}),
        "annotations": dict(sorted(marks.items())),
    }


def confirming(fence: Fence) -> dict[str, str]:
    """The mark with which the guards allow a fence's deletion, once its cluster has the looser profile."""
    return {CONFIRM_LOOSENING: fence.confirmation} if fence.confirmation else {}


def fence_metadata(fence: Fence) -> dict[str, Any]:
    """Metadata of an object that fences a cluster from outside; Flux's substitution skips it (R6)."""
    return metadata(
        fence.name,
        fence.namespace,
        {FENCES: fence.release},
        {OWNER: fence.owner, **confirming(fence), SUBSTITUTE: "disabled"},
        prune=fence.prune,
    )
