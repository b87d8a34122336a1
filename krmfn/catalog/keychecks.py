"""Checks that a file of the catalog is a mapping with the required keys and no unknown ones."""

from __future__ import annotations

from typing import Any


class CatalogError(ValueError):
    """A file of the catalog has missing or unknown keys, or a wrong value."""


def check(data: Any, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> Any:
    """Return the mapping unchanged if it has all required keys and no unknown ones."""
    missing = set(required).difference(data)
    unknown = set(data).difference(required, optional)
    if missing or unknown:
        message = f"missing {sorted(missing)}, unknown {sorted(unknown)} in {sorted(data)}"
        raise CatalogError(message)
    return data


def one_of(value: str, *allowed: str) -> str:
    """Return the value if it is one of these."""
    if value not in allowed:
        message = f"{value!r} is none of {allowed}"
        raise CatalogError(message)
    return value
