"""Connections to managed services; a Placement and an inline placement write them the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.declared import Credential, DeclaredConnection

if TYPE_CHECKING:
    from krmfn.results import Origin


def connections(entries: list[dict[str, Any]] | None, origin: Origin) -> tuple[DeclaredConnection, ...]:
    """The connections of a placement; `origin` is the object or field that contains `connections`."""
    return tuple(_connection(entry, origin.at(f"connections[{i}]")) for i, entry in enumerate(entries or []))


def _connection(entry: dict[str, Any], origin: Origin) -> DeclaredConnection:
    target = entry["to"]
    return DeclaredConnection(
        origin=origin,
        kind=target["kind"],
        name=target["name"],
        external=target["external"],
        users=tuple(target["users"] or ()),
        ports=tuple(entry["ports"] or ()),
        credentials=tuple(
            Credential(
                origin=origin.at(f"credentials[{i}]"),
                key=credential["key"],
                target_path=credential["targetPath"],
                user=credential["user"] or "",
                secret=credential["secret"] or "",
            )
            for i, credential in enumerate(entry["credentials"] or [])
        ),
    )
