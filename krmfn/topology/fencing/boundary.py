"""Boundaries: objects that must be inside a cluster before any app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog import ChartRef
from krmfn.marks import BOUNDARY, CONFIRM_LOOSENING, PLACED_ON, TARGET_CLUSTER
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.addresses import check_addresses, cidrs
from krmfn.topology.checks.durations import canonical
from krmfn.topology.clusters.addons import exempt_namespaces
from krmfn.topology.fencing.destinations import destinations
from krmfn.topology.fencing.egress import closed_addresses
from krmfn.topology.model.fences import AppNamespace, Boundary
from krmfn.topology.model.releases import Dependency, HelmAction, Release, Remote
from krmfn.topology.placements import READY_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.catalog import Catalog
    from krmfn.results import Result, Rule
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.placements.placed import Placed

RELEASE_NAME = "krmfn-boundary"
NAMESPACE = "krmfn-system"
PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Private ranges: clusters and their nodes have addresses in them, and no public address is in them."""
CONNECTING_ADDONS = frozenset({"ingress-nginx", "monitoring-agents"})
"""Addons whose pods connect to apps: for requests from outside, and for metrics."""
GATEWAYS = "gateway-api-crds"
"""With this addon Cilium serves Gateways."""


class ChartSource(NamedTuple):
    """The source of the objects chart for Flux: one of the two fields, as in a HelmRelease."""

    ref: ChartRef | None
    chart: Mapping[str, Any] | None


def boundaries(clusters: tuple[Cluster, ...], placed: list[Placed], known: Known) -> Rule[tuple[Boundary, ...]]:
    """One boundary for each cluster whose profile needs objects inside it, even before it has an app.

    Args:
        clusters: all clusters of one tenant, in order.
        placed: the apps on these clusters.
        known: the lookups of the run.
    """
    found: list[Boundary] = []
    by_cluster: dict[str, list[Placed]] = {}
    for each in placed:
        by_cluster.setdefault(each.cluster.name, []).append(each)
    for cluster in clusters:
        if not cluster.boundary:
            continue
        chart = yield from _objects_chart(known)
        here = sorted(by_cluster.get(cluster.name, []), key=lambda each: each.namespace)
        namespaces: list[AppNamespace] = []
        for app in here:
            namespace = yield from _app_namespace(app, known)
            namespaces.append(namespace)
        yield from check_addresses(cluster.api_server_addresses, cluster.origin, "apiServerAddresses")
        yield from _unknown_ingress(cluster, here)
        if chart:
            found.append(_boundary(cluster, tuple(namespaces), chart, known))
    return tuple(found)


def _boundary(cluster: Cluster, namespaces: tuple[AppNamespace, ...], chart: ChartSource, known: Known) -> Boundary:
    addresses = cidrs(cluster.api_server_addresses)
    return Boundary(
        release=_release(cluster, chart, known),
        namespaces=namespaces,
        posture=cluster.posture,
        cilium=cluster.cilium,
        not_internet=_not_internet(
            (
                *closed_addresses(known.catalog),
                *cidrs(known.options.network.api_server_addresses or ()),
                *addresses,
            )
        ),
        api_server_addresses=() if cluster.cilium else addresses,
        # In an existing cluster, krmfn does not know the system namespaces.
        exempt=exempt_namespaces(cluster.addons, known.catalog) if cluster.managed else (),
    )


def _release(cluster: Cluster, chart: ChartSource, known: Known) -> Release:
    """The boundary's release. It waits until the network is installed: before, no pods run and kinds are missing."""
    options = known.options
    goes = bool(cluster.next and not cluster.next.fenced_inside)
    managed = {TARGET_CLUSTER: cluster.release} if cluster.managed else {}
    action = HelmAction(canonical(options.timeout), disable_wait=False)
    return Release(
        origin=cluster.origin,
        name=cluster.boundary,
        namespace=cluster.namespace,
        owner=cluster.owner,
        chart_ref=chart.ref,
        chart=chart.chart,
        interval=canonical(options.interval),
        max_history=options.max_history,
        retry_interval=canonical(options.retry_interval),
        install=action,
        upgrade=action,
        values=None,
        labels={**managed, PLACED_ON: cluster.release, BOUNDARY: "true"},
        depends_on=(Dependency(f"{cluster.release}-cilium", READY_ONCE),) if cluster.managed else (),
        remote=Remote(cluster.kubeconfig, RELEASE_NAME, NAMESPACE),
        placed_on=cluster.release,
        prune=cluster.prune or goes,
        annotations={CONFIRM_LOOSENING: cluster.confirmation} if goes else {},
    )


def _app_namespace(placed: Placed, known: Known) -> Rule[AppNamespace]:
    cluster, placement = placed.cluster, placed.route.placement
    if not cluster.posture.scoped:
        return AppNamespace(placed.namespace, placed.app.owner)
    api_server = placed.kind.api_server or bool(placement and placement.api_server)
    if api_server and not cluster.cilium and not cluster.api_server_addresses:
        message = (
            f"{placed.app.kind} {placed.app.name} needs the API server of cluster {cluster.name}, whose network is "
            "not Cilium, and krmfn does not know its addresses; set them here, or set cni: cilium if it is Cilium"
        )
        yield cluster.origin.error("api-server-addresses-missing", message, "apiServerAddresses")
    reached = yield from destinations(placed, known.options.network, known.options.origin)
    return AppNamespace(
        name=placed.namespace,
        owner=placed.app.owner,
        destinations=reached,
        api_server=api_server,
        from_namespaces=_connecting(cluster, known.catalog),
        from_gateway=GATEWAYS in cluster.addons,
    )


def _connecting(cluster: Cluster, catalog: Catalog) -> tuple[str, ...]:
    """The namespaces of the addons whose pods connect to apps."""
    there = CONNECTING_ADDONS & cluster.addons
    return tuple(sorted({addon.namespace for addon in catalog.addons() if addon.name in there}))


def _unknown_ingress(cluster: Cluster, here: list[Placed]) -> Iterator[Result]:
    if here and cluster.posture.scoped and not cluster.managed:
        message = (
            "krmfn does not know this cluster's ingress controller, so no pod outside an app's namespace may connect "
            "to the app; allow the ingress controller with your own NetworkPolicy in that namespace"
        )
        yield cluster.origin.info("ingress-controller-unknown", message, "isolationProfile")


def _objects_chart(known: Known) -> Rule[ChartSource | None]:
    """The source of the objects chart; if it is not set, None and an error, the same for every cluster."""
    origin, field = known.options.origin, "spec.objectsChart"
    said = {key: value for key, value in (known.options.objects_chart or {}).items() if value}
    if not said:
        message = (
            "a profile needs objects inside a cluster, and Flux needs a chart to apply them: copy krmfn's "
            "catalog/chart to charts/krmfn-objects of a repository that Flux reads, and set chart: {spec: {chart: "
            "./charts/krmfn-objects, sourceRef: {kind: GitRepository, name: <its name>, namespace: <its namespace>}, "
            "reconcileStrategy: ChartVersion}}; or push it to a registry, and set its source in chartRef"
        )
        yield origin.error("objects-chart-missing", message, field)
        return None
    if len(said) > 1:
        message = "has a chartRef and a chart, but Flux accepts only one; remove the other"
        yield origin.error("invalid-objects-chart", message, field)
        return None
    if "chart" in said:
        return ChartSource(None, {"spec": _without_nulls(said["chart"]["spec"])})
    reference = said["chartRef"]
    return ChartSource(ChartRef(reference["kind"], reference["name"], reference.get("namespace") or ""), None)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def _not_internet(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The private ranges, and those of the addresses that are outside them; IPv6 to the internet is never allowed."""
    from ipaddress import IPv4Network  # noqa: PLC0415  (loaded only where a boundary is)

    ranges = [IPv4Network(each) for each in PRIVATE]
    public = {
        address
        for address in (IPv4Network(each) for each in addresses if ":" not in each)
        if not any(address.subnet_of(each) for each in ranges)
    }
    return tuple(map(str, sorted({*ranges, *public})))
