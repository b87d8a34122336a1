"""Parties: what a name stands for: the pods of an app, the nodes of a cluster, addresses, the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.baseline import namespace_labels
from krmfn.reach.endpoints import (
    API_SERVER,
    HOST,
    NAMESPACE,
    NAMESPACE_LABELS,
    WORLD,
    Endpoint,
)
from krmfn.topology.model import peers
from krmfn.topology.model.peers import APPLICATION_GROUP, APPLICATION_KIND, APPLICATION_NAME, GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

CLUSTER, CONTROL_PLANE, SPACE = "Kubernetes", "KamajiControlPlane", "Namespace"
"""Kinds in the names of parties: a cluster's nodes, its control plane, and all pods of a namespace."""
DNS_NAME = "dns"
WELL_KNOWN = (WORLD, DNS_NAME, API_SERVER, HOST)
"""Names of parties that are not declared objects."""
OTHERS, CHILDREN = "other-tenants", "child-tenants"
NEIGHBOURS = {OTHERS, CHILDREN}
STRANGER, CHILD = "tenant-?", "?"
"""Stands for names that nobody declares here; no namespace has this name."""


class Pods(NamedTuple):
    """Pods of a party, or other endpoints of the management cluster, and the ports that only they serve."""

    endpoint: Endpoint
    serves: frozenset[tuple[str, int]] = frozenset()


class Offer(NamedTuple):
    """A port of Services: the port that a client connects to, the port of the pods behind it, and their names."""

    protocol: str
    port: int
    target: int
    hosts: tuple[str, ...]
    name: str = ""


class Party(NamedTuple):
    """What one name stands for.

    Attributes:
        name: as written inside its namespace.
        namespace: the tenant's namespace; empty for what belongs to no tenant.
        pods: on the management cluster; several if the name stands for pods that policies tell apart.
        offers: ports of its Services.
        cluster: the cluster whose nodes it is, or on which it runs.
        inside: its namespace inside that cluster; empty for what runs on the management cluster.
        within: the pods inside that cluster.
        members: the name of one of its pods, if clients are sent on to pods by name.
        network: addresses outside.
        release: the name of its release; empty if it is not an app.
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
        """Its name as written from another namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def name_in(self, namespace: str) -> str:
        """Its name as written from a namespace."""
        return self.name if self.namespace == namespace else self.full_name


def lineage(kind: str, name: str) -> dict[str, str]:
    return {APPLICATION_GROUP: GROUP, APPLICATION_KIND: kind, APPLICATION_NAME: name}


def nodes(cluster: Cluster) -> Party:
    """The nodes of a cluster; those of an existing cluster are not on the management cluster, as far as anyone says."""
    unknown = "" if cluster.managed else f"krmfn does not know where the nodes of {cluster.owner} run"
    labels = {
        **dict(peers.nodes(cluster.release).labels),
        "cluster.x-k8s.io/role": "worker",
        **lineage(CLUSTER, cluster.owner.partition("/")[2]),
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
        **lineage(CLUSTER, cluster.owner.partition("/")[2]),
    }
    endpoint = Endpoint(
        labels={**labels, **namespace_labels(cluster.namespace)},
        is_open=True,
        settled=frozenset({peers.CLUSTER_NAME, "kubevirt.io"}),
        foreign=NOT_NODES,
    )
    name = f"{CONTROL_PLANE}/{cluster.release}"
    return Party(name, cluster.namespace, (Pods(endpoint, frozenset(peers.CONTROL_PLANE_PORTS)),))


def placed(release: Release, cluster: Cluster) -> Party:
    """An app on a cluster: pods there, of which only the namespace is known."""
    inside = release.remote.target_namespace if release.remote else ""
    within = inside_pods(inside)
    return Party(release.owner, release.namespace, cluster=cluster, inside=inside, within=within, release=release.name)


def pods_of(namespace: str, name: str = "") -> Party:
    """Every pod of a namespace, whatever its labels are."""
    endpoint = Endpoint(labels=namespace_labels(namespace), is_open=True)
    return Party(name or f"{SPACE}/{namespace}", pods=(Pods(endpoint),))


def inside_pods(namespace: str, labels: Mapping[str, str] | None = None) -> Endpoint:
    """The pods of a namespace inside a cluster."""
    own = {NAMESPACE: namespace, f"{NAMESPACE_LABELS}kubernetes.io/metadata.name": namespace}
    return Endpoint(labels={**own, **(labels or {})}, is_open=True)
