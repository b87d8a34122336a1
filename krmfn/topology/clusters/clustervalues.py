"""Values of a cluster: what contradicts its profile or is misspelt, and which addons they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.results import join_path, nearest, path_of
from krmfn.topology.checks.chartvalues import at, contradictions
from krmfn.topology.checks.names import spec_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Catalog, IsolationProfile
    from krmfn.declarations import Cluster as Declared
    from krmfn.results import Result
    from krmfn.topology.checks.chartvalues import Steps
    from krmfn.topology.releases import Rules

PROFILE_FIELDS = ("isolationProfile", "componentProfile")


def misspelt_profiles(declared: Declared) -> Iterator[Result]:
    """A misspelt profile would be one more chart value, which nothing reads, and the cluster would stand unfenced."""
    for key in declared.values or {}:
        meant = nearest(key, PROFILE_FIELDS) if key.lower().startswith(("isolation", "component")) else ""
        if meant:
            where = "beside values" if declared.origin.field else "in spec"
            message = f'is no value of the chart; did you mean "{meant}", which stands {where}?'
            yield declared.origin.error("unknown-field", message, join_path(declared.values_field, path_of(key)))


def contradicted(declared: Declared, isolation: IsolationProfile, preset: dict[str, Any], rules: Rules) -> list[Result]:
    """A pin is never overridden in silence, and neither is what contradicts it (contract §2.1)."""
    from json import dumps  # noqa: PLC0415  (only where there is something to report)

    origin, name = declared.origin, isolation.name
    secret = [steps for steps, _ in rules.credentials.places(isolation.pins)]

    def shown(place: Steps, pin: Any) -> str:
        return "a credential" if any(steps[: len(place)] == place for steps in secret) else dumps(pin)

    found = []
    for steps, pin in contradictions(declared.values or {}, isolation.pins):
        message = (
            f'isolationProfile "{name}" pins {path_of(*steps)} to {shown(steps, pin)}, and this says otherwise; remove '
            "it, or choose another profile"
        )
        found.append(origin.error("pin-contradicted", message, join_path(declared.values_field, path_of(*steps))))
    for steps, pin in contradictions(preset, isolation.pins):
        message = (
            f'isolationProfile "{name}" pins {path_of(*steps)} to {shown(steps, pin)}, and componentProfile '
            f'"{declared.component_profile}" says otherwise; choose another'
        )
        found.append(origin.error("pin-contradicted", message, spec_field(origin, "componentProfile")))
    return found


def enabled_addons(values: dict[str, Any], catalog: Catalog) -> frozenset[str]:
    """The names of the addons that the platform puts into a cluster with these values."""
    return frozenset(
        addon.name for addon in catalog.addons() if not addon.enabled_by or at(values, addon.enabled_by) == (True, True)
    )


def missing_gpus(declared: Declared, values: dict[str, Any]) -> Iterator[Result]:
    """The GPU operator without a GPU does nothing, and krmfn cannot know which card a node group should have."""
    groups = values.get("nodeGroups")
    with_gpus = isinstance(groups, dict) and any(
        isinstance(group, dict) and group.get("gpus") for group in groups.values()
    )
    if at(values, ("addons", "gpuOperator", "enabled")) == (True, True) and not with_gpus:
        message = "the GPU operator is on, but no node group has gpus; name the cards in nodeGroups.<group>.gpus"
        yield declared.origin.warning("gpu-without-nodes", message, join_path(declared.values_field, "nodeGroups"))
