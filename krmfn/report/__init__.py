"""A repository as one HTML page: its tenants, clusters and apps, who talks to whom, and what was found.

The page loads nothing and sends nothing: styles and script are in it, and its Content-Security-Policy allows these two
only, by their hashes. It is built as a tree of elements, so that every text of a user is escaped when it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.declarations.accepted import Accepted
    from krmfn.reach.answers import ReachAnswer
    from krmfn.results import Result
    from krmfn.topology import Platform, Tenant


class Reported(NamedTuple):
    """What a report is about.

    Attributes:
        title: the repository.
        tenants: by namespace, those without errors.
        platform: the platform's output; None if no run writes one.
        results: every finding, with its line.
        accepted: findings that the configurations accept.
        reaches: who may talk to whom, by namespace; a namespace that is too large for it is missing.
        left_out: namespaces with errors.
        change: lines about what a change does; empty if only one revision is shown.
    """

    title: str
    tenants: Mapping[str, Tenant]
    platform: Platform | None
    results: tuple[Result, ...]
    accepted: tuple[Accepted, ...]
    reaches: Mapping[str, tuple[ReachAnswer, ...]]
    left_out: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
