"""The function: a ResourceList in, a ResourceList out. Read this file first.

    stdin → ResourceList → declarations → topology → resources → results → stdout

Each line of `expand` calls one package; its result is the input of the next line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn import declarations, resources, topology
from krmfn.catalog import Catalog
from krmfn.declarations.accepted import split_accepted
from krmfn.namedtuple import NamedTuple
from krmfn.resources.files import filed, removals
from krmfn.resources.refusals import refusals
from krmfn.results import ResultsError, raise_errors

if TYPE_CHECKING:
    from krmfn.declarations import Declarations
    from krmfn.declarations.accepted import Accepted
    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.topology import Topology


class Expansion(NamedTuple):
    """The answer of a run, and the steps before it; these are None or empty when the run has errors.

    `accepted` has the findings that spec.accepted names. They are not in the answer's results.
    """

    answer: ResourceList
    declared: Declarations | None = None
    topology: Topology | None = None
    generated: tuple[Resource, ...] = ()
    accepted: tuple[Accepted, ...] = ()


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
        raise_errors((*resolved.results, *refusals(emitted, declared.existing)))
    except ResultsError as refusal:
        found = split_accepted(refusal.results, given.function_config)
        return Expansion(given.with_results(found.reported), accepted=found.accepted)
    generated = filed(emitted, declared.kept.items)
    found = split_accepted((*resolved.results, *removals(declared.earlier, generated)), given.function_config)
    kept = declared.kept.with_results(found.reported)
    answer = kept._replace(items=() if declared.options.validate_only else (*kept.items, *generated))
    return Expansion(answer, declared, resolved, generated, found.accepted)
