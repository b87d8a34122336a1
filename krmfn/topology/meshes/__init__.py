"""Meshes: clusters of one tenant whose networks are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.lookalikes import did_you_mean
from krmfn.topology.checks.names import spec_field
from krmfn.topology.meshes.networks import wrong_networks
from krmfn.topology.model.clusters import SecretKey
from krmfn.topology.model.meshes import Mesh, MeshSide
from krmfn.topology.model.postures import MESHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.declarations import DeclaredMesh, DeclaredSide, KubeconfigRef
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.known.namespaces import Namespace
    from krmfn.topology.model.clusters import Cluster

MINIMAL = (
    "create one for a service account that may only get, list, watch and patch nodes, do everything with peers of "
    "kilo.squat.ai, and get, create and update CustomResourceDefinitions"
)


def resolve_meshes(space: Namespace, clusters: Mapping[str, Cluster], known: Known) -> Rule[tuple[Mesh, ...]]:
    """The meshes of a namespace: one or none.

    Args:
        space: the declarations of the namespace.
        clusters: its valid clusters, by name.
        known: the lookups of the run.
    """
    yield from _unmeshed(space, clusters)
    if len(space.meshes) > 1:
        names = ", ".join(mesh.name for mesh in space.meshes)
        message = (
            f"namespace {space.name} has the meshes {names}, but networks must be disjoint in the whole namespace; "
            "put the clusters into one mesh"
        )
        yield from (mesh.origin.error("several-meshes", message, "name") for mesh in space.meshes)
    for mesh in space.meshes:
        yield from _wrong_sides(mesh, space, clusters)
        yield from wrong_networks(mesh, clusters, known.options.network)
        yield from _needs_kilo(mesh)
    return tuple(map(_mesh, space.meshes))


def _mesh(declared: DeclaredMesh) -> Mesh:
    return Mesh(
        origin=declared.origin,
        name=declared.name,
        namespace=declared.namespace,
        owner=f"ComputePlane/{declared.name}",
        sides=tuple(
            MeshSide(
                name=side.name,
                local=side.local,
                allowed_networks=side.allowed_networks,
                kubeconfig=SecretKey(side.kubeconfig.name, side.kubeconfig.key) if side.kubeconfig else None,
                wireguard_port=side.wireguard_port,
                persistent_keepalive=side.persistent_keepalive,
            )
            for side in declared.sides
        ),
    )


def _unmeshed(space: Namespace, clusters: Mapping[str, Cluster]) -> Iterator[Result]:
    """Refuses a meshed cluster that is in no mesh: it would only be an open cluster."""
    sides = {side.name for mesh in space.meshes for side in mesh.sides if not side.local}
    where = f"mesh {space.meshes[0].name} in spec.meshes" if space.meshes else "an entry of spec.meshes"
    for cluster in clusters.values():
        if cluster.posture.meshed and cluster.name not in sides:
            message = (
                f'profile "{cluster.posture.name}" needs a mesh, but no mesh has this cluster as a side; add it to '
                f"the clusters of {where} of the ComputePlane with its allowedNetworks and a minimal kubeConfig, or "
                'use "standard"'
            )
            yield cluster.origin.error("mesh-missing", message, spec_field(cluster.origin, "isolationProfile"))


def _wrong_sides(mesh: DeclaredMesh, space: Namespace, clusters: Mapping[str, Cluster]) -> Iterator[Result]:
    local = [side.name for side in mesh.sides if side.local]
    if len(local) != 1:
        message = (
            "exactly one side must be local: the management cluster, where the mesh's operator runs; here "
            f"{', '.join(local) or 'none'} {'are' if local else 'is'}"
        )
        yield mesh.origin.error("mesh-without-local-side", message, "clusters")
    names = [side.name for side in mesh.sides]
    for side in mesh.sides:
        if names.count(side.name) > 1:
            yield side.origin.error("meshed-twice", f"{side.name} is listed as more than one side; keep one", "name")
        if side.local:
            yield from _wrong_local_side(side, space)
        elif side.name not in space.clusters and not space.is_broken("Kubernetes", side.name):
            yield _unknown(side, space)
        else:
            yield from _wrong_remote_side(side, clusters.get(side.name))


def _wrong_local_side(side: DeclaredSide, space: Namespace) -> Iterator[Result]:
    if side.name in space.clusters:
        message = (
            f"the local side is the management cluster, but {side.name} is a cluster of the tenant; rename this side"
        )
        yield side.origin.error("local-side-is-a-cluster", message, "name")
    if side.kubeconfig:
        message = "the mesh's operator runs on the local side and needs no kubeconfig for it; remove kubeConfig"
        yield side.origin.error("kubeconfig-of-local-side", message, "kubeConfig")


def _unknown(side: DeclaredSide, space: Namespace) -> Result:
    others = ", ".join(sorted(space.elsewhere.get(side.name, ())))
    hint = f"; there is one in {others}, but a mesh joins only clusters of its own namespace" if others else ""
    hint = (
        hint
        or did_you_mean(side.name, space.clusters)
        or "; declare it, or set local: true if it is the management cluster"
    )
    return side.origin.error("unknown-cluster", f"namespace {space.name} has no cluster {side.name}{hint}", "name")


def _wrong_remote_side(side: DeclaredSide, cluster: Cluster | None) -> Iterator[Result]:
    if cluster and not cluster.posture.meshed:
        message = (
            f'cluster {side.name} has profile "{cluster.posture.name}", but a mesh opens its whole network to the '
            f"other sides; set its isolationProfile to {MESHED}, or remove it from the mesh"
        )
        yield side.origin.error("mesh-not-in-profile", message, "name")
    if side.kubeconfig is None:
        message = f"the mesh's operator needs a kubeconfig of its own for this side; {MINIMAL}"
        yield side.origin.error("mesh-needs-kubeconfig", message, "kubeConfig")
    elif _is_admins(side.kubeconfig, cluster):
        message = (
            f"is an admin kubeconfig, with which the mesh's operator could do everything in the cluster; {MINIMAL}"
        )
        yield side.origin.error("mesh-with-admin-kubeconfig", message, "kubeConfig.secretRef.name")


def _is_admins(kubeconfig: KubeconfigRef, cluster: Cluster | None) -> bool:
    """True if it is an admin kubeconfig: the platform created it, or apps are installed with it."""
    name = kubeconfig.name
    made = cluster is not None and cluster.managed and name.startswith(f"{cluster.release}-")
    return (
        name.endswith("-admin-kubeconfig")
        or (made and name.endswith("kubeconfig"))
        or (cluster is not None and tuple(cluster.kubeconfig) == tuple(kubeconfig))
    )


def _needs_kilo(mesh: DeclaredMesh) -> Iterator[Result]:
    remote = ", ".join(side.name for side in mesh.sides if not side.local)
    if remote:
        message = (
            f"krmfn does not install Kilo in {remote} (it is not an addon of the platform), or the mesh's operator on "
            "the management cluster (cozystack/kilo-clustermesh-operator, alpha); install both, or no network is "
            "joined"
        )
        yield mesh.origin.warning("mesh-needs-kilo", message, "clusters")
