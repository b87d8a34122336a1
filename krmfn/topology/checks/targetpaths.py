"""A HelmRelease's targetPath: its steps, and what stands in its way (docs/decisions/013-values-from-secrets.md)."""

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
    """Why a Secret's value would not arrive at the path; nothing when it would.

    Of an inline value and a Secret's at one place Flux takes the one or the other, by what else there is (run:
    tests/engine/test_claims.py); through one that is no map it finds no way. An index beyond an inline list is lost.
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
                    f"sets a list of {len(here)} at {place}, and Flux drops a Secret's value beyond its end "
                    "without a word; make room for it or leave the list out"
                )
            here = here[step]
        else:
            return (
                f"sets {place} itself, which is no {'map' if isinstance(step, str) else 'list'}, so the Secret's value "
                "cannot arrive in it; remove it there"
            )
    return f"sets {path} itself, and Flux would take the one or the other without a word; remove it there"


def _written(steps: tuple[str | int, ...]) -> str:
    from krmfn.results import path_of  # noqa: PLC0415  (only where there is something to report)

    return path_of(*steps)
