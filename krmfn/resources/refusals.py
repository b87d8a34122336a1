"""Refuses objects that cannot be applied: those that the user wrote as well, and those too large for Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import BOUNDARY, OWNER
from krmfn.resourcelist import annotations_of, identity
from krmfn.topology.checks.names import name_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from krmfn.resourcelist import Identity
    from krmfn.resources import Emitted
    from krmfn.results import Origin, Result


def refusals(emitted: Iterable[Emitted], existing: Mapping[Identity, Origin]) -> Iterator[Result]:
    """An error for each object that may not be returned.

    Args:
        emitted: the generated objects.
        existing: the user's own objects, which are never overwritten silently (R3).
    """
    for each in emitted:
        yield from _overwrites(each, existing)
        yield from _too_large(each)


def _overwrites(emitted: Emitted, existing: Mapping[Identity, Origin]) -> Iterator[Result]:
    generated = identity(emitted.resource)
    written = existing.get(generated)
    if written:
        place = f" in {written.file.path}" if written.file else ""
        message = (
            f"{annotations_of(emitted.resource)[OWNER]} generates the {generated.kind} {generated.name}, but the "
            f"input already has one with this name{place}; remove it, or rename the declaration"
        )
        yield emitted.origin.error("would-overwrite", message, name_field(emitted.origin))


def _too_large(emitted: Emitted) -> Iterator[Result]:
    """Checks sizes: Helm stores a release in one Secret, and etcd takes an object in one request; more always fails."""
    resource, origin = emitted.resource, emitted.origin
    if BOUNDARY not in resource["metadata"].get("labels", {}):
        return
    from krmfn.resources import size  # noqa: PLC0415  (loaded only with a boundary)

    stored = size.release_bytes(resource["spec"]["values"]["objects"])
    for what, bytes_, limit in (
        ("as a Helm release", stored, size.LIMIT),
        ("as an object", size.object_bytes(resource), size.OBJECT_LIMIT),
    ):
        if bytes_ > limit:
            message = (
                f"its boundary would need {bytes_} bytes {what}, but Kubernetes allows {limit}; place its apps on "
                "more clusters"
            )
            yield origin.error("release-too-large", message, name_field(origin))
