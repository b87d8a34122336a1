"""The output of one revision, by namespace and declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes import written
from krmfn.changes.change import Key
from krmfn.changes.ways import of_nodes, of_release
from krmfn.marks import PLATFORM
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.changes.ways import Way
    from krmfn.changes.written import ObjectKey, Written
    from krmfn.results import Origin
    from krmfn.topology import Tenant, Topology
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.fences import AdmissionConfiguration, Boundary, EgressPolicy
    from krmfn.topology.model.postures import Posture
    from krmfn.topology.model.releases import Release
    from krmfn.topology.model.tenants import Platform, Protection


class Expectation(NamedTuple):
    """The output for one declaration.

    Attributes:
        release: its own release; a cluster may have its boundary's as well.
        objects: all objects that are generated for it.
        ways: what it may connect to; for a cluster, what its nodes may connect to.
        fenced: for a placed app: its cluster can reach only what is declared.
        on: for a placed app: its cluster.
    """

    origin: Origin
    release: Release | None = None
    cluster: Cluster | None = None
    egress: EgressPolicy | None = None
    admission: AdmissionConfiguration | None = None
    boundary: Boundary | None = None
    platform: Platform | None = None
    objects: Mapping[ObjectKey, Written] = {}
    ways: frozenset[Way] = frozenset()
    fenced: bool = False
    on: Cluster | None = None


class Place(NamedTuple):
    """A release of a namespace."""

    namespace: str
    release: str


class Picture(NamedTuple):
    """The whole output of a revision.

    Attributes:
        declared: by declaration, in order.
        placed: the owners of what runs on each cluster.
        clusters: by their releases.
        releases: including boundaries.
        ordering: namespaces in which Flux retries objects that it could not prune.
        protection: by namespace, also where nothing is declared yet.
        profiles: the user's own, by namespace and name.
    """

    declared: Mapping[Key, Expectation]
    placed: Mapping[Place, tuple[str, ...]]
    clusters: Mapping[Place, Cluster]
    releases: Mapping[Place, Release]
    ordering: frozenset[str]
    protection: Mapping[str, Protection] = {}
    profiles: Mapping[tuple[str, str], Posture] = {}

    def spaces(self) -> frozenset[str]:
        """The namespaces that have declarations."""
        return frozenset(key.namespace for key in self.declared)

    def cluster_of(self, key: Key) -> Cluster | None:
        """The cluster of a declaration."""
        return self.declared[key].cluster if key in self.declared else None


def pictured(topologies: Iterable[Topology]) -> Picture:
    """The output of a revision's runs, by declaration."""
    runs = tuple(topologies)
    tenants = [tenant for run in runs for tenant in run.tenants.values()]
    placed: dict[Place, tuple[str, ...]] = {}
    for tenant in tenants:
        for release in tenant.releases:
            if release.placed_on:
                place = Place(tenant.namespace, release.placed_on)
                placed[place] = (*placed.get(place, ()), release.owner)
    declared: dict[Key, Expectation] = {}
    for run in runs:
        declared |= _platform(run.platform) if run.platform else {}
    for tenant in tenants:
        declared |= _expectations(tenant)
    return Picture(
        declared={key: declared[key] for key in sorted(declared)},
        placed=placed,
        clusters={Place(each.namespace, cluster.release): cluster for each in tenants for cluster in each.clusters},
        releases={Place(each.namespace, release.name): release for each in tenants for release in _releases(each)},
        ordering=frozenset(name for run in runs if run.retries_prunes for name in run.tenants),
        protection={
            name: run.protection for run in runs if run.protection for name in (*run.tenants, *run.protection.bound_to)
        },
        profiles={
            (space, name): posture for run in runs for space in run.tenants for name, posture in run.profiles.items()
        },
    )


def _releases(tenant: Tenant) -> Iterator[Release]:
    yield from tenant.releases
    yield from (boundary.release for boundary in tenant.boundaries)


def _platform(platform: Platform) -> dict[Key, Expectation]:
    objects = {each.key: each for each in written.platform(platform)}
    return {Key(PLATFORM, platform.owner): Expectation(platform.origin, platform=platform, objects=objects)}


def _expectations(tenant: Tenant) -> dict[Key, Expectation]:
    """The expectations of one tenant."""
    egress = {each.fence.owner: each for each in tenant.egress}
    admission = {each.fence.owner: each for each in tenant.admission}
    boundaries = {each.release.owner: each for each in tenant.boundaries}
    clusters = {each.release: each for each in tenant.clusters}
    found: dict[str, Expectation] = {}
    for cluster in tenant.clusters:
        owner = cluster.owner
        found[owner] = Expectation(
            origin=cluster.origin,
            cluster=cluster,
            egress=egress.get(owner),
            admission=admission.get(owner),
            boundary=boundaries.get(owner),
            ways=of_nodes(cluster, egress.get(owner)),
        )
    for release in tenant.releases:
        there = found.get(release.owner, Expectation(release.origin))
        if release.placed_on:
            on = clusters[release.placed_on]
            there = there._replace(ways=of_release(release, on), fenced=on.posture.scoped, on=on)
        found[release.owner] = there._replace(release=release)
    for mesh in tenant.meshes:
        found.setdefault(mesh.owner, Expectation(mesh.origin))
    return {
        Key(tenant.namespace, owner): each._replace(objects={it.key: it for it in _objects(owner, each, tenant)})
        for owner, each in found.items()
    }


def _objects(owner: str, said: Expectation, tenant: Tenant) -> Iterator[Written]:
    if said.release:
        yield written.release(said.release)
    if said.boundary:
        yield written.boundary(said.boundary)
    if said.egress:
        yield from written.egress(said.egress)
    if said.admission:
        yield written.admission(said.admission)
    for mesh in tenant.meshes:
        if mesh.owner == owner:
            yield written.mesh(mesh)
