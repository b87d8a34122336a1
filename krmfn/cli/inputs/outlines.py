"""The topology and the results of a run of which another side has most namespaces: only the others are expanded.

What a namespace's declarations expand to depends on that namespace and on what all share (R12). So of a run that has
the same shared objects on both sides, a namespace with the same objects comes to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.division import SHARED, holds_for_each, home, is_about_all
from krmfn.cli.inputs.configured import Expanded, expanded
from krmfn.function import Expansion
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import ResourceList, package_of
from krmfn.results import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource
    from krmfn.results import Result
    from krmfn.topology import Topology


class ExpandedRun(NamedTuple):
    """A run of another side: its items, and what they come to."""

    items: tuple[Resource, ...]
    answer: Expanded


def outlined(items: tuple[Resource, ...], config: Resource | None, other: ExpandedRun) -> Expanded | None:
    """The topology and results of a run; None if all of it has to be expanded.

    Args:
        items: the items of the run.
        config: its configuration, the same object on both sides.
        other: the run on the other side, whose objects are the same where they were read from the same text.
    """
    spaces = _changed(items, other.items)
    whole = _sound(other.answer)
    if not spaces or whole is None or not holds_for_each(config):
        return None
    here, there = (_part(each, spaces) for each in (items, other.items))
    if here is None or there is None or 2 * len(here) > len(items):
        return None
    mine, theirs = expanded(here, config, keep_going=True), expanded(there, config, keep_going=True)
    part = _sound(mine)

    def is_of_changed(result: Result) -> bool:
        return not is_about_all(result) and result.resource is not None and result.resource.namespace in spaces

    # A result about what all share may come of any namespace, unless those that changed make the same of it.
    told = [{each for each in answer.results if not is_of_changed(each)} for answer in (mine, theirs)]
    if part is None or told[0] != told[1]:
        return None
    results = in_order((*(r for r in other.answer.results if not is_of_changed(r)), *mine.results))
    tenants = {name: tenant for name, tenant in whole.tenants.items() if name not in spaces} | dict(part.tenants)
    topology = whole._replace(tenants=dict(sorted(tenants.items())), results=results)
    return Expanded(Expansion(ResourceList((), config, results), topology=topology), results)


def _sound(answer: Expanded) -> Topology | None:
    """The topology of a run without errors, of which nothing was left out."""
    topology = answer.expansion.topology
    return topology if topology and not topology.platform and not answer.left_out and not answer.accepted else None


def _changed(items: Iterable[Resource], others: Iterable[Resource]) -> frozenset[str]:
    """The namespaces that do not have the same objects on both sides; none if what they share is not the same."""
    mine, theirs = ({id(each): each for each in side} for side in (items, others))
    differing = [each for key, each in (*mine.items(), *theirs.items()) if (key in mine) != (key in theirs)]
    spaces = [*map(home, differing)]
    return frozenset() if None in spaces or SHARED in spaces else frozenset(map(str, spaces))


def _part(items: tuple[Resource, ...], spaces: frozenset[str]) -> tuple[Resource, ...] | None:
    """The items of some namespaces, and what all share; None if it is not known of each what it is."""
    homes = [*map(home, items)]
    if None in homes or any(map(package_of, items)):
        return None
    return tuple(item for item, space in zip(items, homes, strict=True) if space == SHARED or space in spaces)
