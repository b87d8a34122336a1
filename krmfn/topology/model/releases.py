"""Releases: each HelmRelease of a tenant, with everything about it decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
    """A release that must be there first; `ready_expr` says when it is."""

    name: str
    ready_expr: str


class ValuesReference(NamedTuple):
    """A Secret, or one of its keys at a path of the values; never the value itself (R7)."""

    secret: str
    key: str = ""
    target_path: str = ""
    literal: bool = False


class Remote(NamedTuple):
    """Where a placed release goes: Flux applies it on the cluster whose kubeconfig this is.

    Where a boundary makes the namespace, the release may not create it: helm-controller would apply it once more, as
    the same owner, and so take the boundary's labels off it (run).
    """

    kubeconfig: SecretKey
    release_name: str
    target_namespace: str
    create_namespace: bool = True


class Release(NamedTuple):
    """One HelmRelease. Durations are as Go writes them, so that what is stored is what was written.

    Attributes:
        owner: `<Kind>/<name>` of its declaration.
        labels: all of them, and likewise `annotations`, but for those that say what this record says.
        prune: whether Flux may delete it when it leaves Git (R8).
        substitute: whether Flux's post-build substitution is to touch it (R6).
        keeps_data: whether deleting it deletes data.
        placed_on: the release of the cluster that it runs on; empty on the management plane.
        connections: the managed services that a placed app talks to.
        chart: where Flux finds the chart instead of `chart_ref`, as `spec.chart` of a HelmRelease.
        monitors: of a cluster whose kubeconfig is withheld, the WorkloadMonitors that its tenant may read all the same.
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
