"""What the catalog's files say, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.catalog.clustercharts import ClusterChart, SharedName
    from krmfn.catalog.parts import Parts


class ChartRef(NamedTuple):
    """Where Flux finds a chart, as in a HelmRelease."""

    kind: str
    name: str
    namespace: str


class Condition(NamedTuple):
    """A value of the app's chart, and what it must be (`is_`), or must not be.

    `default` is what the chart takes where the app's declaration says nothing.
    """

    value: Parts
    default: Any
    literal: Any
    is_: bool


class Port(NamedTuple):
    """A port that clients connect to; policies are about `target_port`, that of the pod.

    `pods` is the label of the pods that serve it, where other pods of the app listen on it for something else.
    """

    name: str
    port: int
    target_port: int
    protocol: str
    pods: tuple[str, str] = ("", "")


class Service(NamedTuple):
    """A Service of an app; the first of a kind is the one to connect to. It is there `when` all of these hold."""

    name: Parts
    ports: tuple[Port, ...]
    when: tuple[Condition, ...] = ()


class Members(NamedTuple):
    """Pods that clients are sent on to, by names under the headless Service `service`, or without one by address.

    `through` are the Service ports whose clients are, all of them if empty. `ports` are what the pods of a kind without
    Services listen on.
    """

    service: Parts
    through: tuple[int, ...]
    ports: tuple[Port, ...]


class Credentials(NamedTuple):
    """Keys of a Secret of an app; the key `user` stands for every one of the declaration's `spec.users`.

    `when` all of these hold they have a value, with `late` once that HelmRelease has been upgraded while the app runs.
    `feature` is what the targeted release must have for it, by its name in targets/.
    """

    secret: Parts
    keys: tuple[str, ...]
    when: tuple[Condition, ...] = ()
    late: Parts = ()
    feature: str = ""


class HealthCheck(NamedTuple):
    """An expression that says when an object is ready, as in a HelmRelease."""

    api_version: str
    kind: str
    current: str
    failed: str
    in_progress: str


class Kind(NamedTuple):
    """A kind of app: how it becomes a release, and what it offers to others.

    `name` is the only one that a module may have, else empty, and `namespace` likewise. `because` says why this chart
    cannot run on a cluster where `placeable` is "by-another-chart". `addons` are those that every placed instance waits
    for. Without `pods`, only the labels that the platform puts on every app's pods tell them from others.
    `behind_ingress` are those that clients reach by a host name of the tenant's ingress controller. `api_server` are
    those whose pods need the API server of the cluster that they run on. `feature` is what the targeted release must
    have to know the kind, by its name in targets/. `pod_security` is the strictest level that the pods of the shipped
    chart can be made to meet. `on_cluster` is a chart that runs the kind where the shipped one cannot. `replaced` says
    that a definition has named another chart than the shipped one.
    """

    kind: str
    plural: str
    prefix: str
    chart_ref: ChartRef
    labels: Mapping[str, str] = {}
    install_timeout: str = ""
    upgrade_timeout: str = ""
    disable_wait: bool = False
    wait_strategy: str = ""
    health_checks: tuple[HealthCheck, ...] = ()
    name: str = ""
    namespace: str = ""
    placeable: str = "always"
    because: str = ""
    stateful: bool = False
    addons: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    pods: Mapping[str, Parts] = {}
    credentials: tuple[Credentials, ...] = ()
    note: str = ""
    behind_ingress: bool = False
    members: Members | None = None
    api_server: bool = False
    feature: str = ""
    pod_security: str = "restricted"
    on_cluster: ClusterChart | None = None
    shared_name: SharedName | None = None
    replaced: bool = False
    schema: Any = None


class Bundle(NamedTuple):
    """Chart values under a name, for `ComponentProfile.spec.bundles`."""

    name: str
    description: str
    values: dict[str, Any]


class Program(NamedTuple):
    """A program that runs the output; `features` has the first version of what not every supported one has.

    `behaviours` has that of what it does differently from then on, with the same fields.
    """

    program: str
    default: str
    supported: tuple[str, ...]
    features: Mapping[str, str]
    behaviours: Mapping[str, str] = {}


class Addon(NamedTuple):
    """A release that the platform makes in a cluster's `namespace`: always, or if the value at `enabled_by` is true."""

    name: str
    release: str
    namespace: str
    enabled_by: Parts
