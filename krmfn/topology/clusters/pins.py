"""Pins: chart values that a profile fixes, and values of a declaration that contradict them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.topology.checks.chartvalues import contradictions
from krmfn.topology.checks.names import spec_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Kind
    from krmfn.declarations import DeclaredCluster
    from krmfn.results import Origin, Result
    from krmfn.topology.checks.chartvalues import Steps
    from krmfn.topology.known.lookups import Known
    from krmfn.topology.model.postures import Posture


def contradicted(declared: DeclaredCluster, posture: Posture, preset: dict[str, Any], known: Known) -> Iterator[Result]:
    """An error for each value that contradicts a pin; neither of the two is silently overridden."""
    origin, name = declared.origin, posture.name
    secret = [steps for steps, _ in known.credentials.places(posture.pins)]

    def shown(place: Steps, pin: Any) -> str:
        from json import dumps  # noqa: PLC0415  (only where there is something to report)

        return "a credential" if any(steps[: len(place)] == place for steps in secret) else dumps(pin)

    for steps, pin in contradictions(declared.values or {}, posture.pins):
        message = (
            f'isolationProfile "{name}" pins {path_of(*steps)} to {shown(steps, pin)}, and this says otherwise; remove '
            "it, or choose another profile"
        )
        yield origin.error("pin-contradicted", message, join_path(declared.values_field, path_of(*steps)))
    for steps, pin in contradictions(preset, posture.pins):
        message = (
            f'isolationProfile "{name}" pins {path_of(*steps)} to {shown(steps, pin)}, and componentProfile '
            f'"{declared.component_profile}" says otherwise; choose another'
        )
        yield origin.error("pin-contradicted", message, spec_field(origin, "componentProfile"))


def check_platform_chart(posture: Posture, kind: Kind, known: Known, origin: Origin, field: str) -> Iterator[Result]:
    """A result if a definition names another chart: pins, hardening and egress are written for the platform's chart."""
    shipped, chart = known.catalog.kind(kind.kind), kind.chart_ref
    if shipped is None or not posture.changes_release:
        return
    at_home = chart.namespace in {shipped.chart_ref.namespace, known.options.chart_namespace}
    if not at_home or chart._replace(namespace="") != shipped.chart_ref._replace(namespace=""):
        message = (
            f'profile "{posture.name}" is made for the platform\'s own chart, but the definition of {kind.kind} names '
            f"{chart.kind} {chart.namespace}/{chart.name}, and krmfn cannot know whether that chart enforces the "
            "profile; remove the definition, or check the chart yourself"
        )
        yield origin.warning("chart-not-the-platforms", message, field)
