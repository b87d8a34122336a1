"""The options of the functionConfig, as values with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin


class Network(NamedTuple):
    """Addresses of the management cluster, as written; `api_server_addresses` is None if it was not set."""

    api_server_addresses: tuple[str, ...] | None = None
    service_cidrs: tuple[str, ...] = ()
    pod_cidrs: tuple[str, ...] = ()
    node_cidrs: tuple[str, ...] = ()
    node_local_dns: tuple[str, ...] = ()
    cluster_domain: str = "cozy.local"
    cluster_network_policy: bool = False


class Guarded(NamedTuple):
    """Who may pass the guards: service accounts as `namespace/name`, users and groups; None if it was not set.

    `tenants` is the namespace of the service accounts of tenants, each named like the tenant's namespace.
    """

    flux: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    tenants: str = ""


class Options(NamedTuple):
    """The options of the functionConfig, with their defaults.

    `namespace` is the default namespace of declarations. `bound_to` has the namespaces in which a run may declare; if
    it is empty, all are allowed.
    """

    origin: Origin
    namespace: str = ""
    bound_to: frozenset[str] = frozenset()
    target: Mapping[str, str] = {}
    scope: str = "tenant"
    validate_only: bool = False
    protect: str = "clusters"
    require_placement: str = "none"
    objects_chart: Mapping[str, Any] | None = None
    variables: tuple[str, ...] = ()
    network: Network = Network()
    guarded: Guarded = Guarded()
    interval: str = "5m"
    timeout: str = "10m"
    retry_interval: str = "30s"
    max_history: int = 5
    chart_namespace: str = ""
    annotations: Mapping[str, str] = {}
