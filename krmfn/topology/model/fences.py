"""What fences a cluster: on the management cluster around its nodes, and inside the cluster around its apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.results import Origin
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.peers import Peer, Ports
    from krmfn.topology.model.postures import Posture
    from krmfn.topology.model.releases import Release

MOST = 25
"""Rules in a ClusterNetworkPolicy, and ports in a rule (network-policy-api v0.2.0, config/crd/standard)."""


class Fence(NamedTuple):
    """The metadata of every object that fences a cluster from outside.

    Attributes:
        name: the object's name.
        namespace: the tenant's namespace.
        owner: `<Kind>/<name>` of the cluster's declaration.
        release: the cluster's release; it must be deleted before this object.
        prune: Flux may delete it when it is removed from Git (R8): with its cluster, or as `confirmation` allows.
        confirmation: the loosening of its cluster that removes it, as `<from>-><to>` (R15); empty if none is confirmed.
    """

    origin: Origin
    name: str
    namespace: str
    owner: str
    release: str
    prune: bool
    confirmation: str = ""


def around(cluster: Cluster, suffix: str, *, goes: bool) -> Fence:
    """The fence of a cluster; its name is the cluster's release plus a suffix for its kind.

    `goes` is true if a confirmed loosening removes it.
    """
    return Fence(
        origin=cluster.origin,
        name=f"{cluster.release}{suffix}",
        namespace=cluster.namespace,
        owner=cluster.owner,
        release=cluster.release,
        prune=cluster.prune or goes,
        confirmation=cluster.confirmation if goes else "",
    )


class Opening(NamedTuple):
    """One opening in the fence around the nodes; everything without an opening is closed.

    Attributes:
        peer: what the nodes may reach.
        namespaces: the namespaces of these pods; empty for the tenant's own.
        ports: the ports that are open; empty for all ports.
        pods: the assumed number of pods, to estimate the entries in Cilium's policy map.
        by_platform: the platform itself opens it while it is needed; the fence only must not deny it.
        why: the reason, for users who ask.
    """

    peer: Peer
    why: str
    namespaces: tuple[str, ...] = ()
    ports: Ports = ()
    pods: int = 1
    by_platform: bool = False


class Part(NamedTuple):
    """One ClusterNetworkPolicy: its name, and what it opens, a rule each."""

    name: str
    openings: tuple[Opening, ...]


class EgressPolicy(NamedTuple):
    """What the nodes of a cluster may reach; everything else is closed.

    Attributes:
        openings: in the order in which they are written.
        closed_addresses: CIDRs that stay closed although Cilium counts them as the internet.
        why: why it exists, in one sentence.
        cluster_wide: written as a ClusterNetworkPolicy, which Cilium has from 1.20 on.
    """

    fence: Fence
    openings: tuple[Opening, ...]
    closed_addresses: tuple[str, ...]
    why: str
    cluster_wide: bool = False

    @property
    def opened_addresses(self) -> tuple[str, ...]:
        """The CIDRs among the openings."""
        return tuple(cidr for opening in self.openings for cidr in opening.peer.cidrs)

    def opens(self, peer: Peer) -> bool:
        return any(opening.peer == peer for opening in self.openings)

    def parts(self) -> tuple[Part, ...]:
        """The openings as ClusterNetworkPolicies; several if there are more than MOST rules, or ports in a rule.

        Entities need no opening: the wall, the policy that closes everything else, leaves them open.
        """
        rules = [
            opening._replace(ports=opening.ports[i : i + MOST])
            for opening in self.openings
            if not opening.peer.entity
            for i in range(0, len(opening.ports) or 1, MOST)
        ]
        first = f"{self.fence.namespace}.{self.fence.name}"
        return tuple(
            Part(f"{first}-{i // MOST + 1}" if i else first, tuple(rules[i : i + MOST]))
            for i in range(0, len(rules), MOST)
        )


class AdmissionConfiguration(NamedTuple):
    """The Pod Security level that a cluster's API server enforces in namespaces without a label for it.

    `exempt` are the namespaces of the platform's own addons.
    """

    fence: Fence
    level: str
    exempt: tuple[str, ...]


class Destination(NamedTuple):
    """What an app connects to, as seen from its own cluster: a host (or `*.` and a domain) or CIDRs, and ports."""

    service: str
    ports: Ports
    host: str = ""
    cidrs: tuple[str, ...] = ()


class AppNamespace(NamedTuple):
    """The namespace of one app inside a cluster, and what its pods may reach in addition to each other and DNS.

    Attributes:
        owner: `<Kind>/<name>` of the app.
        destinations: managed services on the management cluster.
        api_server: its pods may reach the cluster's own API server.
        from_namespaces: namespaces whose pods may connect to the app: the ingress controller, the monitoring agents.
        from_gateway: Cilium's own Envoy, which serves Gateways, may connect to the app.
    """

    name: str
    owner: str
    destinations: tuple[Destination, ...] = ()
    api_server: bool = False
    from_namespaces: tuple[str, ...] = ()
    from_gateway: bool = False


class Boundary(NamedTuple):
    """The objects that must be inside a cluster before any app, as a release whose values are these objects.

    Attributes:
        release: the HelmRelease, without its values.
        namespaces: one for each app, in order.
        posture: the posture of the cluster.
        cilium: the cluster's own network is Cilium, which can allow DNS names.
        not_internet: CIDRs that are not public, in order: private ranges, and addresses of API servers.
        api_server_addresses: CIDRs of the cluster's own API server, if its network is not Cilium.
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
    """All fences of one tenant's clusters, in the order of the clusters."""

    egress: tuple[EgressPolicy, ...] = ()
    admission: tuple[AdmissionConfiguration, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
