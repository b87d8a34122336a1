"""What fences a cluster in, as values: on the management cluster around its nodes, and inside it around its apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin
    from krmfn.topology.model.records import Cluster, Release

Ports = tuple[tuple[str, int], ...]
"""Protocol and number, in order."""


class Fence(NamedTuple):
    """What every object that fences a cluster from outside has.

    Attributes:
        name: the object's.
        namespace: the tenant's.
        owner: `<Kind>/<name>` of the cluster's declaration.
        release: the cluster's release, which must be gone before the object may go.
        prune: whether Flux may delete it when it leaves Git (R8): as the cluster itself.
    """

    origin: Origin
    name: str
    namespace: str
    owner: str
    release: str
    prune: bool

    @classmethod
    def around(cls, cluster: Cluster, what: str) -> Fence:
        """The fence of a cluster that is called after its release and what it is."""
        return cls(
            origin=cluster.origin,
            name=f"{cluster.release}-{what}",
            namespace=cluster.namespace,
            owner=cluster.owner,
            release=cluster.release,
            prune=cluster.prune,
        )


class ReachableService(NamedTuple):
    """Pods of managed services of one kind, and the target ports on which they may be reached."""

    kind: str
    names: tuple[str, ...]
    ports: Ports


class EgressPolicy(NamedTuple):
    """What the nodes of a cluster may reach, besides their own control plane, each other and DNS; nothing else.

    Attributes:
        services: in order; no two have the same kind and ports.
        internet: whether addresses outside the management cluster may be reached.
        volumes: whether what the platform opens for a volume while it is attached stays open.
        monitoring: the namespaces whose vminsert takes metrics; none where that is closed.
        ingress: the namespaces whose ingress controller may be reached; none where that is closed.
        closed_addresses: CIDRs that stay closed though they look like the internet to Cilium.
        cluster_wide: whether it is a ClusterNetworkPolicy, which Cilium has from 1.20 on.
    """

    fence: Fence
    services: tuple[ReachableService, ...]
    internet: bool
    volumes: bool
    monitoring: tuple[str, ...]
    ingress: tuple[str, ...]
    closed_addresses: tuple[str, ...]
    cluster_wide: bool = False


class AdmissionConfiguration(NamedTuple):
    """The Pod Security level that a cluster's API server enforces where a namespace says nothing.

    `exempt` are the namespaces of the platform's own addons.
    """

    fence: Fence
    level: str
    exempt: tuple[str, ...]


class Destination(NamedTuple):
    """Where an app connects to, as its own cluster sees it: a host (or `*.` and its domain) or CIDRs, and ports."""

    service: str
    ports: Ports
    host: str = ""
    cidrs: tuple[str, ...] = ()


class AppNamespace(NamedTuple):
    """The namespace of one app inside a cluster, and whom its pods may talk to beside each other and DNS.

    Attributes:
        owner: `<Kind>/<name>` of the app.
        destinations: managed services on the management cluster.
        api_server: how to reach the cluster's own API server: whether at all, and where its network is not Cilium's,
            at which CIDRs.
        from_namespaces: those whose pods may connect to the app's: the ingress controller, the monitoring agents.
        from_gateway: whether Cilium's own Envoy may, which serves Gateways.
    """

    name: str
    owner: str
    destinations: tuple[Destination, ...] = ()
    api_server: bool = False
    from_namespaces: tuple[str, ...] = ()
    from_gateway: bool = False


class Boundary(NamedTuple):
    """What is inside a cluster before any app is, as a release whose values are the objects.

    Attributes:
        release: the HelmRelease, without its values.
        namespaces: one an app, in order.
        scoped: whether network policies fence the namespaces.
        cilium: whether the cluster's own network is Cilium, which can allow by name.
        internet: whether pods may reach public addresses.
        not_internet: CIDRs that are not: private ranges, and where API servers are. In order.
        api_server_addresses: CIDRs of the cluster's own API server, where its network is not Cilium's.
        pod_security: the level that every app namespace has.
        exempt: the namespaces of the platform's own addons.
        quota: the `hard` of every app namespace's ResourceQuota.
        limits: the items of every app namespace's LimitRange.
    """

    release: Release
    namespaces: tuple[AppNamespace, ...]
    scoped: bool
    cilium: bool
    internet: bool
    not_internet: tuple[str, ...]
    api_server_addresses: tuple[str, ...]
    pod_security: str
    exempt: tuple[str, ...]
    quota: Mapping[str, Any]
    limits: tuple[Mapping[str, Any], ...]


class Fences(NamedTuple):
    """All that fences the clusters of one tenant, in the order of the clusters."""

    egress: tuple[EgressPolicy, ...] = ()
    admission: tuple[AdmissionConfiguration, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
