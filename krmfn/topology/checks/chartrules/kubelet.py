"""What the chart of clusters refuses in the memory and CPU that a node group reserves for the system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules.broken import Broken, Steps, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?)([eE][+-]?[0-9]+)?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?")
CPU = re.compile(r"([0-9]+)m|([0-9]+(?:\.[0-9]+)?)")
RESERVED = {
    "systemReservedMemory": (MEMORY, "a quantity of memory like 256Mi"),
    "kubeReservedMemory": (MEMORY, "a quantity of memory like 256Mi"),
    "systemReservedCpu": (CPU, "an amount of CPU like 100m or 0.5"),
    "kubeReservedCpu": (CPU, "an amount of CPU like 100m or 0.5"),
}


def reservations(group: Mapping[str, Any], steps: Steps) -> Iterator[Broken]:
    """What the chart refuses in `kubelet`. Instance types are not checked: only the cluster knows their sizes."""
    kubelet, resources = mapping(group, "kubelet"), mapping(group, "resources")
    if not kubelet and not resources:
        return
    place = (*steps, "kubelet")
    for field, written in kubelet.items():
        if field in RESERVED and isinstance(written, str) and written:
            pattern, like = RESERVED[field]
            amount = pattern.fullmatch(written)
            if not amount:
                yield Broken((*place, field), f"must be {like}")
            elif not (amount[1] or amount[2]).strip("0."):
                yield Broken((*place, field), f"must be more than 0: {like}")
    if kubelet.get("evictionHardMemory") or kubelet.get("evictionSoftMemory"):
        from krmfn.topology.checks.chartrules.nodesizes import thresholds  # noqa: PLC0415  (only for who sets them)

        yield from thresholds(kubelet, place, MEMORY)
    sized = bool(resources.get("cpu") and resources.get("memory")) or bool(group.get("instanceType", True))
    if not sized and any(kubelet.get(field) for field in (*RESERVED, "evictionHardMemory")):
        yield Broken(place, "needs a node of a known size; set instanceType, or resources.cpu and resources.memory")
    elif resources:
        from krmfn.topology.checks.chartrules.nodesizes import too_much  # noqa: PLC0415  (only for nodes of a given size)

        yield from too_much(kubelet, resources, place)
