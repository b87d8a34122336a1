"""The function: a ResourceList in, a ResourceList out. Read this file first.

    stdin → ResourceList → declarations → topology → resources → results → stdout

Each line of `run` is one room of the house: what leaves it is what the next one takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn import declarations, resources, topology
from krmfn.catalog import Catalog
from krmfn.resources.files import filed, removed
from krmfn.resources.refusals import refused
from krmfn.results import ResultsError, raise_errors

if TYPE_CHECKING:
    from krmfn.declarations import Declarations
    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.topology import Topology


class Expansion(NamedTuple):
    """A run's answer, and what it was made of; None where the run refuses."""

    answer: ResourceList
    declared: Declarations | None = None
    topology: Topology | None = None
    generated: tuple[Resource, ...] = ()


def run(given: ResourceList) -> ResourceList:
    """Expands the declarations among the items and in the functionConfig.

    Whatever is wrong, it is all in the results; with an error among them nothing is expanded, and the items are those
    that were given (R2). A validator gives no items back, for kustomize takes none from it.
    """
    return expand(given).answer


def expand(given: ResourceList) -> Expansion:
    """What `run` does, with the rooms it went through, for commands that compare two runs."""
    try:
        declared = declarations.parse(given)
        resolved = topology.resolve(declared, Catalog.shipped())
        emitted = resources.emit(resolved)
        raise_errors((*resolved.results, *refused(emitted, declared.existing)))
    except ResultsError as refusal:
        return Expansion(given.told(refusal.results))
    generated = filed(emitted, declared.kept.items)
    told = declared.kept.told((*resolved.results, *removed(declared.earlier, generated)))
    answer = told._replace(items=() if declared.options.validate_only else (*told.items, *generated))
    return Expansion(answer, declared, resolved, generated)
