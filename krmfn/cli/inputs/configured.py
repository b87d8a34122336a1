"""Which configuration applies to which files, and the output of a run over them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import function
from krmfn.fleet import Ground, is_plane, several
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import ResourceList, group_of, identity
from krmfn.results import File, Origin, ResourceRef, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krmfn.cli.inputs.manifests import Tree
    from krmfn.declarations.accepted import Accepted
    from krmfn.function import Expansion
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

OF_FILES_ONLY = {"moved", "removed"}
"""Codes of results about objects of an earlier run: among files, those stay where they are."""
OF_PLATFORM = {"needs-guards"}
"""Codes of advice to install the platform's output."""
OF_WHOLE_RUNS = {"accepted-unused"}
"""Codes of results that mean nothing once namespaces are left out."""
OF_REFERENCES = {"unknown-app", "unknown-cluster", "unknown-service"}
"""Codes of results about something that is not declared."""

FOREIGN = "foreign-namespace"


class Expanded(NamedTuple):
    """The output of a run; without the invalid namespaces, if it was asked to continue."""

    expansion: Expansion
    results: tuple[Result, ...]
    left_out: frozenset[str] = frozenset()
    accepted: tuple[Accepted, ...] = ()


def expanded(items: tuple[Resource, ...], config: Resource | None, *, keep_going: bool = False) -> Expanded:
    """Runs the function; if `keep_going`, runs it again without the invalid namespaces."""
    expansion = function.expand(ResourceList(items, config))
    results, accepted = list(expansion.answer.results), list(expansion.accepted)
    left_out: frozenset[str] = frozenset()
    removed: set[str] = set()
    while keep_going and (found := at_fault(expansion.answer.results)) and all(found):
        # An error in one namespace may hide errors in another, so this may need several runs.
        left_out |= found
        removed |= {identity(item).name for item in items if identity(item).namespace in left_out}
        items = tuple(item for item in items if identity(item).namespace not in left_out)
        expansion = function.expand(ResourceList(items, config))
        results += (each for each in expansion.answer.results if not _follows(each, removed))
        accepted += expansion.accepted
        if at_fault(expansion.answer.results) <= left_out:
            break
    told = tuple(each for each in results if each.code not in OF_FILES_ONLY)
    return Expanded(expansion, told, left_out, tuple(dict.fromkeys(accepted)))


def _follows(result: Result, removed: set[str]) -> bool:
    """True for a result that is there only because declarations were left out to which others refer."""
    is_reference = result.code in OF_REFERENCES and not removed.isdisjoint(result.message.replace(";", "").split())
    return is_reference or result.code in OF_WHOLE_RUNS


def not_followed(results: Iterable[Result], *, has_platform: bool) -> Iterator[Result]:
    """The results without advice that the repository follows already: the guards are there if the platform's run is."""
    return (each for each in results if not (has_platform and each.code in OF_PLATFORM))


def at_fault(results: Iterable[Result]) -> frozenset[str]:
    """The namespaces with errors; an empty name stands for errors outside any namespace."""
    errors = [result for result in results if has_errors([result])]
    return frozenset(result.resource.namespace if result.resource else "" for result in errors)


def config_of(items: Sequence[Resource]) -> Rule[Resource | None]:
    """The only ComputePlane among the items."""
    planes = list(filter(is_plane, items))
    yield from several(planes)
    return planes[0] if len(planes) == 1 else None


def chosen(path: Path, configs: Tree) -> Rule[Resource | None]:
    """The ComputePlane, or else the ConfigMap, in the file of `--config`."""
    config_maps = [item for item in configs.items if (group_of(item), item.get("kind")) == ("", "ConfigMap")]
    found = yield from config_of(configs.items)
    if found or len(config_maps) == 1:
        return found or config_maps[0]
    if not any(map(is_plane, configs.items)) and not has_errors(configs.results):
        origin = Origin(ResourceRef("v1", "File", "", str(path)), File(str(path)))
        message = "has no configuration; put one ComputePlane, or one ConfigMap, into this file"
        yield origin.error("no-config", message, "kind")
    return None


def ground(tree: Tree) -> Ground:
    """What a fleet needs to know about the folders, with paths as the user writes them."""
    here = Path(os.path.realpath(os.curdir))
    links = {
        path.as_posix(): (os.path.relpath(real, here) if real.is_absolute() else real.as_posix())
        for path, real in tree.links.items()
    }
    outputs = (overlay.path.parent.as_posix() for overlay in tree.overlays if overlay.written)
    return Ground(links, frozenset(outputs))


def without_repeated(results: Iterable[Result], told: Iterable[Result]) -> Iterator[Result]:
    """The results of runs, without foreign declarations that the fleet has reported already, with the other runs."""
    places = {_declaration(each) for each in told if each.code in {FOREIGN, "declared-twice"}}
    return (each for each in results if each.code != FOREIGN or _declaration(each) not in places)


def _declaration(result: Result) -> tuple[object, ...]:
    return (result.resource, result.file, result.field.rpartition(".")[0])
