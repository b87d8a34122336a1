"""What every file of the catalog must be: a mapping with the keys that it has to have, and no others."""

from __future__ import annotations

from typing import Any


class CatalogError(ValueError):
    """A file of the catalog does not say what such a file has to say."""


def check(data: Any, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> Any:
    """Return the mapping as it is, once it is known to have these keys and no others."""
    missing = set(required).difference(data)
    unknown = set(data).difference(required, optional)
    if missing or unknown:
        message = f"missing {sorted(missing)}, unknown {sorted(unknown)} in {sorted(data)}"
        raise CatalogError(message)
    return data


def one_of(value: str, *allowed: str) -> str:
    """Return the value, once it is known to be one of these."""
    if value not in allowed:
        message = f"{value!r} is none of {allowed}"
        raise CatalogError(message)
    return value
