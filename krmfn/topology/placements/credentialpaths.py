"""Paths of credentials in an app's values: no two may be the same, or one inside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.topology.checks.targetpaths import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.declarations import Credential
    from krmfn.results import Result
    from krmfn.topology.checks.chartvalues import Steps
    from krmfn.topology.model.connections import Connection


class _Place:
    """A place in an app's values, the places in it, and the first credentials that are set there or inside."""

    def __init__(self) -> None:
        self.inside: dict[str | int, _Place] = {}
        self.here: Credential | None = None
        self.first: Credential | None = None

    def take(self, steps: Steps, credential: Credential) -> Credential | None:
        """The first credential that is set at the path, above it or inside it; the path is then taken by this one."""
        place, other = self, None
        for step in steps:
            place.first = place.first or credential
            place = place.inside.setdefault(step, _Place())
            other = other or place.here
        other = other or place.first
        place.here = place.here or credential
        place.first = place.first or credential
        return other


def check_paths(connections: Iterable[Connection]) -> Iterator[Result]:
    """An error for two credentials at the same path, or one inside the other: the later would silently win."""
    taken = _Place()
    for connection in connections:
        for credential in connection.credentials:
            other = taken.take(split(credential.target_path), credential)
            if other:
                message = (
                    f"{other.target_path} is set by another credential ({other.origin.field}); give each its own path"
                )
                yield credential.origin.error("credential-path-taken", message, "targetPath")
