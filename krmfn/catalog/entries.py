"""The contents of the catalog's files, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

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
    """A condition on a value of the app's chart: it must be `literal` if `is_` is true, else it must not be.

    `default` is the chart's default, used if the app's declaration does not set the value.
    """

    value: Parts
    default: Any
    literal: Any
    is_: bool


class Port(NamedTuple):
    """A port that clients connect to; policies use `target_port`, the port of the pod.

    `pods` is the label of the pods that serve it; set only if other pods of the app use the port for something else.
    """

    name: str
    port: int
    target_port: int
    protocol: str
    pods: tuple[str, str] = ("", "")


class Service(NamedTuple):
    """A Service of an app; clients connect to the first one of a kind. It exists if all conditions in `when` hold."""

    name: Parts
    ports: tuple[Port, ...]
    when: tuple[Condition, ...] = ()


class Members(NamedTuple):
    """Pods that clients are redirected to: by name under the headless Service `service`; by address if it is empty.

    `through` has the Service ports whose clients are redirected; empty means all ports. `ports` has the ports of the
    pods, if the kind has no Services.
    """

    service: Parts
    through: tuple[int, ...]
    ports: tuple[Port, ...]


class Credentials(NamedTuple):
    """Keys of a Secret of an app; the key `user` stands for each user in the declaration's `spec.users`.

    The keys have a value if all conditions in `when` hold; with `late`, only after that HelmRelease is upgraded while
    the app runs. `feature` names the feature in targets/ that the targeted release must have for this Secret.
    `generated` has the keys whose values the chart makes of letters and digits, unless the user's own password is set.
    """

    secret: Parts
    keys: tuple[str, ...]
    when: tuple[Condition, ...] = ()
    late: Parts = ()
    feature: str = ""
    generated: tuple[str, ...] = ()


class HealthCheck(NamedTuple):
    """Expressions that decide whether an object is ready, as in a HelmRelease."""

    api_version: str
    kind: str
    current: str
    failed: str
    in_progress: str


class Kind(NamedTuple):
    """A kind of app: how it becomes a release, and what it offers to others.

    Attributes:
        name: the only name that an app of this kind may have (a module); empty if any name is allowed.
        namespace: likewise, the only namespace.
        because: why the shipped chart cannot run on a cluster, if `placeable` is "by-another-chart".
        placeable_when: values with which it can run on one; empty if there are none.
        addons: the addons that every placed app of this kind waits for.
        pods: labels of its pods; if empty, only the labels that the platform puts on every app's pods are known.
        behind_ingress: clients reach it by a host name of the tenant's ingress controller.
        api_server: its pods need the API server of the cluster that they run on.
        feature: the feature in targets/ that the targeted release must have to know the kind.
        pod_security: the strictest Pod Security level that the pods of the shipped chart can meet.
        on_cluster: a chart that runs the kind on a cluster when the shipped chart cannot.
        replaced: a definition names a chart other than the shipped one.
        runs_code: its users write code that it runs.
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
    placeable_when: tuple[Condition, ...] = ()
    stateful: bool = False
    runs_code: bool = False
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


class Renamed(NamedTuple):
    """The replacement for an old kind, and the platform's release that introduced it."""

    since: str
    now: tuple[str, ...]


class Shape(NamedTuple):
    """The schema of the values of a kind's chart, as JSON Schema.

    `given` has the keys of the chart's own values, each with the keys inside it: a user's values are merged over these
    before `required` is checked.
    """

    chart: str
    given: Mapping[str, Any]
    schema: Mapping[str, Any]


class Bundle(NamedTuple):
    """Named chart values, for `ComponentProfile.spec.bundles`."""

    name: str
    description: str
    values: dict[str, Any]


class Program(NamedTuple):
    """A program that runs the output; `features` has the first version of each feature that older ones do not have.

    `behaviours` has the first version of each change in behaviour that needs no new field.
    """

    program: str
    default: str
    supported: tuple[str, ...]
    features: Mapping[str, str]
    behaviours: Mapping[str, str] = {}


class ClosedAddress(NamedTuple):
    """Outside addresses that no sandbox may reach, what is there, and the source of this.

    `within` is a larger range in the list that contains them; empty if there is none.
    """

    cidr: str
    what: str
    source: str
    within: str = ""


class Addon(NamedTuple):
    """A release that the platform installs in a cluster's `namespace`; with `enabled_by`, only if its value is true."""

    name: str
    release: str
    namespace: str
    enabled_by: Parts
