"""What fences a cluster in: on the management cluster around its nodes, and inside it around its apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from krmfn.results import Origin
    from krmfn.topology.model.clusters import Cluster, Posture
    from krmfn.topology.model.peers import Peer, Ports
    from krmfn.topology.model.releases import Release


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


def around(cluster: Cluster, suffix: str) -> Fence:
    """The fence of a cluster that is called after its release and what it is."""
    return Fence(
        origin=cluster.origin,
        name=f"{cluster.release}{suffix}",
        namespace=cluster.namespace,
        owner=cluster.owner,
        release=cluster.release,
        prune=cluster.prune,
    )


class Opening(NamedTuple):
    """One thing that the fence around the nodes opens; what no opening has is closed.

    Attributes:
        peer: whom the nodes may reach.
        namespaces: where these pods are; none where they are in the tenant's own.
        ports: on which they are reached; none for all of them.
        pods: how many pods they are taken to be, for what they cost in Cilium's policy map.
        by_platform: whether the platform opens it while it is needed; then the fence only leaves it alone.
        why: for those who ask what it is there for.
    """

    peer: Peer
    why: str
    namespaces: tuple[str, ...] = ()
    ports: Ports = ()
    pods: int = 1
    by_platform: bool = False


class EgressPolicy(NamedTuple):
    """What the nodes of a cluster may reach, and nothing else.

    Attributes:
        openings: in the order in which they are written.
        closed_addresses: CIDRs that stay closed though they look like the internet to Cilium.
        cluster_wide: whether it is a ClusterNetworkPolicy, which Cilium has from 1.20 on.
    """

    fence: Fence
    openings: tuple[Opening, ...]
    closed_addresses: tuple[str, ...]
    cluster_wide: bool = False

    def opens(self, peer: Peer) -> bool:
        return any(opening.peer == peer for opening in self.openings)


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
        api_server: whether its pods may reach the cluster's own API server.
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
        posture: that of the cluster.
        cilium: whether the cluster's own network is Cilium, which can allow by name.
        not_internet: CIDRs that are not public: private ranges, and where API servers are. In order.
        api_server_addresses: CIDRs of the cluster's own API server, where its network is not Cilium's.
        exempt: the namespaces of the platform's own addons.
    """

    release: Release
    namespaces: tuple[AppNamespace, ...]
    posture: Posture
    cilium: bool
    not_internet: tuple[str, ...]
    api_server_addresses: tuple[str, ...]
    exempt: tuple[str, ...]


class Fences(NamedTuple):
    """All that fences the clusters of one tenant, in the order of the clusters."""

    egress: tuple[EgressPolicy, ...] = ()
    admission: tuple[AdmissionConfiguration, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
