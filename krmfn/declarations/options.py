"""What the functionConfig says beside declarations, as values, with the defaults of what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin


class Network(NamedTuple):
    """Addresses of the management cluster, as written; None where the addresses of its API server were not said."""

    api_server_addresses: tuple[str, ...] | None = None
    service_cidrs: tuple[str, ...] = ()
    pod_cidrs: tuple[str, ...] = ()
    cluster_domain: str = "cozy.local"
    cluster_network_policy: bool = False


class Guarded(NamedTuple):
    """Whom the guards let pass: service accounts as `namespace/name`, users and groups; None where it was not said."""

    flux: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None


class Options(NamedTuple):
    """What the functionConfig says, with the defaults of what it does not say.

    `namespace` is that of declarations that name none. `bound_to` are the namespaces in which a run may declare; where
    it is empty, in all.
    """

    origin: Origin
    namespace: str = ""
    bound_to: frozenset[str] = frozenset()
    target: Mapping[str, str] = {}
    scope: str = "tenant"
    validate_only: bool = False
    protect: str = "clusters"
    objects_chart: Mapping[str, Any] | None = None
    variables: tuple[str, ...] = ()
    network: Network = Network()
    guarded: Guarded = Guarded()
    interval: str = "5m"
    timeout: str = "10m"
    retry_interval: str = "30s"
    max_history: int = 5
    chart_namespace: str = ""
