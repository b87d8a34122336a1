"""The function: a ResourceList in, a ResourceList out. Read this file first.

    stdin → ResourceList → declarations → topology → resources → results → stdout

Each line of `run` is one room of the house: what leaves it is what the next one takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn import declarations, resources, topology
from krmfn.catalog import Catalog
from krmfn.results import ResultsError

if TYPE_CHECKING:
    from krmfn.resourcelist import ResourceList


def run(given: ResourceList) -> ResourceList:
    """Expands the declarations among the items and in the functionConfig.

    Whatever is wrong, it is all in the results; with an error among them nothing is expanded, and the items are those
    that were given (R2). A validator gives no items back, for kustomize takes none from it.
    """
    try:
        declared = declarations.parse(given)
        resolved = topology.resolve(declared, Catalog.shipped())
        generated = resources.emit(resolved, declared.kept.items)
    except ResultsError as refusal:
        return given.told(refusal.results)
    answer = declared.kept.told((*resolved.results, *resources.removed(declared.earlier, generated)))
    return answer._replace(items=() if declared.options.validate_only else (*answer.items, *generated))
