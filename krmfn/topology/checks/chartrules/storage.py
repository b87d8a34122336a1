"""What the charts of object storage and of disks refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules.broken import Broken, Steps, emptied, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DISK_TYPE = re.compile("[a-z0-9]+")
POOL = re.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?")
RESERVED = ("-lock", "-readonly")
"""Suffixes that the chart uses for objects of its own."""
REPLICATION_FACTOR = 2
"""The chart's default."""


def seaweedfs(values: Mapping[str, Any]) -> Iterator[Broken]:
    topology, volume = values.get("topology", "Simple"), mapping(values, "volume")
    pools, zones = mapping(volume, "pools"), mapping(volume, "zones")
    own = volume.get("diskType")
    if isinstance(own, str) and own and not DISK_TYPE.fullmatch(own):
        yield Broken(("volume", "diskType"), "must have only lowercase letters and digits, like ssd")
    disks: dict[str, str] = {}
    yield from _pools(pools, ("volume", "pools"), own, disks)
    if topology == "Client":
        if not mapping(values, "filer").get("grpcHost"):
            yield Broken(("filer", "grpcHost"), "is required with topology Client: the host of the filer that it uses")
        if pools:
            yield Broken(("volume", "pools"), "cannot be set with topology Client, which stores nothing; remove it")
    elif topology == "MultiZone":
        if pools:
            message = "cannot be set with topology MultiZone; move it to volume.zones.<zone>.pools"
            yield Broken(("volume", "pools"), message)
        for zone, inner in zones.items():
            steps = ("volume", "zones", zone, "pools")
            yield from _pools(mapping(inner, "pools"), steps, own, disks)
            for pool in mapping(inner, "pools"):
                if f"{zone}-{pool}" in zones:
                    yield Broken(
                        (*steps, pool), f"cannot have this name, because there is a zone {zone}-{pool}; rename it"
                    )
    yield from _replicas(values, zones if topology == "MultiZone" else None)


def _replicas(values: Mapping[str, Any], zones: Mapping[str, Any] | None) -> Iterator[Broken]:
    factor = values.get("replicationFactor", REPLICATION_FACTOR)
    if type(factor) is int and factor < 1:
        yield Broken(("replicationFactor",), "must be at least 1")
    if zones is not None and not zones:
        yield Broken(("volume", "zones"), "is required with topology MultiZone: an entry for each zone")
    elif zones is not None and type(factor) is int and factor > len(zones):
        message = f"must be at most the number of zones in volume.zones, {len(zones)}; lower it, or add zones"
        yield Broken(("replicationFactor",), message)


def _pools(pools: Mapping[str, Any], steps: Steps, own: Any, disks: dict[str, str]) -> Iterator[Broken]:
    """Errors in pools; `disks` has the disk types of pools in other zones, and gets those of these pools as well."""
    for name, pool in pools.items():
        if not POOL.fullmatch(name):
            yield Broken((*steps, name), "must have only lowercase letters, digits and dashes inside; rename it")
        if name.endswith(RESERVED):
            yield Broken((*steps, name), "must not end with -lock or -readonly; rename it")
        disk = mapping(pool).get("diskType")
        if disk == "":
            yield Broken((*steps, name, "diskType"), "must not be empty: a type of disk, like ssd")
        elif isinstance(disk, str) and not DISK_TYPE.fullmatch(disk):
            yield Broken((*steps, name, "diskType"), "must have only lowercase letters and digits, like ssd")
        elif isinstance(disk, str) and disk == own:
            yield Broken((*steps, name, "diskType"), "must differ from volume.diskType")
        elif isinstance(disk, str) and disks.setdefault(name, disk) != disk:
            yield Broken((*steps, name, "diskType"), f"must be the same in every zone that has a pool {name}")


def vm_disk(values: Mapping[str, Any]) -> Iterator[Broken]:
    source = mapping(values, "source")
    if len(source) > 1:
        yield Broken(("source",), f"must have one of {', '.join(sorted(source))}, not several")
        return
    for kind, field in (("image", "name"), ("http", "url"), ("disk", "name")):
        if emptied(mapping(source, kind), field):
            yield Broken(("source", kind, field), "must not be empty")
