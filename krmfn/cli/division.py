"""Whether a run can be divided among two processes by namespaces, and how, so that both find what one would find.

What a namespace's declarations expand to depends on that namespace and on what all share (R12). Where that may not be
so, and wherever something is wrong, one process has to do it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.declarations import Role, role_of
from krmfn.resourcelist import READ_GROUPS, group_of, identity
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

SHARED = ""
"""In place of the namespace of what every namespace's declarations may use."""
SHARED_KINDS = frozenset({"ApplicationDefinition", "ComputePlane", "ComponentProfile", "IsolationProfile"})
OF_ALL = frozenset(
    {
        *("defaults", "kinds", "namespaces", "network", "objectsChart", "postBuild", "protect", "requirePlacement"),
        "target",
    }
)
"""The fields of a ComputePlane that hold for each namespace alone, and declare nothing."""


def home(item: Resource) -> str | None:
    """The namespace that an item belongs to, or SHARED; None if only the whole input decides that."""
    found = identity(item)
    if found.group in READ_GROUPS and found.kind in SHARED_KINDS:
        return SHARED
    return found.namespace or (None if role_of(item) is Role.DECLARATION else SHARED)


def first_half(homes: Iterable[str | None]) -> frozenset[str]:
    """The namespaces of the first half of the items, in the order of the output; none if there is only one."""
    names = sorted(each for each in homes if each)
    middle = names[len(names) // 2] if names else SHARED
    return frozenset(name for name in names if name < middle)


def holds_for_each(config: Resource | None) -> bool:
    """True if a functionConfig means the same for each namespace alone."""
    if config is None:
        return True
    spec = config.get("spec")
    return (group_of(config), config.get("kind")) == ("krmfn.dev", "ComputePlane") and (
        spec is None or (isinstance(spec, dict) and spec.keys() <= OF_ALL)
    )


def only_one_warns_of_all(told: set[Result], theirs: set[Result]) -> bool:
    """True if only one half has a warning about what all share: it may come of what only that half has."""
    return any(each.severity is Severity.WARNING and is_about_all(each) for each in told ^ theirs)


def is_about_all(result: Result) -> bool:
    """True for a result about something that all share; a ComputePlane may have a namespace."""
    about = result.resource
    return about is None or not about.namespace or about.kind in SHARED_KINDS
