"""Meshes: clusters of a tenant whose networks are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.results import Origin
    from krmfn.topology.model.clusters import SecretKey


class MeshSide(NamedTuple):
    """One side of a mesh; the local side is the management cluster and has no kubeconfig."""

    name: str
    local: bool
    allowed_networks: tuple[str, ...]
    kubeconfig: SecretKey | None
    wireguard_port: int | None = None
    persistent_keepalive: int | None = None


class Mesh(NamedTuple):
    """A ClusterMesh of a tenant. Flux may always delete it, because its operator cleans up."""

    origin: Origin
    name: str
    namespace: str
    owner: str
    sides: tuple[MeshSide, ...]
