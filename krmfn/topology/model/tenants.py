"""The topology of each tenant, and of the platform, which is the same for all tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin, Result
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.fences import AdmissionConfiguration, Boundary, EgressPolicy
    from krmfn.topology.model.meshes import Mesh
    from krmfn.topology.model.postures import Posture
    from krmfn.topology.model.releases import Release


class Tenant(NamedTuple):
    """The topology of one namespace; it contains nothing of another namespace (R12)."""

    namespace: str
    clusters: tuple[Cluster, ...] = ()
    releases: tuple[Release, ...] = ()
    egress: tuple[EgressPolicy, ...] = ()
    admission: tuple[AdmissionConfiguration, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    meshes: tuple[Mesh, ...] = ()


class Protection(NamedTuple):
    """What a run says for all of its namespaces: what Flux may not delete, and what may not run beside the platform.

    Attributes:
        origin: the functionConfig.
        bound_to: the namespaces that it is for, whether or not anything is declared in them yet.
        data: everything that keeps data is protected, not only clusters.
        required: which apps have to be placed on a cluster: none, code or all.
        confirmation: the loss of protection that it confirms, as `<from>-><to>` (R15).
    """

    origin: Origin
    bound_to: frozenset[str]
    data: bool
    required: str
    confirmation: str


class Platform(NamedTuple):
    """What is installed once for all tenants: the guards and the roles.

    Attributes:
        owner: `<Kind>/<name>` of the functionConfig.
        cozystack: the target has the platform, with its clean-up accounts and its roles.
        administrators: names of users who may change guarded objects; `administrator_groups` likewise.
        flux: user names of the service accounts that Flux works with.
        tenants: the prefix of the user names that Flux has in tenants' namespaces, before the namespace; may be empty.
        mutable_kinds: plurals of the kinds that administrators of tenants may change.
        retries_prunes: Flux retries objects that it could not prune.
        confirms_deletion: a later commit may remove it (R15).
    """

    origin: Origin
    owner: str
    cozystack: bool
    administrators: tuple[str, ...]
    administrator_groups: tuple[str, ...]
    flux: tuple[str, ...]
    mutable_kinds: tuple[str, ...]
    retries_prunes: bool
    confirms_deletion: bool = False
    tenants: str = ""


class Topology(NamedTuple):
    """The tenants by namespace, in order, or the platform; an output has one or the other, never both.

    Attributes:
        retries_prunes: the targeted Flux retries objects that it could not prune.
        protection: what Flux may not delete in these namespaces.
        profiles: the postures of the user's own profiles, by name.
    """

    tenants: Mapping[str, Tenant]
    platform: Platform | None
    results: tuple[Result, ...]
    retries_prunes: bool = False
    protection: Protection | None = None
    profiles: Mapping[str, Posture] = {}
