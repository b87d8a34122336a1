"""Which configuration applies to which files, and the output of a run over them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from krmfn import function
from krmfn.declarations import Role, role_of
from krmfn.resourcelist import ResourceList, file_of, group_of, identity, origin_of
from krmfn.results import File, Origin, ResourceRef, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from krmfn.cli.manifests import Tree
    from krmfn.function import Expansion
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

DEFINITIONS = {"ApplicationDefinition", "IsolationProfile", "ComponentProfile"}
OF_FILES_ONLY = {"moved", "removed"}
"""Codes of results about an earlier run's objects: the function leaves them out, and of files none is removed."""


class Run(NamedTuple):
    """The input of one run of the function; `folder` is the folder of its configuration, if there are several."""

    folder: str
    items: tuple[Resource, ...]
    config: Resource | None


class Expanded(NamedTuple):
    """The output of a run; without the invalid namespaces, if it was asked to continue."""

    expansion: Expansion
    results: tuple[Result, ...]
    left_out: frozenset[str] = frozenset()


def expanded(items: tuple[Resource, ...], config: Resource | None, *, keep_going: bool = False) -> Expanded:
    """Runs the function; if `keep_going`, runs it again without the invalid namespaces."""
    expansion = function.expand(ResourceList(items, config))
    results = list(expansion.answer.results)
    left_out: frozenset[str] = frozenset()
    while keep_going and (found := at_fault(expansion.answer.results)) and all(found):
        # An error in one namespace may hide errors in another, so this may need several runs.
        left_out |= found
        items = tuple(item for item in items if identity(item).namespace not in left_out)
        expansion = function.expand(ResourceList(items, config))
        results += expansion.answer.results
        if at_fault(expansion.answer.results) <= left_out:
            break
    return Expanded(expansion, tuple(each for each in results if each.code not in OF_FILES_ONLY), left_out)


def at_fault(results: Iterable[Result]) -> frozenset[str]:
    """The namespaces with errors; an empty name stands for errors outside any namespace."""
    errors = [result for result in results if has_errors([result])]
    return frozenset(result.resource.namespace if result.resource else "" for result in errors)


def config_of(items: Sequence[Resource]) -> Rule[Resource | None]:
    """The only ComputePlane among the items."""
    planes = list(filter(is_plane, items))
    yield from _several(planes)
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


def split(items: Sequence[Resource]) -> Rule[list[Run]]:
    """One run for each folder with a ComputePlane, without its subfolders that have their own.

    Files outside these folders are a run with defaults; their definitions apply to all runs. With one ComputePlane or
    none, everything is one run, as in `krmfn render`.
    """
    planes: dict[str, list[Resource]] = {}
    for item in filter(is_plane, items):
        planes.setdefault(_folder(item), []).append(item)
    for same in planes.values():
        yield from _several(same)
    if sum(map(len, planes.values())) <= 1:
        return [Run("", tuple(items), next((same[0] for same in planes.values()), None))]
    mine: dict[str | None, list[Resource]] = {folder: [] for folder in planes}
    home: dict[str, str | None] = {}
    for item in items:
        folder = _folder(item)
        if folder not in home:
            home[folder] = _nearest(folder, planes)
        mine.setdefault(home[folder], []).append(item)
    outside = mine.pop(None, [])
    shared = tuple(filter(is_definition, outside))
    runs = [Run(folder or "", (*shared, *inside), planes[folder or ""][0]) for folder, inside in sorted(mine.items())]
    if any(role_of(item) is Role.DECLARATION and not is_definition(item) for item in outside):
        runs.append(Run("", tuple(outside), None))
    return runs


def is_plane(item: Resource) -> bool:
    return (group_of(item), item.get("kind")) == ("krmfn.dev", "ComputePlane")


def is_definition(item: Resource) -> bool:
    return item.get("kind") in DEFINITIONS


def _folder(item: Resource) -> str:
    file = file_of(item)
    return PurePosixPath(file.path).parent.as_posix() if file else ""


def _nearest(folder: str, planes: Iterable[str]) -> str | None:
    path = PurePosixPath(folder)
    return next((each for each in map(str, (path, *path.parents)) if each in planes), None)


def _several(planes: list[Resource]) -> Iterator[Result]:
    """More ComputePlanes than the one that a run has."""
    for plane in planes if len(planes) > 1 else ():
        message = (
            f"the inputs contain {len(planes)} ComputePlanes, but a run uses only one; choose it with --config "
            "FILE, or render the tenants one by one"
        )
        yield origin_of(plane).error("ambiguous-config", message, "metadata.name")
