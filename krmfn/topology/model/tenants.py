"""What there is by tenant, and what the platform has once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin, Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.fences import AdmissionConfiguration, Boundary, EgressPolicy
    from krmfn.topology.model.meshes import Mesh
    from krmfn.topology.model.releases import Release


class Tenant(NamedTuple):
    """What one namespace's declarations come to; nothing of another namespace is in it (R12)."""

    namespace: str
    clusters: tuple[Cluster, ...] = ()
    releases: tuple[Release, ...] = ()
    egress: tuple[EgressPolicy, ...] = ()
    admission: tuple[AdmissionConfiguration, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    meshes: tuple[Mesh, ...] = ()


class Platform(NamedTuple):
    """What is the same for all tenants and installed once: the guards, and the roles.

    Attributes:
        owner: `<Kind>/<name>` of the functionConfig.
        cozystack: whether the platform is there, with its clean-up accounts and its roles.
        administrators: names of users who may change what is guarded, and likewise `administrator_groups`.
        flux: user names of the service accounts that Flux works with.
        mutable_kinds: plurals of the kinds that administrators of tenants may change.
        retries_prunes: whether Flux tries again what it could not prune.
    """

    origin: Origin
    owner: str
    cozystack: bool
    administrators: tuple[str, ...]
    administrator_groups: tuple[str, ...]
    flux: tuple[str, ...]
    mutable_kinds: tuple[str, ...]
    retries_prunes: bool


class Topology(NamedTuple):
    """The tenants by namespace, in order, and the platform; an output has the one or the other, never both."""

    tenants: Mapping[str, Tenant]
    platform: Platform | None
    results: tuple[Result, ...]
    retries_prunes: bool = False
    """Whether the targeted Flux tries again what it could not prune."""
