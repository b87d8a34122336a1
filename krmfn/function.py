"""The function: a ResourceList in, a ResourceList out. Read this file first.

    stdin → ResourceList → declarations → topology → resources → results → stdout

Each line of `expand` calls one package; its result is the input of the next line.
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
    """The answer of a run, and the steps before it; these are None when the run has errors."""

    answer: ResourceList
    declared: Declarations | None = None
    topology: Topology | None = None
    generated: tuple[Resource, ...] = ()


def run(given: ResourceList) -> ResourceList:
    """Returns the items, with what the declarations in them and in the functionConfig expand to.

    All findings are in the results. If one is an error, nothing is expanded and the items are returned as they came
    (R2). With validateOnly no items are returned: kustomize accepts none from a validator.
    """
    return expand(given).answer


def expand(given: ResourceList, catalog: Catalog | None = None) -> Expansion:
    """Does what `run` does, and also returns each step, for commands that compare runs; by default with our catalog."""
    try:
        declared = declarations.parse(given)
        resolved = topology.resolve(declared, catalog or Catalog.shipped())
        emitted = resources.emit(resolved)
        raise_errors((*resolved.results, *refused(emitted, declared.existing)))
    except ResultsError as refusal:
        return Expansion(given.told(refusal.results))
    generated = filed(emitted, declared.kept.items)
    told = declared.kept.told((*resolved.results, *removed(declared.earlier, generated)))
    answer = told._replace(items=() if declared.options.validate_only else (*told.items, *generated))
    return Expansion(answer, declared, resolved, generated)
