"""Chart values that a profile refuses: they would expose a withheld kubeconfig, or undo the hardening."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import join_path, path_of
from krmfn.topology.checks.chartvalues import at, contradictions
from krmfn.topology.checks.names import spec_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.declarations import DeclaredCluster
    from krmfn.results import Result
    from krmfn.topology.checks.chartvalues import Steps
    from krmfn.topology.model.postures import Posture

FREE = ""
"""Marks a value that the profile allows."""
Tree = dict[str, Any]
"""For each key (`*` for all others): FREE, the reason for refusing its value, or a tree for the values below."""

ARGUMENTS = "flags, volumes and mounts of a control plane can undo Pod Security, and give people access"
OVERRIDE = "an addon's own values can run anything as part of the platform, exempt from Pod Security"
IMAGES = "it runs on the management cluster, next to the credentials of this cluster"
NODE_IMAGE = "what nodes boot and where their images come from runs as part of the platform"
LOGIN = "it gives people access to the cluster, whose kubeconfig is withheld"
VERSION = "it becomes part of a URL, so it must be a version like v1.13.6"
UNPRINTABLE = (
    "the chart writes it into its manifests unchanged, so a line break or a control character could change them"
)

SIZE: Tree = {"resources": FREE, "resourcesPreset": FREE, "*": ARGUMENTS}
CONTROL_PLANE: Tree = {
    "replicas": FREE,
    "apiServer": SIZE,
    "controllerManager": SIZE,
    "scheduler": SIZE,
    "konnectivity": {"server": SIZE, "*": ARGUMENTS},
    "*": ARGUMENTS,
}
NODES: Tree = {"images": {"*": IMAGES}, "talos": {"version": VERSION, "*": NODE_IMAGE}, "osImage": NODE_IMAGE}
HARDENED: Tree = {"controlPlane": CONTROL_PLANE}
WITHHELD: Tree = {
    **HARDENED,
    **NODES,
    "addons": {"*": {"valuesOverride": OVERRIDE}},
    "nodeGroups": {"*": {"osImage": NODE_IMAGE}},
    "oidc": {"customConfig": {"secretRef": {"*": LOGIN}, "*": LOGIN}, "*": LOGIN},
}
"""Source: docs/platform.md#kubeconfigs, and the chart's templates (cozystack/cozystack packages/apps/kubernetes)."""
CHART_DEFAULTS: dict[Steps, Any] = {
    ("oidc", "mode"): "None",
    ("talos", "imageFactoryURL"): "https://factory.talos.dev",
    ("talos", "installerRepository"): "factory.talos.dev/installer",
    ("talos", "schematicID"): "ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515",
}
"""Values that are allowed because they change nothing, in addition to empty ones."""
_VERSION = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9.]+)?")
_SEVERAL_LINES = ("oidc", "customConfig", "config")


def refused_values(declared: DeclaredCluster, posture: Posture, preset: dict[str, Any]) -> Iterator[Result]:
    """Errors for values that the profile refuses in the declaration, its component profile or its own pins."""
    origin, name = declared.origin, posture.name
    for steps, reason in _found(declared.values or {}, posture):
        message = f'isolationProfile "{name}" refuses this: {reason}; {_way_out(reason)}'
        yield origin.error("value-refused", message, join_path(declared.values_field, path_of(*steps)))
    for steps, reason in _found(preset, posture):
        message = (
            f'isolationProfile "{name}" refuses {path_of(*steps)} of componentProfile "{declared.component_profile}": '
            f"{reason}; choose another"
        )
        yield origin.error("value-refused", message, spec_field(origin, "componentProfile"))
    for steps, reason in (*against(posture.pins, _tree(posture)), *unprintable(posture.pins)):
        message = (
            f'isolationProfile "{name}" contradicts itself: it pins {path_of(*steps)}, and {reason}; remove the pin, '
            "or choose another profile"
        )
        yield origin.error("value-refused", message, spec_field(origin, "isolationProfile"))


def _way_out(reason: str) -> str:
    return "correct it" if reason in {VERSION, UNPRINTABLE} else "remove it"


def _tree(posture: Posture) -> Tree:
    """What a profile refuses, in the user's values as well as in its own pins (R11)."""
    if posture.withheld:
        return WITHHELD
    return HARDENED if posture.hardened else {}


def _found(values: dict[str, Any], posture: Posture) -> Iterator[tuple[Steps, str]]:
    """The refused values, except those that the profile pins: a difference from a pin is reported elsewhere."""
    told = {steps for steps, _ in contradictions(values, posture.pins)}
    for steps, reason in (*against(values, _tree(posture)), *unprintable(values)):
        if steps not in told and at(posture.pins, steps) != at(values, steps):
            yield steps, reason


def against(values: Any, tree: Tree, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """The path of each refused value, and the reason."""
    for key, value in values.items():
        below, place = tree.get(key, tree.get("*", FREE)), (*steps, key)
        if isinstance(below, dict):
            if isinstance(value, dict):
                yield from against(value, below, place)
            else:
                # Helm handles other types, above all null, in ways that the tree does not cover.
                yield place, f"this must be a map, not {_kind(value)}"
        elif below == VERSION:
            if not isinstance(value, str) or not _VERSION.fullmatch(value):
                yield place, VERSION
        elif below and not _is_empty(value) and (place not in CHART_DEFAULTS or CHART_DEFAULTS[place] != value):
            yield place, below


def unprintable(values: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Keys and texts with line breaks or control characters: the chart does not quote most of them."""
    if isinstance(values, dict):
        for key, value in values.items():
            place = (*steps, key)
            if not key.isprintable():
                yield place, UNPRINTABLE
            elif place != _SEVERAL_LINES and not (len(place) > 2 and place[2] == "valuesOverride"):  # noqa: PLR2004
                yield from unprintable(value, place)
    elif isinstance(values, list):
        for index, value in enumerate(values):
            yield from unprintable(value, (*steps, index))
    elif isinstance(values, str) and not values.isprintable():
        yield steps, UNPRINTABLE


def _is_empty(value: Any) -> bool:
    """True if the value is empty, like the chart's defaults; null is not empty, because Helm removes the default."""
    return isinstance(value, (str, list, dict)) and not value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "a list" if isinstance(value, list) else "a scalar"
