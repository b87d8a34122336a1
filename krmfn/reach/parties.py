"""Parties: whom a name stands for, as values: the pods of an app, the nodes of a cluster, addresses, the platform."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from krmfn.catalog import join
from krmfn.reach.baseline import namespace_labels
from krmfn.reach.endpoints import (
    ANYBODY,
    API_SERVER,
    HOST,
    NAMESPACE,
    NAMESPACE_LABELS,
    REMOTE_NODE,
    WORLD,
    Endpoint,
    entity,
    outside,
)
from krmfn.topology.checks.addresses import PRIVATE
from krmfn.topology.model import peers
from krmfn.topology.model.peers import APPLICATION_GROUP, APPLICATION_KIND, APPLICATION_NAME, GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from krmfn.catalog import Kind
    from krmfn.catalog.platformpolicies import PlatformPolicies
    from krmfn.declarations import Network
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

CLUSTER, CONTROL_PLANE, SPACE = "Kubernetes", "KamajiControlPlane", "Namespace"
"""Kinds in the names of parties: a cluster's nodes, its control plane, and all pods of a namespace."""
DNS_WORD = "dns"
WORDS = (WORLD, DNS_WORD, API_SERVER, HOST)
"""Names that stand for no object."""
OTHERS, CHILDREN = "other-tenants", "child-tenants"
STRANGER, CHILD = "tenant-?", "?"
"""In the place of names that nobody declares here; no namespace is called so."""


class Pods(NamedTuple):
    """Pods that a name stands for, or others of the management cluster, and the ports that they alone serve."""

    endpoint: Endpoint
    serves: frozenset[tuple[str, int]] = frozenset()


class Offer(NamedTuple):
    """A port of Services: what a client asks for by name, and the port of the pods behind it."""

    protocol: str
    port: int
    target: int
    hosts: tuple[str, ...]


class Party(NamedTuple):
    """Whom one name stands for.

    Attributes:
        name: as it is asked for inside its namespace.
        namespace: the tenant's namespace; empty for what belongs to no tenant.
        pods: on the management cluster; several if the name stands for pods that policies tell apart.
        offers: ports of its Services.
        cluster: the cluster whose nodes it is, or on which it runs.
        inside: its namespace inside that cluster; empty for what runs on the management cluster.
        within: the pods inside that cluster.
        members: the name of one of its pods, if clients are sent on to pods by name.
        network: addresses outside.
        release: the name of its release; empty if it is no app.
        unknown: why krmfn cannot say where it is; empty if it can.
    """

    name: str
    namespace: str = ""
    pods: tuple[Pods, ...] = ()
    offers: tuple[Offer, ...] = ()
    cluster: Cluster | None = None
    inside: str = ""
    within: Endpoint | None = None
    members: str = ""
    network: IPv4Network | IPv6Network | None = None
    release: str = ""
    unknown: str = ""

    @property
    def full_name(self) -> str:
        """As it is asked for from another namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def name_in(self, namespace: str) -> str:
        """As it is asked for by somebody of a namespace."""
        return self.name if self.namespace == namespace else self.full_name


def nodes(cluster: Cluster) -> Party:
    """The nodes of a cluster; those of an existing cluster are not on the management cluster, as far as anyone says."""
    unknown = "" if cluster.managed else f"krmfn does not know where the nodes of {cluster.owner} run"
    labels = {
        **dict(peers.nodes(cluster.release).labels),
        "cluster.x-k8s.io/role": "worker",
        **_lineage(CLUSTER, cluster.owner.partition("/")[2]),
    }
    endpoint = Endpoint(
        labels={**labels, **namespace_labels(cluster.namespace)},
        is_open=True,
        settled=frozenset({peers.CONTROL_PLANE_NAME}),
        foreign=NOT_NODES,
    )
    pods = (Pods(endpoint),) if cluster.managed else ()
    return Party(cluster.owner, cluster.namespace, pods, cluster=cluster, unknown=unknown)


NOT_NODES = frozenset(
    {
        ("k8s-app", "kube-dns"),
        ("policy.cozystack.io/allow-to-apiserver", "true"),
        ("policy.cozystack.io/allow-to-etcd", "true"),
        *peers.VMINSERT.labels,
        *peers.VLINSERT.labels,
        *peers.INGRESS.labels,
        *peers.NFS_SERVER.labels,
        ("app.kubernetes.io/name", "vmagent"),
        ("app.kubernetes.io/instance", "etcd"),
        ("cozystack.io/service", "etcd"),
    }
)
"""Labels that the platform does not put on the pods of nodes."""


def control_plane(cluster: Cluster) -> Party:
    """The pods of a cluster's control plane, as Kamaji makes them on the management cluster."""
    labels = {
        peers.CONTROL_PLANE_NAME: cluster.release,
        "kamaji.clastix.io/component": "deployment",
        "policy.cozystack.io/allow-to-etcd": "true",
        **_lineage(CLUSTER, cluster.owner.partition("/")[2]),
    }
    endpoint = Endpoint(
        labels={**labels, **namespace_labels(cluster.namespace)},
        is_open=True,
        settled=frozenset({peers.CLUSTER_NAME, "kubevirt.io"}),
        foreign=NOT_NODES,
    )
    name = f"{CONTROL_PLANE}/{cluster.release}"
    return Party(name, cluster.namespace, (Pods(endpoint, frozenset(peers.CONTROL_PLANE_PORTS)),))


class Management(NamedTuple):
    """What is known of the management cluster: the platform's policies, and its addresses."""

    platform: PlatformPolicies
    network: Network


def app(owner: str, namespace: str, release: str, kind: Kind | None, there: Management) -> Party:
    """The pods of an app on the management cluster. Of another chart than a shipped one, few labels are known."""
    kind_name, _, name = owner.partition("/")
    known, platform = kind is not None and not kind.replaced, there.platform
    base = Endpoint(
        labels={**_lineage(kind_name, name), **namespace_labels(namespace)},
        unsure=platform.unsure,
        is_open=True,
        settled=platform.controllers - ({"kubevirt.io"} if kind_name == "VMInstance" else set()),
        foreign=platform.own if known else frozenset(),
    )
    return Party(
        owner,
        namespace,
        tuple(_pods(owner, base, kind, platform)),
        tuple(_offers(namespace, release, name, kind, there.network)) if kind else (),
        members=_member(namespace, release, name, kind, there.network) if kind else "",
        release=release,
    )


def _pods(owner: str, base: Endpoint, kind: Kind | None, platform: PlatformPolicies) -> Iterator[Pods]:
    """The pods of an app, those that serve a port alone first; the last are all others, if there are others."""
    own: list[Mapping[str, str]] = []
    modules = platform.modules.get(owner, ())
    for module in modules:
        own.append(module.labels)
        yield Pods(_labelled(base, module.labels), frozenset(("TCP", port) for port in module.ports))
    if any(not module.ports for module in modules):
        return
    served: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for service in kind.services if kind else ():
        for port in service.ports:
            if any(port.pods):
                served.setdefault(port.pods, set()).add((port.protocol, port.target_port))
    for label, ports in served.items():
        own.append(dict([label]))
        yield Pods(_labelled(base, dict([label])), frozenset(ports))
    foreign = base.foreign | {pair for labels in own for pair in labels.items()}
    yield Pods(base._replace(foreign=foreign))


def _labelled(base: Endpoint, labels: Mapping[str, str]) -> Endpoint:
    return base._replace(labels={**base.labels, **labels})


def _offers(namespace: str, release: str, name: str, kind: Kind, network: Network) -> Iterator[Offer]:
    """The ports of the kind's Services, each with the names of those that have it."""
    domain = f"{namespace}.svc.{network.cluster_domain}"
    hosts: dict[tuple[str, int, int], list[str]] = {}
    for service in kind.services:
        host = f"{join(service.name, release=release, name=name)}.{domain}"
        for port in service.ports:
            hosts.setdefault((port.protocol, port.port, port.target_port), []).append(host)
    for (protocol, port_number, target), names in hosts.items():
        yield Offer(protocol, port_number, target, tuple(names))


def _member(namespace: str, release: str, name: str, kind: Kind, network: Network) -> str:
    """A name that a pod of the kind has for clients; empty if clients get none."""
    service = kind.members.service if kind.members else ()
    host = join(service, release=release, name=name)
    return f"{release}-0.{host}.{namespace}.svc.{network.cluster_domain}" if host else ""


def placed(release: Release, cluster: Cluster) -> Party:
    """An app on a cluster: pods there, of which only the namespace is known."""
    inside = release.remote.target_namespace if release.remote else ""
    within = inside_pods(inside)
    return Party(release.owner, release.namespace, cluster=cluster, inside=inside, within=within, release=release.name)


def pods_of(namespace: str, name: str = "") -> Party:
    """Every pod of a namespace, whatever its labels are."""
    endpoint = Endpoint(labels=namespace_labels(namespace), is_open=True)
    return Party(name or f"{SPACE}/{namespace}", pods=(Pods(endpoint),))


def word(name: str, network: Network) -> Party:
    """The internet, DNS, the API servers or the nodes of the management cluster."""
    if name == DNS_WORD:
        labels = {**dict(peers.DNS.labels), "k8s-app": "kube-dns", **namespace_labels(peers.DNS_NAMESPACE)}
        served = frozenset(peers.DNS_PORTS)
        return Party(name, pods=(Pods(Endpoint(labels=labels, is_open=True), served),))
    if name == WORLD:
        return Party(name, pods=(Pods(outside()),))
    node = entity(REMOTE_NODE, API_SERVER)
    if name == HOST:
        return Party(name, pods=(Pods(entity(HOST)), Pods(entity(REMOTE_NODE)), Pods(node)))
    # On nodes, on none, or behind an address that Cilium takes for the internet.
    said = network.api_server_addresses
    addresses = [outside(ip_network(each, strict=False)) for each in said or ()] if said is not None else [outside()]
    servers = (node, entity(WORLD, API_SERVER), *addresses)
    return Party(name, pods=tuple(map(Pods, servers)))


def address(written: str, network: IPv4Network | IPv6Network, told: Network) -> Party:
    """Addresses: outside, unless they may be those of pods, Services or nodes, which policies know by their labels."""
    own = [ip_network(each, strict=False) for each in (*told.service_cidrs, *told.pod_cidrs, *told.node_cidrs)]
    is_complete = bool(told.service_cidrs and told.pod_cidrs and told.node_cidrs)
    may_be_inside = own if is_complete else [*own, *map(ip_network, PRIVATE)]
    if any(each.version == network.version and each.overlaps(network) for each in may_be_inside):
        why = "may be an address of the management cluster, where policies know pods by their labels; ask by name"
        return Party(written, pods=(Pods(ANYBODY),), network=network, unknown=f"{written} {why}")
    return Party(written, pods=(Pods(outside(network)),), network=network)


@cache
def private_addresses(told: tuple[str, ...], names: tuple[str, ...] = ()) -> tuple[Endpoint, ...]:
    """Addresses of the management cluster as a cluster of a tenant sees them: outside, and in a private range."""
    ranges = told or tuple(each for each in PRIVATE if ":" not in each)
    return tuple(outside(ip_network(each, strict=False), names=names) for each in ranges)


def _lineage(kind: str, name: str) -> dict[str, str]:
    return {APPLICATION_GROUP: GROUP, APPLICATION_KIND: kind, APPLICATION_NAME: name}


def inside_pods(namespace: str, labels: Mapping[str, str] | None = None) -> Endpoint:
    """The pods of a namespace inside a cluster."""
    own = {NAMESPACE: namespace, f"{NAMESPACE_LABELS}kubernetes.io/metadata.name": namespace}
    return Endpoint(labels={**own, **(labels or {})}, is_open=True)


def inside_words(name: str, cluster: Cluster) -> tuple[Pods, ...]:
    """DNS, the nodes or the API server of a cluster, as its own pods see them."""
    if name == DNS_WORD:
        return (Pods(inside_pods(peers.DNS_NAMESPACE, {"k8s-app": "kube-dns"}), frozenset(peers.DNS_PORTS)),)
    if name == HOST:
        return Pods(entity(HOST)), Pods(entity(REMOTE_NODE))
    # Its control plane runs somewhere else, at an address of the management cluster if the platform runs it.
    servers = frozenset({WORLD, API_SERVER})
    found = [each._replace(entities=servers) for each in private_addresses(cluster.api_server_addresses)]
    anywhere = [] if cluster.managed or cluster.api_server_addresses else [entity(WORLD, API_SERVER)]
    return tuple(map(Pods, (*found, *anywhere)))
