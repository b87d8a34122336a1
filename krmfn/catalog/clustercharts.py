"""What is known of charts themselves: which run a kind on a cluster, what they take, what two must agree on."""

from __future__ import annotations

from typing import Any, NamedTuple

from krmfn.catalog.checking import check


class CredentialValue(NamedTuple):
    """Where a chart takes a credential of a kind of service.

    It reads it only with the values of `given`, and makes nothing of it until there is something at each of `beside`.
    """

    kind: str
    path: str
    given: dict[str, Any]
    beside: tuple[str, ...]


class PodValues(NamedTuple):
    """What Pod Security `restricted` needs of some of a chart's pods.

    There are no such pods if the value at `unless` is false.
    """

    pods: str
    unless: str
    values: dict[str, Any]


class ClusterChart(NamedTuple):
    """A chart of a Helm repository, at the version that was rendered and whose pods were judged.

    `anything` are the value paths below which the chart takes whatever it is given, as environment variables for
    example.
    """

    repository: str
    chart: str
    version: str
    credentials: tuple[CredentialValue, ...]
    anything: tuple[str, ...]
    restricted: tuple[PodValues, ...]


class SharedName(NamedTuple):
    """A name that two charts have to agree on.

    Each entry of the list at `each` has at `url` the address of an app of `kind`, and at `name` what that app calls
    itself: the first of its values at `called` that is there, else `default`.
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
