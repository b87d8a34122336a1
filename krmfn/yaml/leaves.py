"""Every key and every scalar of a value, without its place: enough to see that there is nothing to report."""

from typing import Any


def leaves(value: Any) -> tuple[list[str], list[Any]]:
    """The keys of all mappings in the value, and all scalars."""
    keys: list[str] = []
    scalars: list[Any] = []
    found = [value]
    for each in found:  # grows while it is read
        kind = each.__class__
        if kind is dict:
            keys += each
            found += each.values()
        elif kind is list:
            found += each
        else:
            scalars.append(each)
    return keys, scalars
