"""Finds which fields of the input change which fields of a generated object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import OWNER
from krmfn.resourcelist import annotations_of, identity
from krmfn.why.generated import changed
from krmfn.why.inputs import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.why.generated import Field, Steps
    from krmfn.why.inputs import InputField
    from krmfn.why.laboratory import Laboratory

SOURCES = ("declaration", "profile", "functionConfig", "catalog")
"""The nearest first."""


def causes(
    laboratory: Laboratory, resource: Resource, fields: Sequence[Field]
) -> Mapping[Steps, tuple[InputField, ...]]:
    """For each field of a generated object the fields of the input that change it, the nearest first."""
    laboratory = laboratory.reduced_to(resource)
    inputs = laboratory.inputs(identity(resource).namespace)
    found: dict[Steps, list[InputField]] = {each.steps: [] for each in fields}
    for cause, affected in _search(laboratory, inputs, resource, frozenset(found)):
        for steps in affected:
            found[steps].append(cause)
    values = {each.steps: each.value for each in fields}
    owner = str(annotations_of(resource).get(OWNER))
    return {
        steps: tuple(sorted(each, key=lambda cause: _distance(cause, values[steps], owner)))
        for steps, each in found.items()
    }


def _search(
    laboratory: Laboratory,
    inputs: Sequence[InputField],
    resource: Resource,
    wanted: frozenset[Steps],
) -> Iterator[tuple[InputField, frozenset[Steps]]]:
    """Changes many fields of the input at once, and searches each half only if that changed something."""
    if not inputs or not wanted:
        return
    if len(inputs) == 1:
        objects = laboratory.without(inputs[0], identity(resource).namespace)
        if objects is not None:
            yield inputs[0], wanted & _differing(resource, objects)
        return
    objects = laboratory.together(inputs)
    left = wanted if objects is None else wanted & _differing(resource, objects)
    middle = len(inputs) // 2
    yield from _search(laboratory, inputs[:middle], resource, left)
    yield from _search(laboratory, inputs[middle:], resource, left)


def _differing(resource: Resource, objects: Iterable[Resource]) -> frozenset[Steps]:
    """The fields of an object that are different, or gone, among these objects."""
    own = identity(resource)
    after = next((each for each in objects if identity(plain(each)) == own), None)
    return frozenset(changed(resource, after, plain))


def _distance(cause: InputField, value: Any, owner: str) -> tuple[int, ...]:
    """Smaller is nearer: first what the value was copied from, then what it contains; the owner's own fields first."""
    copied = cause.value == value and type(cause.value) is type(value)
    contained = cause.name != "" and cause.name in str(value)
    origin = cause.source.origin
    own = f"{origin.resource.kind}/{origin.resource.name}" == owner
    return (0 if copied else 1 if contained else 2, 0 if own else 1, SOURCES.index(cause.source.kind))
