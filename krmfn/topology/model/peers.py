"""What the nodes of a cluster may reach on the management cluster: labels of the pods, and ports."""

from __future__ import annotations

from krmfn.marks import APPLICATION
from krmfn.namedtuple import NamedTuple

Ports = tuple[tuple[str, int], ...]
"""Protocol and number, in order."""

GROUP = "apps.cozystack.io"
NODE_LABEL = ("kubevirt.io", "virt-launcher")
CLUSTER_NAME = "cluster.x-k8s.io/cluster-name"
CONTROL_PLANE_NAME = "kamaji.clastix.io/name"
APPLICATION_GROUP, APPLICATION_KIND, APPLICATION_NAME = (f"{APPLICATION}{each}" for each in ("group", "kind", "name"))

CONTROL_PLANE_PORTS: Ports = (("TCP", 6443), ("TCP", 8132), ("TCP", 50001))
"""The API server, konnectivity and Talos' trustd."""
DNS_PORTS: Ports = (("UDP", 53), ("TCP", 53))
INGRESS_PORTS: Ports = (("TCP", 80), ("TCP", 443))
VMINSERT_PORTS: Ports = (("TCP", 8480),)
VLINSERT_PORTS: Ports = (("TCP", 9481),)


class Peer(NamedTuple):
    """Pods selected by labels, one of Cilium's entities, or addresses that are not a pod's.

    Attributes:
        labels: a selected pod has all of them.
        names: the names of managed apps; then `labels` has their group and kind.
        entity: the entity; empty if the peer is pods.
        cidrs: the addresses; empty if the peer is pods or an entity.
    """

    labels: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    entity: str = ""
    cidrs: tuple[str, ...] = ()


WORLD = Peer(entity="world")
DNS = Peer((("k8s:k8s-app", "kube-dns"),))
INGRESS = Peer((("cozystack.io/service", "ingress"),))
"""The tenant's ingress controller (cozystack/cozystack packages/extra/ingress)."""
VMINSERT = Peer((("app.kubernetes.io/name", "vminsert"),))
"""It receives metrics."""
VLINSERT = Peer((("app.kubernetes.io/name", "vlinsert"),))
"""It receives logs (cozystack v1.6.2, packages/apps/kubernetes/templates/helmreleases/monitoring-agents.yaml)."""
NFS_SERVER = Peer((("app.kubernetes.io/component", "linstor-csi-nfs-server"),))
"""It serves volumes that several nodes mount; the platform allows each one while it is attached (`csi-nfs-*`)."""
DNS_NAMESPACE = "kube-system"
VOLUMES_NAMESPACE = "cozy-linstor"


def control_plane(release: str) -> Peer:
    return Peer(((CONTROL_PLANE_NAME, release),))


def nodes(release: str) -> Peer:
    return Peer((NODE_LABEL, (CLUSTER_NAME, release)))


def managed_apps(kind: str, names: tuple[str, ...], serving: tuple[str, str] = ("", "")) -> Peer:
    """The pods of managed apps; if `serving` is given, only the pods with that label."""
    label = (serving,) if any(serving) else ()
    return Peer(((APPLICATION_GROUP, GROUP), (APPLICATION_KIND, kind), *label), names)
