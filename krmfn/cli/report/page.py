"""`krmfn report`: reads a repository, and returns a page about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.access import access, has_tiers, mutable_kinds, plurals
from krmfn.catalog import Catalog
from krmfn.cli.findings import equal
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.positions import accepted_with_positions, with_positions
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.paint import Paint
from krmfn.cli.plan.as_text import as_text
from krmfn.cli.plan.comparison import compared
from krmfn.cli.plan.revisions import Revisions
from krmfn.cli.reach.world import world_of
from krmfn.namedtuple import NamedTuple
from krmfn.reach.pairs import open_pairs, senders
from krmfn.report import Reported
from krmfn.report.page import page
from krmfn.repository import WORKTREE
from krmfn.results import Result, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from krmfn.access import Access
    from krmfn.cli.inputs.expansions import Side
    from krmfn.reach.pairs import OpenPair
    from krmfn.results import File, Origin
    from krmfn.topology import Tenant

MOST_SENDERS = 60
"""In a namespace with more, pairs are too many for a table."""


class Page(NamedTuple):
    """The page, and the findings of what it is about."""

    html: str
    results: tuple[Result, ...]


def reported(paths: tuple[Path, ...], config: Path | None, catalog: tuple[Path, ...], before: str) -> Page:
    """The page about the files on disk; with a revision `before`, also about what changed since.

    Raises:
        RepositoryError: there is no repository, or no such revision.
        ImportError: Graphviz's library is not installed.
    """
    files = Disk()
    found = side(Question(paths, config, catalog, Remembered(), widen=config is None), files)
    results = with_positions(found.results, files)
    change: tuple[str, ...] = ()
    if before:
        change = tuple(as_text(compared(Revisions(paths, before, WORKTREE, config, catalog)), Paint(is_on=False)))
    tenants = {
        name: each
        for topology in found.topologies
        for name, each in topology.tenants.items()
        if name not in found.at_fault
    }
    html = page(
        Reported(
            title=paths[0].resolve().name,
            tenants=tenants,
            platform=next((each.platform for each in found.topologies if each.platform), None),
            findings=equal(results),
            accepted=accepted_with_positions(found.accepted, files),
            reaches=dict(_reaches(found)),
            access=dict(_accesses(found)),
            files=_files(tenants.values(), files),
            left_out=tuple(sorted(found.at_fault)),
            change=change,
        )
    )
    return Page(html, results)


def _files(tenants: Iterable[Tenant], files: Disk) -> Mapping[Origin, File]:
    """The file and line of each declaration that has a release."""
    origins = [release.origin for each in tenants for release in each.releases]
    results = (Result("", Severity.INFO, "", each.resource, each.field, each.file) for each in origins)
    found = with_positions(results, files)
    return {origin: each.file for origin, each in zip(origins, found, strict=True) if each.file}


def _reaches(found: Side) -> Iterator[tuple[str, tuple[OpenPair, ...]]]:
    """Whom everybody in a namespace reaches, where they are not too many."""
    if found.refused:
        return
    world = world_of(found, without=found.at_fault)
    by_namespace: dict[str, list[OpenPair]] = {}
    counts: dict[str, int] = {}
    everybody = list(senders(world))
    for each in everybody:
        counts[each.namespace] = counts.get(each.namespace, 0) + 1
    for each in everybody:
        if counts[each.namespace] <= MOST_SENDERS:
            by_namespace.setdefault(each.namespace, []).extend(open_pairs(world, each))
    yield from ((name, tuple(answers)) for name, answers in by_namespace.items())


def _accesses(found: Side) -> Iterator[tuple[str, tuple[Access, ...]]]:
    """Who may do what in each namespace whose target has tiers."""
    shipped, mutable = Catalog.shipped(), mutable_kinds(found.topologies)
    for each in found.expansions:
        if each.declared and each.topology and has_tiers(each.declared.options):
            yield from (
                (name, access(tenant, shipped, mutable, plurals(each.declared)))
                for name, tenant in each.topology.tenants.items()
            )
