"""Values that match their schema but that the platform's charts refuse: fields that are missing or contradict others.

The rules are from the templates of https://github.com/cozystack/cozystack at v1.6.2, packages/apps and packages/extra.
Values that break one fail the render, or create an object that its operator refuses. tests/platform/refusals.yaml has
a line for each place at which a template can fail; docs/decisions/052-what-charts-refuse.md lists the places that
krmfn does not check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.topology.checks.chartrules import clusters, databases, modules, storage
from krmfn.topology.checks.chartrules.broken import Broken, Steps, mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Broken", "broken_rules", "nested_resources"]


FLAT = frozenset(
    {
        *("ClickHouse", "Etcd", "FoundationDB", "HTTPCache", "Harbor", "Ingress", "Kafka", "Kubernetes", "MariaDB"),
        *("MongoDB", "NATS", "OpenBAO", "OpenSearch", "Postgres", "Qdrant", "RabbitMQ", "Redis", "SeaweedFS"),
        *("TCPBalancer", "VPN"),
    }
)
"""Kinds whose charts take `resources` as one map of limits, and compute the requests."""
OTHERWISE = ("nodeGroups", "valuesOverride")
"""Fields below which `resources` belongs to a machine, or to an addon's own chart."""


def broken_rules(kind: str, values: Mapping[str, Any]) -> Iterator[Broken]:
    """What the kind's chart would refuse, for values with the types of its schema."""
    if kind in _RULES:
        yield from _RULES[kind](values)


def nested_resources(kind: str, values: Mapping[str, Any]) -> Iterator[Broken]:
    """Limits and requests where the chart takes none. No schema allows them, so they are in misfits only."""
    if kind in FLAT:
        yield from _nested_resources(values, ())


def _nested_resources(values: Mapping[str, Any], steps: Steps) -> Iterator[Broken]:
    for key, inner in values.items():
        if isinstance(inner, dict) and key not in OTHERWISE:
            for part in ("limits", "requests") if key == "resources" else ():
                if part in inner:
                    message = f"must not be there: write cpu and memory directly under resources, without {part}"
                    yield Broken((*steps, key, part), message)
            yield from _nested_resources(inner, (*steps, key))


def _vm_instance(values: Mapping[str, Any]) -> Iterator[Broken]:
    resources = mapping(values, "resources")
    if values.get("instanceType", True) in ("", None):
        missing = [field for field in ("cpu", "sockets", "memory") if not resources.get(field)]
        if missing:
            message = f"must name an instance type like u1.medium, or set in resources also {', '.join(missing)}"
            yield Broken(("instanceType",), message)


_RULES: dict[str, Callable[[Mapping[str, Any]], Iterator[Broken]]] = {
    "ClickHouse": databases.clickhouse,
    "ExternalDNS": modules.external_dns,
    "FoundationDB": databases.foundationdb,
    "Ingress": modules.ingress,
    "Kubernetes": clusters.kubernetes,
    "KubernetesNodes": lambda values: clusters.node_group(values, ()),
    "MariaDB": databases.mariadb,
    "MongoDB": databases.mongodb,
    "Monitoring": modules.monitoring,
    "OpenSearch": databases.opensearch,
    "Postgres": databases.postgres,
    "SeaweedFS": storage.seaweedfs,
    "VMDisk": storage.vm_disk,
    "VMInstance": _vm_instance,
}
