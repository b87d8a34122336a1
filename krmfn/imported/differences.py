"""Where a HelmRelease and the render of its declaration differ, and what of that changes nothing that Helm installs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.marks import OWNER, PRUNE, SHARDING, SUBSTITUTE
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import Resource, annotations_of, identity, metadata_of
from krmfn.topology.checks.durations import canonical, is_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_TOOLS = ("config.kubernetes.io/", "internal.config.kubernetes.io/", "config.k8s.io/", "reconcile.fluxcd.io/")
"""Prefixes of labels and annotations that tools set for themselves."""
BOOKS = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
)
DURATIONS = (
    ("interval",),
    ("install", "timeout"),
    ("install", "strategy", "retryInterval"),
    ("upgrade", "timeout"),
    ("upgrade", "strategy", "retryInterval"),
)
DEFAULTS = {
    "spec.interval": "interval",
    "spec.maxHistory": "maxHistory",
    "spec.install.timeout": "timeout",
    "spec.upgrade.timeout": "timeout",
    "spec.install.strategy.retryInterval": "retryInterval",
    "spec.upgrade.strategy.retryInterval": "retryInterval",
}
"""Fields of a release that a ComputePlane decides, with the name under `spec.defaults`."""


VARIABLE = re.compile(r"\$\{|\$\$")


class Deviation(NamedTuple):
    """A field of the release, and what the render has instead; never a value, because it may be secret (R7)."""

    field: str
    says: str


def differences(release: Resource, rendered: Resource) -> Iterator[Deviation]:
    """The fields in which Flux would see another release."""
    yield from _substituted(release, rendered)
    before, after = _spec(release), _spec(rendered)
    for steps, says in _differing(before, after, ("spec",)):
        field = path_of(*steps)
        default = DEFAULTS.get(field)
        hint = f"; set spec.defaults.{default} of the ComputePlane" if default else ""
        yield Deviation(field, f"{field} {says}{hint}")
    for kind in ("labels", "annotations"):
        there, here = _marks(release, kind), _marks(rendered, kind)
        for key in sorted({*there, *here}):
            if there.get(key) != here.get(key) and not (key not in there and _is_settled(kind, key)):
                what = "is lost, because krmfn writes only its own and the platform's" if key not in here else "differs"
                yield Deviation(path_of("metadata", kind, key), f"{kind[:-1]} {key} {what}")


def _substituted(release: Resource, rendered: Resource) -> Iterator[Deviation]:
    """Variables that Flux may substitute in the release, and would not in what krmfn writes."""
    off = SUBSTITUTE in annotations_of(rendered) and annotations_of(release).get(SUBSTITUTE) != "disabled"
    if off and any(VARIABLE.search(text) for text in _texts(release.get("spec"))):
        message = (
            "contains ${…}, but krmfn keeps Flux from substituting variables; list them in spec.postBuild.variables of "
            f'the ComputePlane, or, if Flux substitutes none here, annotate the release {SUBSTITUTE}: "disabled"'
        )
        yield Deviation("spec", message)


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as mapping:
                waiting += [*mapping, *mapping.values()]
            case list() as values:
                waiting += values


def settled(release: Resource, rendered: Resource) -> Iterator[str]:
    """Labels and annotations that come or go, and durations that are spelled as the API server spells them."""
    for kind in ("labels", "annotations"):
        written = metadata_of(release).get(kind)
        there, here = written if isinstance(written, dict) else {}, metadata_of(rendered).get(kind) or {}
        yield from (f"adds {kind[:-1]} {key}" for key in sorted(here) if key not in there and _is_settled(kind, key))
        yield from (f"leaves {kind[:-1]} {key} to the platform" for key in sorted(there) if key == SHARDING)
        gone = [key for key in sorted(there) if key in {PRUNE, SUBSTITUTE} and there[key] != here.get(key)]
        yield from (f"leaves {kind[:-1]} {key} to the ComputePlane's protect and postBuild" for key in gone)
    for steps in DURATIONS:
        before, after = _at(release.get("spec"), steps), _at(rendered.get("spec"), steps)
        if before != after:
            yield f"spells spec.{'.'.join(steps)} as {after}"


def spelled(release: Resource) -> Iterator[tuple[str, Any]]:
    """The release's values of fields that a ComputePlane decides, each under its name in `spec.defaults`."""
    spec = _spec(release)
    for field, name in DEFAULTS.items():
        value = _at(spec, tuple(field.split(".")[1:]))
        if isinstance(value, str | int):
            yield name, value


def _is_settled(kind: str, key: str) -> bool:
    """True for metadata that may be added: a label of the platform, and annotations of Flux and krmfn."""
    return kind == "labels" or key in {OWNER, PRUNE, SUBSTITUTE}


def _marks(release: Resource, kind: str) -> dict[str, Any]:
    """The labels or annotations, without those of tools and the one that the platform's webhook sets."""
    written = metadata_of(release).get(kind)
    return {
        str(key): value
        for key, value in (written if isinstance(written, dict) else {}).items()
        if key not in {SHARDING, OWNER, PRUNE, SUBSTITUTE, *BOOKS} and not str(key).startswith(OF_TOOLS)
    }


def _spec(release: Resource) -> dict[str, Any]:
    """The spec with defaults filled in, and durations as the API server spells them."""
    spec = release.get("spec")
    made = dict(spec) if isinstance(spec, dict) else {}
    reference = made.get("chartRef")
    if isinstance(reference, dict):
        made["chartRef"] = {"namespace": identity(release).namespace, **reference}
    for steps in DURATIONS:
        written = _at(made, steps)
        if isinstance(written, str) and is_duration(written):
            made = _put(made, steps, canonical(written))
    # Flux's own defaults: a release without values has none, and one that is not suspended need not say so.
    return {key: value for key, value in made.items() if value is not None and (key, value) != ("suspend", False)}


def _at(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _put(mapping: dict[str, Any], steps: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = steps
    inner = _put(mapping[first], tuple(rest), value) if rest else value
    return {**mapping, first: inner}


def _differing(before: Any, after: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*map(str, before), *map(str, after)}):
            if key not in after:
                yield (*steps, key), "is lost, because krmfn does not write it"
            elif key not in before:
                yield (*steps, key), "is added"
            else:
                yield from _differing(before[key], after[key], (*steps, key))
    elif type(before) is not type(after) or before != after:
        yield steps, "gets another value"
