"""A HelmRelease's targetPath: its steps, and what stands in its way (facts/engine.md §7)."""

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

    An inline value wins over the Secret at the same key, and so does one that is no map above it. An index beyond an
    inline list is lost without an error.
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
                f"sets {place} itself, which is no {'map' if isinstance(step, str) else 'list'}; inline values win "
                "over a Secret: remove it there"
            )
    return f"sets {path} itself, and inline values win over a Secret; remove it there"


def _written(steps: tuple[str | int, ...]) -> str:
    from krmfn.results import path_of  # noqa: PLC0415  (only where there is something to report)

    return path_of(*steps)
