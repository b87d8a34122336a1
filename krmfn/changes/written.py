"""The objects of a topology on the management cluster, with what a comparison of two versions needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.changes import manifestpaths
from krmfn.changes.differences import ABSENT, differ
from krmfn.namedtuple import NamedTuple
from krmfn.topology.model.peers import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.topology.model.fences import AdmissionConfiguration, Boundary, EgressPolicy
    from krmfn.topology.model.meshes import Mesh
    from krmfn.topology.model.releases import Release
    from krmfn.topology.model.tenants import Platform

HELM_RELEASE = "HelmRelease"
CONTENT = "content"
FLUX = ("flux", "tenants")
ADMINISTRATORS = ("administrators", "administrator_groups")
GUARDS: Mapping[str, tuple[str, ...]] = {
    "krmfn-cluster-deletion": ("cozystack", "retries_prunes"),
    "krmfn-isolation-deletion": (*FLUX, *ADMINISTRATORS, "cozystack"),
    "krmfn-fence-deletion": ("retries_prunes",),
    "krmfn-cluster-scoped-fence-deletion": ADMINISTRATORS,
    "krmfn-isolation-change": (*FLUX, *ADMINISTRATORS),
    "krmfn-isolation-loosening": ADMINISTRATORS,
    "krmfn-fence-change": (*FLUX, *ADMINISTRATORS),
    "krmfn-break-glass": ADMINISTRATORS,
}
"""The guards, each with the fields of Platform that it depends on; tests compare this with the output.

The guards' names, and what they guard, do not depend on the platform.
"""
COZYSTACK_GUARDS: Mapping[str, tuple[str, ...]] = {
    "krmfn-isolation-nodes": (*FLUX, *ADMINISTRATORS),
    "krmfn-placement": (*FLUX, *ADMINISTRATORS),
}
ROLE = "krmfn-tenant-admin"


class ObjectKey(NamedTuple):
    """The identity of an object within its declaration."""

    kind: str
    name: str


class Written(NamedTuple):
    """One object, reduced to what a comparison needs.

    Attributes:
        prune: Flux deletes it when it is removed from Git (R8).
        fields: the values by their path in the manifest.
        content: everything else in it, which is reported by its meaning instead.
        release: the release, for a HelmRelease.
    """

    key: ObjectKey
    prune: bool
    fields: Mapping[str, Any]
    content: Any = None
    release: Release | None = None

    def differing(self, other: Written) -> frozenset[str]:
        """The paths at which they differ; CONTENT if the rest differs."""
        if self.release is not None and self.release is other.release:
            # The fields are those of the release.
            return frozenset() if self.content == other.content else frozenset({CONTENT})
        both = {**self.fields, **other.fields}
        paths = {path for path in both if differ(self.fields.get(path, ABSENT), other.fields.get(path, ABSENT))}
        return frozenset(paths if self.content == other.content else {*paths, CONTENT})


def release(said: Release) -> Written:
    return Written(ObjectKey(HELM_RELEASE, said.name), said.prune, manifestpaths.helm_release(said), None, said)


def boundary(said: Boundary) -> Written:
    return release(said.release)._replace(content=_inside(said))


def _inside(said: Boundary) -> Any:
    """The data of the boundary's objects, without settings that have no effect on them."""
    posture, apps = said.posture, said.namespaces
    whole = posture.hardened and bool(said.exempt or apps)
    scoped = posture.scoped and bool(apps or (said.cilium and said.exempt))
    server = scoped and not said.cilium and any(each.api_server for each in apps)
    return (
        tuple(each if scoped else (each.name, each.owner) for each in apps),
        (posture.pod_security if apps or whole else "", whole),
        (posture.quota, posture.limits) if apps else (),
        said.exempt if whole or (scoped and said.cilium) else (),
        scoped and (said.cilium, bool(apps) and posture.internet),
        said.not_internet if apps and scoped and posture.internet else (),
        said.api_server_addresses if server else (),
    )


def egress(said: EgressPolicy) -> Iterator[Written]:
    """The policy; if it is cluster-wide, the wall and the policies that open it."""
    fields = manifestpaths.fence(said.fence)
    key = ObjectKey("CiliumNetworkPolicy", said.fence.name)
    openings = tuple(each._replace(why="", pods=0) for each in said.openings)
    if not said.cluster_wide:
        yield Written(key, said.fence.prune, fields, (openings, said.closed_addresses, said.why))
        return
    yield Written(key, said.fence.prune, fields, (said.opens(WORLD), said.closed_addresses, said.opened_addresses))
    for name, part in said.parts():
        content = tuple(each._replace(why="", pods=0) for each in part)
        yield Written(
            ObjectKey("ClusterNetworkPolicy", name), said.fence.prune, fields, (content, len(said.parts()), said.why)
        )


def admission(said: AdmissionConfiguration) -> Written:
    key = ObjectKey("ConfigMap", said.fence.name)
    return Written(key, said.fence.prune, manifestpaths.fence(said.fence), (said.level, said.exempt))


def mesh(said: Mesh) -> Written:
    return Written(ObjectKey("ClusterMesh", said.name), prune=True, fields=manifestpaths.cluster_mesh(said))


def platform(said: Platform) -> Iterator[Written]:
    """The guards and roles, never pruned: deleting a Kustomization must not delete the guards of all tenants (R8)."""
    guards = {**GUARDS, **(COZYSTACK_GUARDS if said.cozystack else {})}
    for name, made_of in guards.items():
        content = (said.owner, *(getattr(said, field) for field in made_of))
        yield Written(ObjectKey("ValidatingAdmissionPolicy", name), prune=False, fields={}, content=content)
        yield Written(ObjectKey("ValidatingAdmissionPolicyBinding", name), prune=False, fields={}, content=said.owner)
    if said.cozystack:
        content = (said.owner, said.mutable_kinds)
        yield Written(ObjectKey("ClusterRole", ROLE), prune=False, fields={}, content=content)
