"""Boundaries: what must be inside a cluster before any app is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.catalog import ChartRef
from krmfn.topology.checks.addresses import check_addresses, cidrs
from krmfn.topology.clusters.hardening import exempt_namespaces
from krmfn.topology.fencing.destinations import destinations
from krmfn.topology.known.isolation import is_scoped
from krmfn.topology.model.fences import AppNamespace, Boundary
from krmfn.topology.model.records import Action, Dependency, Release, Remote
from krmfn.topology.placements import READY_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.topology.model.records import Cluster
    from krmfn.topology.placements import Placed
    from krmfn.topology.releases import Rules

RELEASE_NAME = "krmfn-boundary"
NAMESPACE = "krmfn-system"
NOT_INTERNET = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""Where clusters, nodes and what tells a machine about itself are; no public address is."""
CONNECTING_ADDONS = frozenset({"ingress-nginx", "monitoring-agents"})
"""Addons whose pods connect to apps: requests from outside, and scrapes."""
GATEWAYS = "gateway-api-crds"
"""With this addon Cilium serves Gateways (facts/cozystack.md §2.2)."""


class _Chart(NamedTuple):
    """The objects chart: one of the two, as in a HelmRelease."""

    ref: ChartRef | None
    chart: Mapping[str, Any] | None


def boundaries(clusters: tuple[Cluster, ...], placed: list[Placed], rules: Rules) -> Iterator[Boundary]:
    """One for each cluster whose profile puts something inside it, whether or not an app is there yet.

    Args:
        clusters: of one tenant, in order; the others among them get none.
        placed: the apps on any of them.
        rules: its findings get what cannot be reached, and what has to be configured first.
    """
    for cluster in clusters:
        if not cluster.boundary:
            continue
        chart = _objects_chart(rules)
        here = sorted((each for each in placed if each.cluster.name == cluster.name), key=lambda each: each.namespace)
        namespaces = tuple(_app_namespace(each, rules) for each in here)
        rules.findings.extend(check_addresses(cluster.api_server_addresses, cluster.origin, "apiServerAddresses"))
        _tell_of_ingress(cluster, here, rules)
        if chart:
            yield _boundary(cluster, namespaces, chart, rules)


def _boundary(cluster: Cluster, namespaces: tuple[AppNamespace, ...], chart: _Chart, rules: Rules) -> Boundary:
    profile = cluster.isolation
    addresses = cidrs(cluster.api_server_addresses)
    return Boundary(
        release=_release(cluster, chart, rules),
        namespaces=namespaces,
        scoped=is_scoped(profile),
        cilium=cluster.cilium,
        internet=profile.egress.internet != "deny",
        not_internet=_not_internet((*cidrs(rules.options.network.api_server_addresses or ()), *addresses)),
        api_server_addresses=() if cluster.cilium else addresses,
        pod_security=profile.pod_security,
        # Of an existing cluster krmfn does not know what belongs to the cluster itself.
        exempt=exempt_namespaces(cluster.addons, rules.catalog) if cluster.managed else (),
        quota=profile.quota or {},
        limits=profile.limits or (),
    )


def _release(cluster: Cluster, chart: _Chart, rules: Rules) -> Release:
    """It waits for the first success of the cluster's network: before, neither pods run there nor its kinds exist."""
    options = rules.options
    managed = {"cozystack.io/target-cluster-name": cluster.release} if cluster.managed else {}
    expression = READY_ONCE if rules.target.has("dependsOn[].readyExpr") else ""
    action = Action(options.timeout, disable_wait=False)
    return Release(
        origin=cluster.origin,
        name=cluster.boundary,
        namespace=cluster.namespace,
        owner=cluster.owner,
        chart_ref=chart.ref,
        chart=chart.chart,
        interval=options.interval,
        max_history=options.max_history,
        retry_interval=options.retry_interval,
        install=action,
        upgrade=action,
        values=None,
        labels={**managed, "krmfn.dev/placed-on": cluster.release, "krmfn.dev/boundary": "true"},
        depends_on=(Dependency(f"{cluster.release}-cilium", expression),) if cluster.managed else (),
        remote=Remote(cluster.kubeconfig, RELEASE_NAME, NAMESPACE),
        placed_on=cluster.release,
        prune=cluster.prune,
    )


def _app_namespace(placed: Placed, rules: Rules) -> AppNamespace:
    cluster, placement = placed.cluster, placed.route.placement
    if not is_scoped(cluster.isolation):
        return AppNamespace(placed.namespace, placed.app.owner)
    api_server = placed.kind.api_server or bool(placement and placement.api_server)
    if api_server and not cluster.cilium and not cluster.api_server_addresses:
        message = (
            f"{placed.app.kind} {placed.app.name} needs the API server of cluster {cluster.name}, whose network is not "
            "Cilium's, and krmfn does not know its addresses; name them here, or say cni: cilium if it is"
        )
        rules.findings.append(cluster.origin.error("api-server-addresses-missing", message, "apiServerAddresses"))
    return AppNamespace(
        name=placed.namespace,
        owner=placed.app.owner,
        destinations=tuple(destinations(placed, rules)),
        api_server=api_server,
        from_namespaces=_connecting(cluster, rules),
        from_gateway=GATEWAYS in cluster.addons,
    )


def _connecting(cluster: Cluster, rules: Rules) -> tuple[str, ...]:
    """The namespaces of the addons whose pods connect to apps."""
    there = CONNECTING_ADDONS & cluster.addons
    return tuple(sorted({addon.namespace for addon in rules.catalog.addons() if addon.name in there}))


def _tell_of_ingress(cluster: Cluster, here: list[Placed], rules: Rules) -> None:
    if here and is_scoped(cluster.isolation) and not cluster.managed:
        message = (
            "krmfn does not know what serves this cluster's Ingresses, so no pod outside an app's namespace may "
            "connect to the app; let the ingress controller in by a NetworkPolicy of your own in that namespace"
        )
        rules.findings.append(cluster.origin.info("ingress-controller-unknown", message, "isolationProfile"))


def _objects_chart(rules: Rules) -> _Chart | None:
    """Where Flux finds the objects chart; None, and an error that is the same for every cluster, where nobody says."""
    told, field = rules.options.origin, "spec.objectsChart"
    said = {key: value for key, value in (rules.options.objects_chart or {}).items() if value}
    if not said:
        message = (
            "a profile puts objects inside a cluster, and Flux needs a chart to apply them with: copy krmfn's "
            "catalog/chart to charts/krmfn-objects of a repository that Flux reads, and say chart: {spec: {chart: "
            "./charts/krmfn-objects, sourceRef: {kind: GitRepository, name: <its name>, namespace: <its namespace>}, "
            "reconcileStrategy: ChartVersion}}; or push it to a registry, and name its source in chartRef"
        )
        rules.findings.append(told.error("objects-chart-missing", message, field))
        return None
    if len(said) > 1:
        message = "has a chartRef and a chart; Flux takes one of them, so remove the other"
        rules.findings.append(told.error("invalid-objects-chart", message, field))
        return None
    if "chart" in said:
        spec = _without_nulls(said["chart"]["spec"])
        return _Chart(None, {"spec": spec})
    reference = said["chartRef"]
    return _Chart(ChartRef(reference["kind"], reference["name"], reference.get("namespace") or ""), None)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def _not_internet(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The private ranges, and of these addresses those that are in none; IPv6 is never let out."""
    from ipaddress import IPv4Network  # noqa: PLC0415  (loaded only where a boundary is)

    ranges = [IPv4Network(each) for each in NOT_INTERNET]
    public = {
        address
        for address in (IPv4Network(each) for each in addresses if ":" not in each)
        if not any(address.subnet_of(each) for each in ranges)
    }
    return tuple(map(str, sorted({*ranges, *public})))
