"""What the nodes of a cluster may reach, read from the declarations alone: none of krmfn's own decisions is asked.

Ports are the platform's (docs/platform.md#managed-services), written down once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource, ResourceList

Ports = frozenset[tuple[str, int]]

CLIENT_PORTS: dict[str, tuple[tuple[int, str, int], ...]] = {
    "Postgres": ((5432, "TCP", 5432),),
    "MariaDB": ((3306, "TCP", 3306),),
    "Redis": ((6379, "TCP", 6379), (26379, "TCP", 26379)),
    "Kafka": ((9092, "TCP", 9092), (9093, "TCP", 9093)),
    "RabbitMQ": ((5672, "TCP", 5672),),
    "NATS": ((4222, "TCP", 4222),),
    "MongoDB": ((27017, "TCP", 27017),),
    "ClickHouse": ((8123, "TCP", 8123), (9000, "TCP", 9000)),
    "OpenSearch": ((9200, "TCP", 9200), (5601, "TCP", 5601)),
    "Qdrant": ((6333, "TCP", 6333), (6334, "TCP", 6334)),
    "OpenBAO": ((8200, "TCP", 8200),),
    "FoundationDB": ((4501, "TCP", 4501),),
    "Harbor": ((80, "TCP", 8080),),
    "HTTPCache": ((80, "TCP", 8080),),
    "TCPBalancer": ((80, "TCP", 8080), (443, "TCP", 8443)),
    "SeaweedFS": ((8333, "TCP", 8333),),
    "Monitoring": ((3000, "TCP", 3000), (80, "TCP", 8080)),
    "VPN": ((40000, "TCP", 40000), (40000, "UDP", 40000)),
    "JupyterHub": ((80, "TCP", 8000),),
    "Litellm": ((4000, "TCP", 4000),),
    "VllmInference": ((8000, "TCP", 8000),),
    "ComfyUI": ((8188, "TCP", 8188),),
    "OpenWebUI": ((80, "TCP", 8080),),
}
"""The Service's port, the protocol and the pod's port; of other kinds no pod has a port for clients."""
WITH_A_VALUE = {("TCPBalancer", "kubernetesAndTalos"): ((6443, "TCP", 6443), (50000, "TCP", 50000))}
"""What a kind offers besides, where its declaration has a value."""
SERVING = {
    ("Harbor", 8080): {"component": "nginx"},
    ("Monitoring", 3000): {"app": "grafana"},
    ("Monitoring", 8080): {"app": "alerta"},
}
"""The pods of an app that serve a port of its clients, where others of its pods listen on it as well."""
SHIPPED: dict[str, dict[str, Any]] = {
    "standard": {"scope": "open"},
    "cluster-meshed": {"scope": "open"},
    "sandbox": {"scope": "declared"},
}
"""The egress of the profiles that krmfn ships."""


class Fenced(NamedTuple):
    """A cluster whose egress is scoped, and what was declared for it."""

    namespace: str
    release: str
    services: dict[tuple[str, str], Ports]
    internet: bool
    volumes: bool
    monitoring: bool
    ingress: bool
    addresses: tuple[str, ...]
    caches: tuple[str, ...] = ()
    """Addresses of a node-local DNS cache."""


def fenced(given: ResourceList) -> list[Fenced]:
    """The clusters with scoped egress whose nodes are on the management cluster."""
    config: Resource = given.function_config or {}
    spec: dict[str, Any] = (config.get("spec") or {}) if config.get("kind") == "ComputePlane" else {}
    default = config.get("metadata", {}).get("namespace", "")
    profiles = {name: dict(egress) for name, egress in SHIPPED.items()}
    own = [item for item in given.items if item.get("kind") == "IsolationProfile"]
    for item in sorted(own, key=lambda one: "extends" in one["spec"]):
        base = profiles.get(item["spec"].get("extends") or "", {})
        profiles[item["metadata"]["name"]] = base | (item["spec"].get("egress") or {})
    network = spec.get("network") or {}
    return [
        Fenced(
            namespace,
            "computeplane-cluster" if module else f"kubernetes-{name}",
            _services(given.items, spec, default, namespace, name),
            profiles[profile].get("internet") != "deny",
            profiles[profile].get("volumes") is True,
            profiles[profile].get("monitoring") is True,
            profiles[profile].get("ownIngress") is True,
            tuple(network.get("apiServerAddresses") or ()),
            tuple(network.get("nodeLocalDNS") or ()),
        )
        for namespace, name, profile, module in _clusters(given.items, spec, default)
        if profiles.get(profile, {}).get("scope") == "declared"
    ]


def _clusters(items: Iterable[Resource], spec: dict[str, Any], default: str) -> Iterator[tuple[str, str, str, bool]]:
    for item in items:
        if item.get("apiVersion") == "apps.cozystack.io/v1alpha1" and item.get("kind") == "Kubernetes":
            profile = (item.get("spec") or {}).get("isolationProfile", "standard")
            yield item["metadata"].get("namespace", default), item["metadata"]["name"], profile, False
    for entry in spec.get("clusters") or ():
        if "kubeConfig" not in entry:
            profile = entry.get("isolationProfile", "standard")
            yield entry.get("namespace", default), entry["name"], profile, entry.get("module", False)


def _services(
    items: Iterable[Resource], spec: dict[str, Any], default: str, namespace: str, cluster: str
) -> dict[tuple[str, str], Ports]:
    placements = [
        (item["metadata"].get("namespace", default), item["spec"])
        for item in items
        if item.get("apiVersion") == "krmfn.dev/v1alpha1" and item.get("kind") == "Placement"
    ]
    placements += [(entry.get("namespace", default), entry) for entry in spec.get("placements") or ()]
    declared = {
        (item["kind"], item["metadata"]["name"]): item.get("spec") or {}
        for item in items
        if item.get("apiVersion") == "apps.cozystack.io/v1alpha1" and item["metadata"].get("namespace") == namespace
    }
    declared |= {(each["kind"], each["name"]): each.get("values") or {} for each in spec.get("apps") or ()}
    reached: dict[tuple[str, str], Ports] = {}
    for where, said in placements:
        for connection in (said.get("connections") or ()) if (where, said["cluster"]) == (namespace, cluster) else ():
            to, wanted = connection["to"], connection.get("ports") or ()
            key = to["kind"], to["name"]
            offered = CLIENT_PORTS.get(to["kind"], ())
            for (kind, value), more in WITH_A_VALUE.items():
                offered += more if kind == to["kind"] and value in declared.get(key, {}) else ()
            ports = {(protocol, pod) for port, protocol, pod in offered if not wanted or port in wanted}
            if ports:
                reached[key] = reached.get(key, frozenset()) | ports
    return reached
