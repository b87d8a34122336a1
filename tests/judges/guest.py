"""A cluster of tenant-acme from the inside: its pods, its nodes, and what it sees of the management cluster.

A managed service there is an address outside, with the Service's port, and the pods behind it are such addresses too.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.judges.acme import pods
from tests.judges.verdicts import Endpoint, World

SERVICES: dict[str, dict[str, tuple[int, ...]]] = {
    "Postgres": dict.fromkeys(("{}-rw", "{}-ro", "{}-r", "{}-external-write"), (5432,)),
    "Redis": {"rfrm-{}": (6379,), "rfrs-{}": (6379,), "rfs-{}": (26379,), "{}-external-lb": (6379,)},
    "Kafka": {"{}-kafka-bootstrap": (9092, 9093)},
    "MongoDB": dict.fromkeys(("{}-rs0", "{}-mongos", "{}-external"), (27017,)),
    "FoundationDB": {},
    "Bucket": {},
}
"""The Services of a kind and their ports (docs/platform.md#managed-services)."""
MADE_WITH: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("Postgres", "{}-external-write"): (("external",), "apps/postgres/templates/external-svc.yaml"),
    ("Redis", "{}-external-lb"): (("external",), "apps/redis/templates/service.yaml"),
    ("MongoDB", "{}-mongos"): (("sharding",), "apps/mongodb/templates/mongodb.yaml, spec.sharding.enabled"),
    ("MongoDB", "{}-external"): (("external", "sharding"), "apps/mongodb/templates/external-svc.yaml"),
}
"""Services that are made only where these values are true, and where the platform's charts say so: packages/ of v1.6.2.

Read there, and held against what the charts rendered (tests/judges/test_surroundings.py): krmfn's catalog is not asked.
"""
NAMED_MEMBERS = {"Kafka": "{}-kafka-brokers", "MongoDB": "{}-rs0"}
"""Headless Services whose pods say their own names to clients (docs/decisions/034-names-inside-a-cluster.md)."""
ADDRESSED_MEMBERS = {"Redis": 26379, "FoundationDB": 4501}
"""Kinds whose pods say their addresses, and the port through which a client is told."""
RUNNING = (
    *(("tenant-acme", "Postgres", "main"), ("tenant-acme", "Postgres", "other"), ("tenant-other", "Postgres", "main")),
    *(("tenant-acme", "Redis", "cache"), ("tenant-acme", "Redis", "plain"), ("tenant-acme", "Kafka", "events")),
    *(
        ("tenant-other", "Kafka", "events"),
        ("tenant-acme", "MongoDB", "docs"),
        ("tenant-acme", "FoundationDB", "graph"),
    ),
)
"""What the management cluster runs, whoever is connected to it."""


class Managed(NamedTuple):
    """An address of the management cluster; `told` are the Service's own ports, none where it is a pod behind one."""

    endpoint: Endpoint
    namespace: str
    kind: str
    name: str
    made_with: frozenset[str] = frozenset()
    told: tuple[int, ...] = ()


def managed(domain: str) -> Iterator[Managed]:
    """Every Service that runs there, and a pod behind each kind's."""
    number = 0
    for namespace, kind, name in RUNNING:
        release = f"{kind.lower()}-{name}"
        for template, told in SERVICES[kind].items():
            number += 1
            service = template.format(release)
            host = f"{service}.{namespace}.svc.{domain}"
            endpoint = Endpoint(f"Service {host}", "cidr", ip=f"10.96.1.{number}", names=(host,))
            made_with, _ = MADE_WITH.get((kind, template), ((), ""))
            yield Managed(endpoint, namespace, kind, name, frozenset(made_with), told)
        number += 1
        headless = f"{NAMED_MEMBERS[kind].format(release)}.{namespace}.svc.{domain}" if kind in NAMED_MEMBERS else ""
        names = (f"{release}-0.{headless}",) if headless else ()
        pod = Endpoint(f"pod of {namespace}'s {kind} {name}", "cidr", ip=f"10.244.1.{number}", names=names)
        yield Managed(pod, namespace, kind, name)


ADDONS = {"cozy-ingress-nginx": "ingress controller", "cozy-monitoring": "vmagent"}
DNS = "kube-dns"
ENVOY = "Cilium's Envoy"
STRANGER = "stranger"
"""A pod in a namespace that is no app's."""
SENDERS = ("cozy-ingress-nginx", "cozy-monitoring", "kube-system", "elsewhere")
INTERNET = (
    Endpoint("internet", "cidr", ip="93.184.215.14", names=("example.org",)),
    Endpoint("an address beside the management API's", "cidr", ip="203.0.113.11"),
    # Whoever serves this name is not the cluster's DNS.
    Endpoint("a name that only looks alike", "cidr", ip="93.184.215.15", names=("postgres-main-rw.tenant-acme.svc",)),
)
PRIVATE = tuple(
    Endpoint(f"{ip} outside", "cidr", ip=ip)
    for ip in (
        *("10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1"),
        # Where clouds tell a machine about itself (krmfn/catalog/closed-addresses.yaml).
        *("169.254.169.254", "169.254.20.10", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("fd00:ec2::254", "fd20:ce::254", "fe80::a9fe:a9fe", "2606:2800:21f:cb07::1"),
    )
)
NODES = (
    Endpoint("own node", "host"),
    Endpoint("other node", "remote-node"),
    Endpoint("health", "health"),
    Endpoint(ENVOY, "ingress"),
    Endpoint("pod that is starting", "init"),
    Endpoint("unmanaged pod", "unmanaged"),
)
MANAGEMENT_API = Endpoint("management API", "cidr", ip="203.0.113.10")
MANAGEMENT_KUBERNETES = Endpoint("kubernetes.default of management", "cidr", ip="10.96.0.1")


def app_pods(namespace: str) -> tuple[Endpoint, ...]:
    """An app's pod, and one that it started, which shares no label with it."""
    named = {f"{namespace}'s app": {"app": namespace}, f"{namespace}'s pod": {"component": "singleuser-server"}}
    return pods(namespace, named)


def guest(apps: tuple[str, ...], domain: str, api_server: str) -> World:
    """The cluster with these app namespaces, and its API server at that address; the subjects are all pods in it."""
    inside = (
        *(pod for namespace in apps for pod in app_pods(namespace)),
        *pods("kube-system", {DNS: {"k8s-app": "kube-dns"}, "metrics-server": {"k8s-app": "metrics-server"}}),
        *(pod for namespace, name in ADDONS.items() for pod in pods(namespace, {name: {"app": name}})),
        *pods("elsewhere", {STRANGER: {"k8s-app": "kube-dns"}}),
    )
    outside = (
        *INTERNET,
        *PRIVATE,
        *NODES,
        MANAGEMENT_API,
        MANAGEMENT_KUBERNETES,
        Endpoint("own API server", "kube-apiserver", ip=api_server),
        *(each.endpoint for each in managed(domain)),
    )
    namespaces = {name: {"kubernetes.io/metadata.name": name} for name in (*apps, "kube-system", *ADDONS, "elsewhere")}
    return World(namespaces, (*inside, *outside), (*(pod.name for pod in inside), ENVOY), dual_stack=True)
