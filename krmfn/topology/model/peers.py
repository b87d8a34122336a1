"""Whom the nodes of a cluster talk to on the management cluster: how the pods are labelled, and on which ports."""

from __future__ import annotations

GROUP = "apps.cozystack.io"
APPLICATION = f"{GROUP}/application."
"""What the platform puts on each pod of a managed app: its group, kind and name (facts/cozystack.md §5)."""
CLUSTER_NAME = "cluster.x-k8s.io/cluster-name"
CONTROL_PLANE_NAME = "kamaji.clastix.io/name"
CONTROL_PLANE_PORTS = (("TCP", 6443), ("TCP", 8132), ("TCP", 50001))
"""The API server, konnectivity and Talos' trustd (facts/cozystack.md §2.3)."""
DNS_NAMESPACE = "kube-system"
DNS_PORTS = (("UDP", 53), ("TCP", 53))
INGRESS = ("cozystack.io/service", "ingress")
"""The tenant's ingress controller (cozystack/cozystack packages/extra/ingress): label and ports."""
INGRESS_PORTS = (("TCP", 80), ("TCP", 443))
VMINSERT = ("app.kubernetes.io/name", "vminsert")
"""It takes metrics."""
VMINSERT_PORTS = (("TCP", 8480),)
VOLUMES_NAMESPACE = "cozy-linstor"
NFS_SERVER = ("app.kubernetes.io/component", "linstor-csi-nfs-server")
"""It serves the volumes that several nodes mount; the platform allows each while it is attached (`csi-nfs-*`)."""
