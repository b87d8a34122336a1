"""Charts of placed apps: whether the cluster admits their pods, and whether they read their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.topology.checks.chartvalues import at
from krmfn.topology.checks.targetpaths import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import ClusterChart, CredentialValue, Kind
    from krmfn.results import Result
    from krmfn.topology.placements.placed import Placed

Steps = tuple[str | int, ...]

RESTRICTED = "restricted"


def check_chart(placed: Placed) -> Iterator[Result]:
    """Checks an app's chart, if it is a known one: shipped, or named by `spec.kinds` or a definition."""
    kind, level = placed.kind, placed.cluster.posture.pod_security
    if not kind.replaced:
        if level == RESTRICTED != kind.pod_security:
            yield _never_admitted(placed)
        return
    chart = kind.on_cluster
    # With another name it may be another chart, which is not known.
    if chart and chart.chart in kind.chart_ref.name:
        if level == RESTRICTED:
            yield from _not_admitted(placed, chart)
        yield from _not_read(placed, chart)


def another_chart(kind: Kind) -> str:
    """What to write in the ComputePlane so that the kind runs on a cluster; empty if no such chart is known."""
    chart = kind.on_cluster
    if not chart:
        return ""
    namespace = kind.chart_ref.namespace
    entry = f"{{kind: {kind.kind}, chartRef: {{kind: HelmChart, name: {chart.chart}, namespace: {namespace}}}}}"
    return (
        f"the chart {chart.chart} {chart.version} of {chart.repository} can: make a HelmChart of it in namespace "
        f"{namespace}, and put {entry} into spec.kinds of the ComputePlane"
    )


def _never_admitted(placed: Placed) -> Result:
    app, kind = placed.app, placed.kind
    origin, field = placed.route.about_app()
    way_out = another_chart(kind) or "name a chart that can in spec.kinds of the ComputePlane"
    message = (
        f"{app.kind} {app.name} cannot run on cluster {placed.cluster.name}, which holds its pods to {RESTRICTED}: the "
        f"chart {kind.chart_ref.name} has no values for that; {way_out}"
    )
    return origin.error("pods-refused", message, field)


def _not_admitted(placed: Placed, chart: ClusterChart) -> Iterator[Result]:
    """A finding for each component whose pods the cluster would refuse with the app's values."""
    app, values = placed.app, placed.app.values or {}
    arriving = {split(each.target_path) for connection in placed.connections for each in connection.credentials}
    for needs in chart.restricted:
        if needs.unless and at(values, tuple(needs.unless.split("."))) == (True, False):
            continue
        missing = [
            (steps, wanted)
            for steps, wanted in _leaves(needs.values)
            if steps not in arriving and not _is(at(values, steps)[1], wanted)
        ]
        if missing:
            told = ", ".join(f"{path_of(*steps)}: {_spelt_value(wanted)}" for steps, wanted in missing)
            instead = f", or set {needs.unless}: false if you do not need them" if needs.unless else ""
            message = (
                f"cluster {placed.cluster.name} holds its pods to {RESTRICTED} and refuses the pods of {needs.pods} "
                f"that {_spelt(chart)} creates with these values; set {told}{instead}"
            )
            field = join_path(app.values_field, path_of(*missing[0][0]))
            yield app.origin.warning("pods-refused", message, field)


def _not_read(placed: Placed, chart: ClusterChart) -> Iterator[Result]:
    """A finding for each credential that the chart would ignore."""
    app, values = placed.app, placed.app.values or {}
    for connection in placed.connections:
        service = connection.kind.kind
        known = {split(each.path): each for each in chart.credentials if each.kind == service}
        for credential in connection.credentials:
            steps = split(credential.target_path)
            taken = known.get(steps)
            message = ""
            if taken and (lacking := _lacking(taken, values)):
                message = (
                    f"{_spelt(chart)} reads {credential.target_path} only together with {lacking}; set that in the "
                    f"values of {app.kind} {app.name}"
                )
            elif not taken and not any(steps[: len(under)] == under for under in map(split, chart.anything)):
                below = (f"below {each}" for each in chart.anything)
                paths = " or ".join([each.path for each in known.values()] or below)
                message = (
                    f"{_spelt(chart)} reads nothing at {credential.target_path}; it takes a credential of {service} "
                    f"{'at ' if known else ''}{paths}"
                )
            if message:
                yield credential.origin.warning("credential-not-read", message, "targetPath")


def _lacking(taken: CredentialValue, values: dict[str, Any]) -> str:
    """The values that are missing for the chart to read the credential."""
    lacking = [
        f"{path_of(*steps)}: {_spelt_value(wanted)}"
        for steps, wanted in _leaves(taken.given)
        if not _is(at(values, steps)[1], wanted)
    ]
    lacking += [
        f"text or a number at {path}"
        for path in taken.beside
        if not isinstance(value := at(values, tuple(path.split(".")))[1], (str, int, float)) or value == ""
    ]
    return " and ".join(lacking)


def _spelt_value(value: Any) -> str:
    from json import dumps  # noqa: PLC0415  (only where there is something to report)

    return dumps(value)


def _spelt(chart: ClusterChart) -> str:
    return f"the chart {chart.chart} {chart.version}"


def _is(value: Any, wanted: Any) -> bool:
    """True if the value is the wanted one; for a list, if it contains all wanted entries."""
    if isinstance(wanted, list):
        return isinstance(value, list) and all(each in value for each in wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def _leaves(values: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[Steps, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key), value
