"""A HelmRelease's targetPath: its steps, and inline values in its way (docs/decisions/013-values-from-secrets.md)."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"\[([0-9]{1,5})\]|((?:\\.|[^.\[\]\\])+)|\.")


def split(path: str) -> tuple[str | int, ...]:
    r"""`a\.b/c[1].x` is the key `a.b/c`, the entry 1 and the key `x`."""
    return tuple(
        int(match[1]) if match[1] else re.sub(r"\\(.)", r"\1", match[2])
        for match in _STEP.finditer(path)
        if match[1] or match[2]
    )


def shadow(path: str, values: dict[str, Any]) -> str:
    """The reason why a Secret's value would not be set at the path; empty if it would.

    If there is an inline value at the same path, Flux may use either one (run: tests/engine/test_claims.py). It cannot
    set a value inside a value that is not a map. An index after the end of an inline list is dropped.
    """
    here: Any = values
    steps = split(path)
    for depth, step in enumerate(steps):
        place = _written(steps[:depth])
        if isinstance(here, dict) and isinstance(step, str):
            if step not in here:
                return ""
            here = here[step]
        elif isinstance(here, list) and isinstance(step, int):
            if step >= len(here):
                return (
                    f"sets a list of {len(here)} at {place}, and Flux silently drops a Secret's value after the end "
                    "of a list; add entries, or remove the list"
                )
            here = here[step]
        else:
            return (
                f"sets {place} to a value that is not a {'map' if isinstance(step, str) else 'list'}, so a Secret's "
                "value cannot be set inside it; remove it from the app's values"
            )
    return (
        f"sets {path} itself, and Flux would silently use either that value or the Secret's; remove it from the app's "
        "values"
    )


def _written(steps: tuple[str | int, ...]) -> str:
    from krmfn.fieldpaths import path_of  # noqa: PLC0415  (only where there is something to report)

    return path_of(*steps)
