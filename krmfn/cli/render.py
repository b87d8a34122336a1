"""`krmfn render`: a folder of declarations in, what they come to out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn import function
from krmfn.cli.overlays import refuse
from krmfn.cli.reading import read
from krmfn.declarations import Role, role_of
from krmfn.resourcelist import ResourceList, group_of, identity, origin_of
from krmfn.results import File, Origin, ResourceRef, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from krmfn.cli.reading import Tree
    from krmfn.resourcelist import Resource
    from krmfn.results import Result


class Request(NamedTuple):
    """What the command line asked for."""

    paths: tuple[Path, ...]
    config: Path | None = None
    catalog: tuple[Path, ...] = ()
    output_dir: Path | None = None
    keep_going: bool = False


class Outcome(NamedTuple):
    """The generated objects, None when the run refuses; `left_out` are namespaces at fault that it went on without."""

    objects: tuple[Resource, ...] | None
    results: tuple[Result, ...]
    summary: str
    left_out: frozenset[str] = frozenset()


def rendered(request: Request) -> Outcome:
    """Reads, and runs the function: once, or once more without the namespaces at fault."""
    tree = read(request.paths, request.output_dir)
    catalog = read(request.catalog, seen=tree.seen)
    configs = read([request.config]) if request.config else None
    results = [*tree.results, *catalog.results, *(configs.results if configs else ())]
    results += refuse(tree.overlays, [item for item in tree.items if role_of(item) is Role.DECLARATION])
    items = (*tree.items, *filter(_is_definition, catalog.items))
    config = _chosen(request.config, configs, results) if configs else _config(tree.items, results)
    summary = _summary(tree.counts, tree.items)
    if has_errors(results):
        return Outcome(None, in_order(results), summary)
    answer = function.run(ResourceList(items, config))
    # The function leaves out what an earlier run generated; of files, only --output-dir removes any, and says so.
    results += [result for result in answer.results if result.code not in {"moved", "removed"}]
    left_out: frozenset[str] = frozenset()
    while request.keep_going and (at_fault := _at_fault(answer)) and all(at_fault):
        # What is wrong in one namespace may have hidden what is wrong in the next, so this may take several turns.
        left_out |= at_fault
        items = tuple(item for item in items if identity(item).namespace not in left_out)
        answer = function.run(ResourceList(items, config))
        results += answer.results
        if _at_fault(answer) <= left_out:
            break
    objects = None if has_errors(answer.results) else _generated(answer, items)
    return Outcome(objects, in_order(results), summary, left_out)


def _at_fault(answer: ResourceList) -> frozenset[str]:
    """The namespaces that errors are about; an empty one stands for what is nobody's."""
    errors = [result for result in answer.results if has_errors([result])]
    return frozenset(result.resource.namespace if result.resource else "" for result in errors)


def _generated(answer: ResourceList, given: Iterable[Resource]) -> tuple[Resource, ...]:
    came = {id(item) for item in given}
    return tuple(item for item in answer.items if role_of(item) is Role.GENERATED and id(item) not in came)


def _chosen(path: Path | None, configs: Tree, results: list[Result]) -> Resource | None:
    """The ComputePlane, or else the ConfigMap, that `--config` names."""
    config_maps = [item for item in configs.items if (group_of(item), item.get("kind")) == ("", "ConfigMap")]
    found = _config(configs.items, results) or (config_maps[0] if len(config_maps) == 1 else None)
    if found is None and not has_errors(results):
        origin = Origin(ResourceRef("v1", "File", "", str(path)), File(str(path)))
        message = "has no ComputePlane, and no ConfigMap of its own, to take the configuration from"
        results.append(origin.error("no-config", message, "kind"))
    return found


def _config(items: list[Resource], results: list[Result]) -> Resource | None:
    """The one ComputePlane among the items."""
    planes = [item for item in items if (group_of(item), item.get("kind")) == ("krmfn.dev", "ComputePlane")]
    if len(planes) > 1:
        for plane in planes:
            message = (
                f"{len(planes)} ComputePlanes are among the inputs, and a run has one; choose it with --config "
                "FILE, or render the tenants one by one"
            )
            results.append(origin_of(plane).error("ambiguous-config", message, "metadata.name"))
    return planes[0] if len(planes) == 1 else None


def _is_definition(item: Resource) -> bool:
    return item.get("kind") in {"ApplicationDefinition", "IsolationProfile", "ComponentProfile"}


def _summary(counts: dict[str, int], items: list[Resource]) -> str:
    declared = sum(role_of(item) is Role.DECLARATION for item in items)
    skipped = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if what != "files" and count)
    return f"krmfn: read {counts['files']} files with {declared} declarations" + (
        f"; skipped {skipped}" if skipped else ""
    )
