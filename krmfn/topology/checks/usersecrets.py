"""Secrets of an app's users: two users whose Secrets would get the same name from the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import is_by_user, join
from krmfn.fieldpaths import join_path, path_of
from krmfn.topology.checks.chartvalues import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Kind
    from krmfn.declarations import DeclaredApp, DeclaredCluster
    from krmfn.results import Result


def shared_user_secrets(declared: DeclaredApp | DeclaredCluster, kind: Kind) -> Iterator[Result]:
    """An error at each user whose Secret would have the same name as another user's."""
    _, users = at(declared.values or {}, ("users",))
    if not isinstance(users, dict) or len(users) < 2:  # noqa: PLR2004  (one user has nobody to share with)
        return
    release = kind.prefix + declared.name
    owners: dict[str, set[str]] = {}
    for entry in kind.credentials:
        for user in users if is_by_user(entry.secret) else ():
            name = join(entry.secret, release=release, name=declared.name, user=user)
            owners.setdefault(name, set()).add(user)
    told: set[str] = set()
    for name, same in owners.items():
        for user in sorted(same - told) if len(same) > 1 else ():
            told.add(user)
            message = (
                f"the platform would store the credentials of {' and '.join(sorted(same))} in the same Secret, "
                f"{name}; rename one of them"
            )
            field = join_path(declared.values_field, path_of("users", user))
            yield declared.origin.error("shared-user-secret", message, field)
