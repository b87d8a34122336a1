"""`krmfn render`: a folder of declarations in, what they come to out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn import function
from krmfn.cli.overlays import refuse
from krmfn.cli.reading import read
from krmfn.declarations import Role, role_of
from krmfn.resourcelist import OWNER, ResourceList, annotations_of, group_of, identity, origin_of
from krmfn.results import has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

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
    catalog = read(request.catalog)
    configs = read([request.config]) if request.config else None
    results = [*tree.results, *catalog.results, *(configs.results if configs else ())]
    results += refuse(tree.overlays, [item for item in tree.items if role_of(item) is Role.DECLARATION])
    items = (*tree.items, *filter(_is_definition, catalog.items))
    config = _config(configs.items if configs else tree.items, results)
    summary = _summary(tree.counts, tree.items)
    if has_errors(results):
        return Outcome(None, in_order(results), summary)
    answer = function.run(ResourceList(items, config))
    at_fault = {result.resource.namespace for result in answer.results if result.resource and has_errors([result])}
    if at_fault and request.keep_going and all(at_fault):
        rest = tuple(item for item in items if identity(item).namespace not in at_fault)
        faults = answer.results
        answer = function.run(ResourceList(rest, config))
        if not has_errors(answer.results):
            results = [*results, *faults, *answer.results]
            return Outcome(_generated(answer, rest), in_order(results), summary, frozenset(at_fault))
    results = [*results, *answer.results]
    return Outcome(None if has_errors(results) else _generated(answer, items), in_order(results), summary)


def _generated(answer: ResourceList, given: Iterable[Resource]) -> tuple[Resource, ...]:
    came = {id(item) for item in given}
    return tuple(item for item in answer.items if annotations_of(item).get(OWNER) and id(item) not in came)


def _config(items: list[Resource], results: list[Result]) -> Resource | None:
    """The one ComputePlane among the items; with `--config`, whatever that file holds."""
    planes = [
        item
        for item in items
        if (group_of(item), item.get("kind")) in {("krmfn.dev", "ComputePlane"), ("", "ConfigMap")}
    ]
    planes = [plane for plane in planes if plane.get("kind") == "ComputePlane"] or ([] if len(items) > 1 else planes)
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
    skipped = ", ".join(f"{count} {what}" for what, count in counts.items() if what != "files" and count)
    return f"krmfn: read {counts['files']} files with {declared} declarations" + (
        f"; skipped {skipped}" if skipped else ""
    )
