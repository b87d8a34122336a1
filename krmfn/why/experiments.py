"""Finds which fields of the input change which fields of a generated object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import OWNER
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import annotations_of, identity
from krmfn.why.laboratory import differing
from krmfn.why.openers import Openers, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.why.generated import Field, Steps
    from krmfn.why.inputs import InputField
    from krmfn.why.laboratory import Laboratory

SOURCES = ("declaration", "profile", "functionConfig", "catalog")
"""The nearest first."""


class Causes(NamedTuple):
    """Why a field has its value.

    Attributes:
        because: fields of the input that change it, each by itself, the nearest first.
        together: fields of which one alone would do, so that only all of them together change it.
        openers: names of connections with which it would go.
    """

    because: tuple[InputField, ...]
    together: tuple[InputField, ...] = ()
    openers: tuple[InputField, ...] = ()


def causes(laboratory: Laboratory, resource: Resource, fields: Sequence[Field]) -> Mapping[Steps, Causes]:
    """For each field of a generated object the fields of the input that change it."""
    shared = opened(laboratory, resource, frozenset(each.steps for each in fields))
    laboratory = laboratory.reduced_to(resource)
    inputs = laboratory.inputs(identity(resource).namespace)
    found: dict[Steps, list[InputField]] = {each.steps: [] for each in fields}
    for cause, affected in _search(laboratory, inputs, resource, frozenset(found)):
        for steps in affected:
            found[steps].append(cause)
    values = {each.steps: each.value for each in fields}
    owner = str(annotations_of(resource).get(OWNER))
    told: dict[Steps, Causes] = {}
    for steps, each in found.items():
        connections = shared.get(steps, Openers())
        # With fewer declarations one of several connections may have been left, and then it decides alone.
        alone = [cause for cause in each if not any(entry.has(cause) for entry in connections.together)]
        ordered = sorted(alone, key=lambda cause: _distance(cause, values[steps], owner))
        openers = (entry.field for entry in connections.alone if not any(entry.has(cause) for cause in ordered))
        told[steps] = Causes(tuple(ordered), tuple(entry.field for entry in connections.together), tuple(openers))
    return told


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
            yield inputs[0], wanted & differing(resource, objects)
        return
    objects = laboratory.together(inputs)
    left = wanted if objects is None else wanted & differing(resource, objects)
    middle = len(inputs) // 2
    yield from _search(laboratory, inputs[:middle], resource, left)
    yield from _search(laboratory, inputs[middle:], resource, left)


def _distance(cause: InputField, value: Any, owner: str) -> tuple[int, ...]:
    """Smaller is nearer: first what the value was copied from, then what it contains; the owner's own fields first."""
    copied = cause.value == value and type(cause.value) is type(value)
    contained = cause.name != "" and cause.name in str(value)
    origin = cause.source.origin
    own = f"{origin.resource.kind}/{origin.resource.name}" == owner
    return (0 if copied else 1 if contained else 2, 0 if own else 1, SOURCES.index(cause.source.kind))
