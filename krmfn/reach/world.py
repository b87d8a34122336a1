"""The world of a repository: every party that can be asked about, and the policies of each network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from krmfn.marks import BOUNDARY, PLACED_ON, home_of
from krmfn.namedtuple import NamedTuple
from krmfn.reach import parties
from krmfn.reach.apps import Management, app
from krmfn.reach.baseline import is_tenant, platform_rules
from krmfn.reach.parties import CLUSTER
from krmfn.reach.policies import Policies
from krmfn.reach.reading import MalformedPolicyError, is_policy, rules_of, unreadable
from krmfn.reach.verdicts import both
from krmfn.resourcelist import identity, metadata_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from krmfn.catalog import Catalog, Kind
    from krmfn.declarations import Declarations
    from krmfn.reach.parties import Party
    from krmfn.reach.rules import Rule
    from krmfn.reach.verdicts import Decided
    from krmfn.resourcelist import Resource
    from krmfn.topology import Tenant, Topology
    from krmfn.topology.model.clusters import Cluster

T = TypeVar("T")
KRMFN, REPOSITORY = "krmfn", "repository"


class RunOutput(NamedTuple):
    """One run of the function: what it declares, resolves to and generates."""

    declared: Declarations
    topology: Topology
    generated: tuple[Resource, ...]


class Space(NamedTuple):
    """A tenant's namespace.

    Attributes:
        parties: by name, in order.
        is_known: the platform's policies around it are known, so that an open port is known to be open.
    """

    tenant: Tenant
    run: RunOutput
    management: Management
    parties: Mapping[str, Party]
    is_known: bool


class World:
    """All runs of a repository. Policies are read when a question is about their network.

    Args:
        runs: all of them.
        catalog: what krmfn ships.
        others: policies that somebody wrote beside the declarations.
    """

    def __init__(self, runs: Iterable[RunOutput], catalog: Catalog, others: Iterable[Resource] = ()) -> None:
        self.runs = tuple(runs)
        self.catalog = catalog
        self.platform = catalog.platform_policies()
        self.spaces = {
            namespace: _space(tenant, run, catalog)
            for run in self.runs
            for namespace, tenant in run.topology.tenants.items()
        }
        self.generated = {
            identity(each): each for run in self.runs for each in run.generated if is_policy(each) or _is_boundary(each)
        }
        self.others = {identity(each): each for each in others}
        self._around: dict[str, Policies] = {}
        self._inside: dict[tuple[str, str], Policies] = {}
        self._kept: dict[str, Party] = {}
        self._found: dict[tuple[str, str], Decided] = {}
        self._both: dict[tuple[int, int], tuple[Decided, Decided, Decided]] = {}
        self._of_decided: dict[int, tuple[Decided, Any]] = {}

    def found(self, key: tuple[str, str], find: Callable[[], Decided]) -> Decided:
        """What gets through between two names on the management cluster, found once."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

    def both(self, one: Decided, other: Decided) -> Decided:
        """What gets through two places, one after the other; most pairs have the same two, and share the answer."""
        key = id(one), id(other)
        if key not in self._both:
            # With the two themselves, so that nothing else gets an id of theirs.
            self._both[key] = one, other, both(one, other)
        return self._both[key][-1]

    def of_decided(self, decided: Decided, find: Callable[[Decided], T]) -> T:
        """What follows from what gets through, found once; there is one thing that is asked for."""
        if id(decided) not in self._of_decided:
            self._of_decided[id(decided)] = decided, find(decided)
        found: T = self._of_decided[id(decided)][-1]
        return found

    def kept(self, key: str, make: Callable[[], Party]) -> Party:
        """A party that is not declared, created only once: policies cache what they find about it."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def around(self, namespace: str) -> Policies:
        """The policies on the management cluster that apply to the pods of a namespace, krmfn's own first."""
        if namespace not in self._around:
            space = self.spaces.get(namespace)
            is_complete = space is None or space.is_known
            self._around[namespace] = Policies(self._rules_around(namespace), is_complete=is_complete)
        return self._around[namespace]

    def _rules_around(self, namespace: str) -> Iterator[Rule]:
        yield from self._read(self.generated, namespace, KRMFN)
        yield from self._read(self.others, namespace, REPOSITORY)
        space = self.spaces.get(namespace)
        if is_tenant(namespace) and (space is None or space.is_known):
            yield from platform_rules(self.platform, namespace)

    def _read(self, objects: Mapping[Any, Resource], namespace: str, author: str) -> Iterator[Rule]:
        for key, each in objects.items():
            # A cluster-scoped object of krmfn's is of one tenant; one that somebody wrote may be for all.
            home = home_of(key.namespace, key.name, "") if author == KRMFN else key.namespace
            if is_policy(each) and home in {"", namespace}:
                yield from _safely(each, author)

    def inside(self, cluster: Cluster) -> Policies:
        """The policies inside a cluster, as its boundary holds them."""
        key = cluster.namespace, cluster.name
        if key not in self._inside:
            # Those of an app's namespace are more specific than those of the whole cluster.
            held = sorted(
                filter(is_policy, self.objects_inside(cluster)), key=lambda each: not identity(each).namespace
            )
            self._inside[key] = Policies((rule for each in held for rule in rules_of(each, KRMFN)), cluster.owner)
        return self._inside[key]

    def objects_inside(self, cluster: Cluster) -> Iterator[Resource]:
        """The objects in the boundary of a cluster."""
        for key, each in self.generated.items():
            labels = metadata_of(each).get("labels") or {}
            if BOUNDARY in labels and key.namespace == cluster.namespace and labels.get(PLACED_ON) == cluster.release:
                yield from each["spec"]["values"]["objects"]


def _safely(policy: Resource, author: str) -> tuple[Rule, ...]:
    """The rules of a policy; of one that cannot be read, a rule that may deny everything."""
    try:
        return rules_of(policy, author)
    except MalformedPolicyError:
        return (unreadable(policy),)


def _is_boundary(resource: Resource) -> bool:
    return BOUNDARY in (metadata_of(resource).get("labels") or {})


def _space(tenant: Tenant, run: RunOutput, catalog: Catalog) -> Space:
    options = run.declared.options
    management = Management(catalog.platform_policies(), options.network)
    is_known = options.target.get("cozystack") != "none"
    found = {each.name: each for each in _parties(tenant, management, catalog)}
    return Space(tenant, run, management, found, is_known)


def _parties(tenant: Tenant, there: Management, catalog: Catalog) -> Iterator[Party]:
    """The clusters of a tenant, then its apps, then services that are declared elsewhere and connected to."""
    clusters = {each.release: each for each in tenant.clusters}
    for cluster in tenant.clusters:
        yield parties.nodes(cluster)
        if cluster.managed:
            yield parties.control_plane(cluster)
    connections = [each for release in tenant.releases for each in release.connections]
    kinds: dict[str, Kind] = {each.kind.kind: each.kind for each in connections}
    for release in tenant.releases:
        kind = release.owner.partition("/")[0]
        if kind in {CLUSTER, "KubernetesNodes"} or kind in there.platform.podless:
            continue
        if release.placed_on:
            yield parties.placed(release, clusters[release.placed_on])
        else:
            known = kinds.get(kind) or catalog.kind(kind)
            yield app(release.owner, tenant.namespace, release.name, known, there)
    for each in connections:
        if each.external:
            yield app(each.owner, tenant.namespace, each.release, each.kind, there)
