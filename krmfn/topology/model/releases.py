"""Releases: each HelmRelease of a tenant, with every field decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.catalog import ChartRef, HealthCheck
    from krmfn.results import Origin
    from krmfn.topology.model.clusters import SecretKey
    from krmfn.topology.model.connections import Connection


class HelmAction(NamedTuple):
    """How Helm installs or upgrades."""

    timeout: str
    disable_wait: bool


class Dependency(NamedTuple):
    """A release that must be ready first; `ready_expr` decides when it is."""

    name: str
    ready_expr: str


class ValuesReference(NamedTuple):
    """A reference to a Secret, or to one of its keys for a path of the values; never the value itself (R7)."""

    secret: str
    key: str = ""
    target_path: str = ""
    literal: bool = False


class Remote(NamedTuple):
    """The cluster of a placed release: Flux applies the release with this kubeconfig.

    If a boundary creates the namespace, the release may not create it: helm-controller would apply it again as the same
    field manager, and so remove the boundary's labels (run).
    """

    kubeconfig: SecretKey
    release_name: str
    target_namespace: str
    create_namespace: bool = True


class Release(NamedTuple):
    """One HelmRelease. Durations are as Go writes them, so that the API server stores them unchanged.

    Attributes:
        owner: `<Kind>/<name>` of its declaration.
        labels: all labels, except those that other fields here decide; `annotations` likewise.
        prune: Flux may delete it when it is removed from Git (R8).
        substitute: Flux's post-build substitution processes it (R6).
        keeps_data: deleting it deletes data.
        placed_on: the release of the cluster that it runs on; empty on the management plane.
        connections: the managed services that a placed app connects to.
        chart: `spec.chart` of the HelmRelease, used instead of `chart_ref`.
        monitors: for a cluster with a withheld kubeconfig, the WorkloadMonitors that its tenant may still read.
        confirmation: the loosening that its declaration confirms, as `<from>-><to>` (R15).
    """

    origin: Origin
    name: str
    namespace: str
    owner: str
    chart_ref: ChartRef | None
    interval: str
    max_history: int
    retry_interval: str
    install: HelmAction
    upgrade: HelmAction
    values: dict[str, Any] | None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    values_from: tuple[ValuesReference, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    wait_strategy: str = ""
    health_checks: tuple[HealthCheck, ...] = ()
    remote: Remote | None = None
    placed_on: str = ""
    connections: tuple[Connection, ...] = ()
    prune: bool = True
    substitute: bool = False
    keeps_data: bool = False
    chart: Mapping[str, Any] | None = None
    monitors: tuple[str, ...] = ()
    confirmation: str = ""
