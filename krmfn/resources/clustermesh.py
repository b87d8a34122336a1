"""ClusterMeshes: join the networks of a tenant's clusters by Kilo.

Source: cozystack/kilo-clustermesh-operator, api/v1alpha1/clustermesh_types.go at 20d2ca6; read, not run
(docs/decisions/043-mesh-networks.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import OWNER, SUBSTITUTE
from krmfn.resources.metadata import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.meshes import Mesh, MeshSide


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for mesh in tenant.meshes:
        yield _cluster_mesh(mesh), mesh.origin


def _cluster_mesh(mesh: Mesh) -> Resource:
    return {
        "apiVersion": "kilo.squat.ai/v1alpha1",
        "kind": "ClusterMesh",
        "metadata": metadata(mesh.name, mesh.namespace, {}, {OWNER: mesh.owner, SUBSTITUTE: "disabled"}, prune=True),
        "spec": {"clusters": [_side(each) for each in mesh.sides]},
    }


def _side(side: MeshSide) -> dict[str, Any]:
    return {
        "name": side.name,
        **({"local": True} if side.local else {}),
        **({"kubeconfigSecretRef": side.kubeconfig._asdict()} if side.kubeconfig else {}),
        "allowedNetworks": list(side.allowed_networks),
        **({"wireguardPort": side.wireguard_port} if side.wireguard_port else {}),
        **({"persistentKeepalive": side.persistent_keepalive} if side.persistent_keepalive else {}),
    }
