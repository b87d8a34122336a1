"""Declarations as values: they are read, but nothing is looked up, defaulted or decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.declarations.options import Options
    from krmfn.resourcelist import Identity, Resource, ResourceList
    from krmfn.results import Origin, Result


class DeclaredApp(NamedTuple):
    """One instance of a catalog app. `values_field` is the field of the object at `origin` that has its values."""

    origin: Origin
    kind: str
    name: str
    namespace: str
    values: dict[str, Any] | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    values_field: str = "spec"

    @property
    def owner(self) -> str:
        """The owner mark of what it expands to."""
        return f"{self.kind}/{self.name}"


class KubeconfigRef(NamedTuple):
    """A Secret of the same namespace that contains a kubeconfig, and the key."""

    name: str
    key: str


class DeclaredCluster(NamedTuple):
    """A cluster to create (a `Kubernetes`), an existing one (`kubeconfig`), or the platform's module cluster."""

    origin: Origin
    name: str
    namespace: str
    isolation_profile: str
    component_profile: str
    values: dict[str, Any] | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    values_field: str = "spec"
    kubeconfig: KubeconfigRef | None = None
    module: bool = False
    cni: str = ""
    api_server_addresses: tuple[str, ...] = ()

    @property
    def to_create(self) -> bool:
        return self.kubeconfig is None and not self.module

    @property
    def owner(self) -> str:
        """The owner mark of what it expands to."""
        return f"Kubernetes/{self.name}"


class Credential(NamedTuple):
    """A key of one of a service's Secrets, and the chart value that it is used for."""

    origin: Origin
    key: str
    target_path: str
    user: str
    secret: str


class DeclaredConnection(NamedTuple):
    """A managed service that the placed apps connect to; `users` only if `external` (declared elsewhere)."""

    origin: Origin
    kind: str
    name: str
    external: bool
    users: tuple[str, ...]
    ports: tuple[int, ...]
    credentials: tuple[Credential, ...]


class AppRef(NamedTuple):
    origin: Origin
    kind: str
    name: str


class DeclaredPlacement(NamedTuple):
    """Apps of a namespace that run on one of its clusters."""

    origin: Origin
    namespace: str
    cluster: str
    apps: tuple[AppRef, ...]
    connections: tuple[DeclaredConnection, ...]
    target_namespace: str
    api_server: bool = False


class DeclaredSide(NamedTuple):
    """One side of a mesh."""

    origin: Origin
    name: str
    local: bool
    kubeconfig: KubeconfigRef | None
    allowed_networks: tuple[str, ...]
    wireguard_port: int | None = None
    persistent_keepalive: int | None = None


class DeclaredMesh(NamedTuple):
    """Clusters of a namespace whose networks will be joined."""

    origin: Origin
    name: str
    namespace: str
    sides: tuple[DeclaredSide, ...]


class Definition(NamedTuple):
    """How a kind becomes a release; a field is None if the definition does not set it."""

    origin: Origin
    kind: str
    plural: str | None = None
    prefix: str | None = None
    chart_ref: Mapping[str, Any] | None = None
    labels: Mapping[str, str] | None = None
    install_timeout: str | None = None
    upgrade_timeout: str | None = None
    disable_wait: bool | None = None
    wait_strategy: str | None = None
    health_checks: tuple[Mapping[str, str], ...] = ()
    schema: str = ""
    placement: str = ""
    mutation: str = ""
    inline: bool = False


class Profile(NamedTuple):
    """A user's IsolationProfile or ComponentProfile; `spec` has the fields of its model that the user set."""

    origin: Origin
    name: str
    spec: dict[str, Any]
    annotations: Mapping[str, str] = {}


class BrokenKey(NamedTuple):
    """The identity of a declaration that is invalid."""

    kind: str
    namespace: str
    name: str


class Declarations(NamedTuple):
    """Everything that was declared, and the items that are returned.

    Attributes:
        kept: the items that are returned, in input order; declarations are marked local-config, others are unchanged.
        earlier: objects that an earlier run generated, and that this run generates again or no longer.
        existing: objects that the user wrote; no generated object may replace them.
        broken: declarations that are invalid.
        results: may contain errors; valid declarations are still checked further, so that all errors are reported
            at once (R9).
    """

    options: Options
    clusters: tuple[DeclaredCluster, ...]
    apps: tuple[DeclaredApp, ...]
    placements: tuple[DeclaredPlacement, ...]
    definitions: tuple[Definition, ...]
    isolation_profiles: tuple[Profile, ...]
    component_profiles: tuple[Profile, ...]
    kept: ResourceList
    earlier: tuple[Resource, ...]
    existing: Mapping[Identity, Origin]
    broken: frozenset[BrokenKey]
    results: tuple[Result, ...]
    meshes: tuple[DeclaredMesh, ...] = ()

    def is_broken(self, kind: str, namespace: str, name: str) -> bool:
        """True if it was declared but is invalid. Then it is not reported as missing as well."""
        keys = {BrokenKey(kind, where, called) for where in (namespace, "") for called in (name, "")}
        return not self.broken.isdisjoint(keys)

    def broken_names(self, kind: str) -> frozenset[str]:
        """The names of the invalid declarations of a cluster-scoped kind."""
        return frozenset(each.name for each in self.broken if each.kind == kind)
