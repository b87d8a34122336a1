"""One revision by declaration: its release, its cluster, its objects, its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.changes.records import Reach
from krmfn.marks import OWNER
from krmfn.resourcelist import annotations_of, identity
from krmfn.topology.model.peers import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.changes.records import Picture
    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

EVERYTHING = "*"
INTERNET = "internet"


class Key(NamedTuple):
    """A declaration: `<Kind>/<name>` in a namespace; the platform's is empty."""

    namespace: str
    owner: str


class Declared(NamedTuple):
    """What a declaration comes to; `release` is its own, beside which its objects may have that of its boundary."""

    origin: Origin
    release: Release | None = None
    cluster: Cluster | None = None
    objects: Mapping[Identity, Resource] = {}
    reaches: frozenset[Reach] = frozenset()
    open_to: frozenset[str] = frozenset()


class Index(NamedTuple):
    """All of a revision.

    Attributes:
        declared: by declaration, in order.
        placed: by namespace and the release of a cluster, the owners of what runs on it.
        clusters: by namespace and release.
        releases: by namespace and name, boundaries included.
    """

    declared: dict[Key, Declared]
    placed: dict[tuple[str, str], list[str]]
    clusters: dict[tuple[str, str], Cluster]
    releases: dict[tuple[str, str], Release]

    def spaces(self) -> frozenset[str]:
        """The namespaces in which anything is declared."""
        return frozenset(key.namespace for key in self.declared)


def indexed(picture: Picture) -> Index:
    """Sorts a revision by declaration."""
    found = Index({}, {}, {}, {})
    fields: dict[Key, dict[str, Any]] = {}
    for topology in picture.topologies:
        if topology.platform:
            fields.setdefault(Key("", topology.platform.owner), {"origin": topology.platform.origin})
        for tenant in topology.tenants.values():
            _tenant(tenant, found, fields)
    for item in picture.objects:
        key = Key(_home(item), str(annotations_of(item)[OWNER]))
        if key in fields:
            fields[key].setdefault("objects", {})[identity(item)] = item
    for key in sorted(fields):
        found.declared[key] = Declared(**fields[key])
    return found


def _tenant(tenant: Tenant, found: Index, fields: dict[Key, dict[str, Any]]) -> None:
    space = tenant.namespace
    for cluster in tenant.clusters:
        found.clusters[space, cluster.release] = cluster
        entry = fields.setdefault(Key(space, cluster.owner), {"origin": cluster.origin})
        entry |= {"cluster": cluster, "open_to": _open_to(cluster, tenant)}
    for release in tenant.releases:
        entry = fields.setdefault(Key(space, release.owner), {"origin": release.origin})
        entry["release"] = release
        found.releases[space, release.name] = release
        if release.placed_on:
            found.placed.setdefault((space, release.placed_on), []).append(release.owner)
    for boundary in tenant.boundaries:
        found.releases[space, boundary.release.name] = boundary.release
    for mesh in tenant.meshes:
        fields.setdefault(Key(space, mesh.owner), {"origin": mesh.origin})
    for reach in _reaches(tenant):
        entry = fields[Key(space, reach.source)]
        entry["reaches"] = entry.get("reaches", frozenset()) | {reach}


def _reaches(tenant: Tenant) -> Iterator[Reach]:
    clusters = {cluster.release: cluster for cluster in tenant.clusters}
    for release in tenant.releases:
        for to in release.connections:
            ports = tuple(f"{port.port}/{port.protocol}" for port in to.ports)
            cluster = clusters[release.placed_on]
            yield Reach(release.owner, cluster.name, to.owner, ports, cluster.posture.scoped)


def _open_to(cluster: Cluster, tenant: Tenant) -> frozenset[str]:
    if not cluster.posture.scoped:
        return frozenset({EVERYTHING, INTERNET})
    policies = (policy for policy in tenant.egress if policy.fence.owner == cluster.owner)
    return frozenset({INTERNET} if any(policy.opens(WORLD) for policy in policies) else set())


def _home(item: Resource) -> str:
    """The namespace of the declaration that an object comes from; a cluster-scoped one has it before its name (R12)."""
    _, _, namespace, name = identity(item)
    is_tenants = str(annotations_of(item)[OWNER]).partition("/")[0] not in {"ComputePlane", "ConfigMap"}
    return namespace or (name.partition(".")[0] if is_tenants else "")
