"""Connections as causes in a policy around nodes: what each opens alone, and what several open together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity
from krmfn.why.inputs import REMOVED, InputField, Variation
from krmfn.why.laboratory import differing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.why.generated import Steps
    from krmfn.why.laboratory import Laboratory

MOST = 8
"""As many connections to one service are tried each alone; more are not named."""
TARGET = ("to", "name")


class ConnectionEntry(NamedTuple):
    """A connection in the input: the field that names its target, and its own steps."""

    field: InputField
    steps: Steps

    def has(self, field: InputField) -> bool:
        """True for a field of this connection, whatever other declarations there are beside its own."""
        return field.source.origin == self.field.source.origin and field.steps[: len(self.steps)] == self.steps


class Openers(NamedTuple):
    """What connections do for a field of a policy that several apps share.

    Attributes:
        alone: the field is there because of this one, and goes with it.
        together: one of these alone would do; the field goes only with all of them.
    """

    alone: tuple[ConnectionEntry, ...] = ()
    together: tuple[ConnectionEntry, ...] = ()


def opened(laboratory: Laboratory, resource: Resource, wanted: frozenset[Steps]) -> Mapping[Steps, Openers]:
    """The connections that open something in a policy, by its fields: each is taken out, and all but it."""
    found: dict[Steps, Openers] = {}
    # Only what is around nodes is opened by several apps together.
    for group in _groups(laboratory, identity(resource).namespace) if _is_shared(resource) else ():
        shared = wanted & _without(laboratory, resource, group)
        kept: dict[Steps, list[ConnectionEntry]] = {}
        for entry in group[:MOST] if shared else ():
            others = [each for each in group if each is not entry]
            for steps in shared - _without(laboratory, resource, others) if others else shared:
                kept.setdefault(steps, []).append(entry)
        for steps, entries in kept.items():
            before = found.get(steps, Openers())
            if len(entries) > 1:
                found[steps] = before._replace(together=tuple(entries))
            else:
                found[steps] = before._replace(alone=(*before.alone, *entries))
    return found


def _is_shared(resource: Resource) -> bool:
    return str(resource.get("kind")).endswith("Policy")


def _groups(laboratory: Laboratory, namespace: str) -> Iterator[Sequence[ConnectionEntry]]:
    """The connections of a namespace, those together that lead to one name."""
    fields = laboratory.inputs(namespace)
    groups: dict[str, list[ConnectionEntry]] = {}
    for each in fields:
        if each.steps[-2:] == TARGET and "connections" in each.steps and isinstance(each.value, str):
            groups.setdefault(each.value, []).append(ConnectionEntry(each, each.steps[:-2]))
    yield from groups.values()


def _without(laboratory: Laboratory, resource: Resource, entries: Iterable[ConnectionEntry]) -> frozenset[Steps]:
    """The fields of the object that differ without these connections; none where krmfn refuses that."""
    changes = (Variation(InputField(each.field.source, each.steps, None), REMOVED) for each in entries)
    objects = laboratory.accepted(changes)
    return frozenset() if objects is None else differing(resource, objects)
