"""What is known of charts: charts that run a kind on a cluster, their values, and values that two charts must share."""

from __future__ import annotations

from typing import Any

from krmfn.catalog.keychecks import check
from krmfn.namedtuple import NamedTuple


class CredentialValue(NamedTuple):
    """Where a chart takes a credential of a kind of service.

    The chart reads the credential only together with the values in `given`, and uses it only if each path in `beside`
    has a value.
    """

    kind: str
    path: str
    given: dict[str, Any]
    beside: tuple[str, ...]


class PodValues(NamedTuple):
    """The values with which some pods of a chart meet Pod Security `restricted`.

    The chart has no such pods if the value at `unless` is false.
    """

    pods: str
    unless: str
    values: dict[str, Any]


class ClusterChart(NamedTuple):
    """A chart of a Helm repository, at the version that was rendered and whose pods were checked.

    `anything` has the value paths below which the chart accepts any value, for example environment variables.
    """

    repository: str
    chart: str
    version: str
    credentials: tuple[CredentialValue, ...]
    anything: tuple[str, ...]
    restricted: tuple[PodValues, ...]


class SharedName(NamedTuple):
    """A name that two charts must share.

    Each entry of the list at `each` has the address of an app of `kind` at `url`, and the app's own name at `name`. The
    app's own name is the first of its values at `called` that is set, else `default`.
    """

    each: str
    url: str
    name: str
    kind: str
    called: tuple[str, ...]
    default: str


def read_shared_name(data: Any) -> SharedName:
    """`sharedName` of a file of kinds/."""
    check(data, required=("each", "url", "name", "kind", "called", "default"))
    return SharedName(**{**data, "called": tuple(data["called"])})


def read_cluster_chart(data: Any) -> ClusterChart:
    """`onCluster` of a file of kinds/."""
    check(data, required=("repository", "chart", "version"), optional=("credentials", "anything", "restricted"))
    return ClusterChart(
        repository=data["repository"],
        chart=data["chart"],
        version=data["version"],
        credentials=tuple(map(_credential, data.get("credentials", ()))),
        anything=tuple(data.get("anything", ())),
        restricted=tuple(map(_pod_values, data.get("restricted", ()))),
    )


def _credential(data: Any) -> CredentialValue:
    check(data, required=("kind", "path"), optional=("given", "beside"))
    return CredentialValue(data["kind"], data["path"], data.get("given", {}), tuple(data.get("beside", ())))


def _pod_values(data: Any) -> PodValues:
    check(data, required=("pods", "values"), optional=("unless",))
    return PodValues(data["pods"], data.get("unless", ""), data["values"])
