"""`krmfn render`: reads a folder of declarations, and returns the generated objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.configured import chosen, config_of, expanded
from krmfn.cli.manifests import read
from krmfn.cli.overlays import refuse
from krmfn.cli.placing import placed
from krmfn.cli.walking import Disk
from krmfn.declarations import Role, role_of
from krmfn.fleet import is_definition
from krmfn.results import gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.results import Result


class Request(NamedTuple):
    """The arguments of the command line."""

    paths: tuple[Path, ...]
    config: Path | None = None
    catalog: tuple[Path, ...] = ()
    output_dir: Path | None = None
    keep_going: bool = False


class Outcome(NamedTuple):
    """The generated objects, or None if the run has errors; `left_out` has the invalid namespaces left out."""

    objects: tuple[Resource, ...] | None
    results: tuple[Result, ...]
    summary: str
    left_out: frozenset[str] = frozenset()


def rendered(request: Request) -> Outcome:
    """Reads the files and runs the function; runs it again without invalid namespaces if asked to."""
    tree = read(request.paths, request.output_dir)
    catalog = read(request.catalog, seen=tree.seen)
    configs = read([request.config]) if request.config else None
    results = [*tree.results, *catalog.results, *(configs.results if configs else ())]
    results += refuse(tree.overlays, [item for item in tree.items if role_of(item) is Role.DECLARATION])
    items = (*tree.items, *filter(is_definition, catalog.items))
    rule = chosen(request.config, configs) if request.config and configs else config_of(tree.items)
    config, found = gathered(rule)
    results += found
    said = summary(tree.counts, tree.items)
    if has_errors(results):
        return Outcome(None, placed(in_order(results), Disk()), said)
    run = expanded(items, config, keep_going=request.keep_going)
    answer = run.expansion.answer
    objects = None if has_errors(answer.results) else _generated(answer, items)
    return Outcome(objects, placed(in_order([*results, *run.results]), Disk()), said, run.left_out)


def _generated(answer: ResourceList, given: Iterable[Resource]) -> tuple[Resource, ...]:
    came = {id(item) for item in given}
    return tuple(item for item in answer.items if role_of(item) is Role.GENERATED and id(item) not in came)


def summary(counts: Mapping[str, int], items: Iterable[Resource]) -> str:
    """One line about what was read and what was not."""
    declared = sum(role_of(item) is Role.DECLARATION for item in items)
    skipped = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if what != "files" and count)
    return f"krmfn: read {counts['files']} files with {declared} declarations" + (
        f"; skipped {skipped}" if skipped else ""
    )
