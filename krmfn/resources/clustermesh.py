"""ClusterMeshes: networks of a tenant's clusters, joined by Kilo.

Source: cozystack/kilo-clustermesh-operator, api/v1alpha1/clustermesh_types.go at 20d2ca6 (facts/cozystack.md §10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.resourcelist import OWNER
from krmfn.resources.metadata import SUBSTITUTE, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.meshes import Mesh, MeshedCluster


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for mesh in tenant.meshes:
        yield _cluster_mesh(mesh), mesh.origin


def _cluster_mesh(mesh: Mesh) -> Resource:
    return {
        "apiVersion": "kilo.squat.ai/v1alpha1",
        "kind": "ClusterMesh",
        "metadata": metadata(
            mesh.name, mesh.namespace, {}, {OWNER: mesh.owner, SUBSTITUTE: "disabled"}, prune=mesh.prune
        ),
        "spec": {"clusters": [_side(each) for each in mesh.clusters]},
    }


def _side(cluster: MeshedCluster) -> dict[str, Any]:
    return {
        "name": cluster.name,
        **({"local": True} if cluster.local else {}),
        **({"kubeconfigSecretRef": cluster.kubeconfig._asdict()} if cluster.kubeconfig else {}),
        "allowedNetworks": list(cluster.allowed_networks),
        **({"wireguardPort": cluster.wireguard_port} if cluster.wireguard_port else {}),
        **({"persistentKeepalive": cluster.persistent_keepalive} if cluster.persistent_keepalive else {}),
    }
