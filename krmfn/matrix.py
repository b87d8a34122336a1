"""The matrix of profiles: what each pair of an isolation and a component profile makes of a cluster.

Each pair is tried: a cluster with these profiles, and nothing else, is resolved and emitted as it would be in a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import resources, topology
from krmfn.catalog import Catalog
from krmfn.declarations import DeclaredCluster, DeclaredMesh, DeclaredSide, KubeconfigRef
from krmfn.fieldpaths import path_of
from krmfn.marks import BOUNDARY
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity, metadata_of
from krmfn.results import Origin, ResourceRef, ResultsError, has_errors
from krmfn.topology.model.postures import CARVE_OUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.declarations import Declarations
    from krmfn.results import Result
    from krmfn.topology import Topology
    from krmfn.topology.model.postures import Posture

STANDARD, NONE = "standard", ""
"""What a cluster has that names no isolation profile, and no component profile."""
PROBE = "example"
NAMESPACE = "tenant-example"
CHART = {"chartRef": {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "example"}}
"""In the place of an objects chart that the run does not name: the pairs are the same with any."""
MESH_MISSING = "mesh-missing"
PODS, SERVICES, NODES = ("10.244.0.0/16",), ("10.96.0.0/16",), ("192.0.2.0/24",)
PODS_INSIDE = ("10.243.0.0/16",)
"""Networks of a mesh that no run declares: as the platform has them by default."""
MODEL = "apps.cozystack.io/v1alpha1"


class ObjectBeside(NamedTuple):
    """An object beside the cluster's own release; `is_boundary` if it is the one that puts objects inside."""

    kind: str
    name: str
    is_boundary: bool


class Pair(NamedTuple):
    """What a cluster with these profiles gets.

    Attributes:
        component: the component profile; empty for none.
        values: the chart values that differ from the chart's own, by path.
        addons: the addons that it has, and a cluster without profiles has not.
        posture: what the isolation profile means; None if it is invalid.
        written: what is written beside the cluster's release, in order.
        results: what krmfn says of such a cluster; with an error, it writes nothing.
    """

    isolation: str
    component: str
    values: Mapping[str, Any]
    addons: tuple[str, ...]
    posture: Posture | None
    written: tuple[ObjectBeside, ...]
    results: tuple[Result, ...]

    @property
    def is_refused(self) -> bool:
        return has_errors(self.results)


def meaning(pair: Pair) -> tuple[Any, ...]:
    """What a pair means, wherever its profiles are declared: equal for two runs with the same profiles."""
    posture = pair.posture and pair.posture._replace(origin=None)
    return (
        pair.isolation,
        pair.component,
        pair.values,
        pair.addons,
        posture,
        pair.written,
        [each.code for each in pair.results],
    )


def matrix(declared: Declarations, catalog: Catalog | None = None) -> tuple[Pair, ...]:
    """Every pair of the shipped profiles and of those that a run declares, the shipped ones first."""
    shipped = catalog or Catalog.shipped()
    isolations = _in_order(shipped.isolation_names(), (each.name for each in declared.isolation_profiles), STANDARD)
    components = _in_order(shipped.component_names(), (each.name for each in declared.component_profiles), NONE)
    plain = _resolved(declared, STANDARD, NONE, shipped)
    always = _cluster(plain).addons if isinstance(plain, topology.Topology) else frozenset[str]()
    return tuple(
        _pair(declared, isolation, component, shipped, always) for isolation in isolations for component in components
    )


def _in_order(shipped: tuple[str, ...], own: Iterator[str], first: str) -> list[str]:
    return list(dict.fromkeys((first, *shipped, *sorted(own))))


def _pair(declared: Declarations, isolation: str, component: str, catalog: Catalog, always: frozenset[str]) -> Pair:
    found = _resolved(declared, isolation, component, catalog)
    if not isinstance(found, topology.Topology):
        return Pair(isolation, component, {}, (), None, (), found)
    cluster = _cluster(found)
    [tenant] = found.tenants.values()
    values = next(each.values for each in tenant.releases if each.name == cluster.release) or {}
    emitted = [each.resource for each in resources.emit(found)]
    written = tuple(
        ObjectBeside(identity(each).kind, identity(each).name, BOUNDARY in (metadata_of(each).get("labels") or {}))
        for each in emitted
        if identity(each).name != cluster.release
    )
    return Pair(
        isolation=isolation,
        component=component,
        values=dict(_leaves(values)),
        addons=tuple(sorted(cluster.addons - always)),
        posture=cluster.posture,
        written=written,
        results=found.results,
    )


def _resolved(
    declared: Declarations, isolation: str, component: str, catalog: Catalog
) -> Topology | tuple[Result, ...]:
    """The topology of the cluster alone, or why there is none."""
    options = declared.options
    probe = DeclaredCluster(
        origin=Origin(ResourceRef(MODEL, "Kubernetes", NAMESPACE, PROBE)),
        name=PROBE,
        namespace=NAMESPACE,
        isolation_profile=isolation,
        component_profile=component,
        values=None,
        labels={},
        annotations={},
    )
    alone = declared._replace(
        options=options._replace(scope="tenant", objects_chart=options.objects_chart or CHART),
        clusters=(probe,),
        apps=(),
        placements=(),
        meshes=(),
        results=(),
    )
    try:
        return topology.resolve(alone, catalog)
    except ResultsError as refusal:
        if MESH_MISSING not in {each.code for each in refusal.results}:
            return refusal.results
    return _meshed(alone, probe, catalog)


def _meshed(alone: Declarations, cluster: DeclaredCluster, catalog: Catalog) -> Topology | tuple[Result, ...]:
    """The same with a mesh, for a profile that needs one; what is found of the mesh itself is left out."""
    origin, network = cluster.origin, alone.options.network
    outside = KubeconfigRef("mesh", "value")
    mesh = DeclaredMesh(
        origin,
        "mesh",
        cluster.namespace,
        (
            DeclaredSide(origin, "management", local=True, kubeconfig=None, allowed_networks=PODS),
            DeclaredSide(origin, cluster.name, local=False, kubeconfig=outside, allowed_networks=PODS_INSIDE),
        ),
    )
    told = network._replace(
        pod_cidrs=network.pod_cidrs or PODS,
        service_cidrs=network.service_cidrs or SERVICES,
        node_cidrs=network.node_cidrs or NODES,
    )
    try:
        found = topology.resolve(alone._replace(options=alone.options._replace(network=told), meshes=(mesh,)), catalog)
    except ResultsError as refusal:
        return refusal.results
    return found._replace(results=tuple(each for each in found.results if not each.code.startswith("mesh-")))


def _cluster(found: Topology) -> Any:
    [tenant] = found.tenants.values()
    [cluster] = tenant.clusters
    return cluster


def _leaves(values: Any, *steps: str | int) -> Iterator[tuple[str, Any]]:
    """The values by path; a list is one value, because Helm replaces whole lists."""
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from _leaves(value, *steps, key)
    elif steps:
        yield path_of(*steps), values


def reached(posture: Posture) -> str:
    """What the nodes of a cluster may reach, in words."""
    if not posture.scoped:
        return "what the platform leaves open"
    return ", ".join(["what is declared", *(each.reached for each in CARVE_OUTS if each.is_open(posture))])
