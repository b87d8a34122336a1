"""A repository as one HTML page: its tenants, clusters and apps, who talks to whom, and what was found.

The page loads nothing and sends nothing: styles and script are in it, and its Content-Security-Policy allows these two
only, by their hashes. It is built as a tree of elements, so that every text of a user is escaped when it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.access import Access
    from krmfn.declarations.accepted import Accepted
    from krmfn.reach.pairs import OpenPair
    from krmfn.results import File, Origin, Result
    from krmfn.topology import Platform, Tenant


class Reported(NamedTuple):
    """What a report is about.

    Attributes:
        title: the repository.
        tenants: by namespace, those without errors.
        platform: the platform's output; None if no run writes one.
        findings: every finding, with its line; those that say the same of several objects are together.
        accepted: findings that the configurations accept.
        reaches: who may talk to whom, by namespace; a namespace that is too large for it is missing.
        access: who may do what, by namespace; a namespace of plain Flux is missing.
        files: where each release is declared, with the line.
        left_out: namespaces with errors.
        change: lines about what a change does; empty if only one revision is shown.
    """

    title: str
    tenants: Mapping[str, Tenant]
    platform: Platform | None
    findings: tuple[tuple[Result, ...], ...]
    accepted: tuple[Accepted, ...]
    reaches: Mapping[str, tuple[OpenPair, ...]]
    access: Mapping[str, tuple[Access, ...]]
    files: Mapping[Origin, File]
    left_out: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
