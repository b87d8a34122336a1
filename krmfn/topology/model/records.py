"""The resolved picture, as values: who exists, where it runs, who may talk to whom, what protects what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.catalog import ChartRef, HealthCheck, IsolationProfile, Port
    from krmfn.results import Origin, Result
    from krmfn.topology.meshes import Mesh
    from krmfn.topology.model.fences import AdmissionConfiguration, Boundary, EgressPolicy


class Cluster(NamedTuple):
    """A cluster that apps can be placed on.

    Attributes:
        owner: `<Kind>/<name>` of its declaration.
        release: what `krmfn.dev/placed-on` says.
        addons: those that the platform runs in it; an existing cluster has none that krmfn knows of.
        managed: whether the platform runs it: created here, or the module cluster.
        created: whether its release is written here.
        cilium: whether its own network is Cilium.
        api_server_addresses: CIDRs of its own API server, as far as they were declared.
        prune: whether its deletion has been confirmed, so that Flux may delete it and what fences it (R8).
        boundary: the release that fences it inside; empty where nothing does.
    """

    origin: Origin
    name: str
    namespace: str
    owner: str
    release: str
    kubeconfig: SecretKey
    isolation: IsolationProfile
    addons: frozenset[str]
    managed: bool
    created: bool
    cilium: bool
    api_server_addresses: tuple[str, ...]
    prune: bool
    boundary: str


class SecretKey(NamedTuple):
    """One key of a Secret in the release's own namespace."""

    name: str
    key: str


class Connection(NamedTuple):
    """A placed app's way to a managed service: its ports, by what the service's release is called."""

    cluster: str
    app: str
    kind: str
    name: str
    release: str
    ports: tuple[Port, ...]


class Action(NamedTuple):
    """How Helm installs or upgrades."""

    timeout: str
    disable_wait: bool


class Dependency(NamedTuple):
    """A release that must be there first; with `ready_expr` for the first install only (facts/engine.md §8)."""

    name: str
    ready_expr: str = ""


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
    """One HelmRelease, with everything about it decided.

    Attributes:
        owner: `<Kind>/<name>` of its declaration.
        labels: all of them, and likewise `annotations`, but for those that say what this record says.
        prune: whether Flux may delete it when it leaves Git (R8).
        substitute: whether Flux's post-build substitution is to touch it (R6).
        keeps_data: whether deleting it deletes data.
        placed_on: the release of the cluster that it runs on; empty on the management plane.
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
    install: Action
    upgrade: Action
    values: dict[str, Any] | None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    values_from: tuple[ValuesReference, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    wait_strategy: str = ""
    health_checks: tuple[HealthCheck, ...] = ()
    remote: Remote | None = None
    placed_on: str = ""
    prune: bool = True
    substitute: bool = False
    keeps_data: bool = False
    chart: Mapping[str, Any] | None = None
    monitors: tuple[str, ...] = ()


class Tenant(NamedTuple):
    """What one namespace's declarations come to; nothing of another namespace is in it (R12)."""

    namespace: str
    clusters: tuple[Cluster, ...] = ()
    releases: tuple[Release, ...] = ()
    connections: tuple[Connection, ...] = ()
    egress: tuple[EgressPolicy, ...] = ()
    admission: tuple[AdmissionConfiguration, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    meshes: tuple[Mesh, ...] = ()


class Platform(NamedTuple):
    """What is the same for all tenants and installed once: the guards, and the roles.

    Attributes:
        owner: `<Kind>/<name>` of the functionConfig.
        cozystack: whether the platform is there, with its clean-up accounts and its roles.
        administrators: names of users who may change what is guarded, and likewise `administrator_groups`.
        flux: user names of the service accounts that Flux works with.
        mutable_kinds: plurals of the kinds that administrators of tenants may change.
        retries_prunes: whether Flux tries again what it could not prune.
    """

    origin: Origin
    owner: str
    cozystack: bool
    administrators: tuple[str, ...]
    administrator_groups: tuple[str, ...]
    flux: tuple[str, ...]
    mutable_kinds: tuple[str, ...]
    retries_prunes: bool


class Topology(NamedTuple):
    """The tenants by namespace, in order, and the platform; an output has the one or the other, never both."""

    tenants: Mapping[str, Tenant]
    platform: Platform | None
    results: tuple[Result, ...]
