"""How far a command is: a line on stderr for work of more than a second, if that is a terminal, and gone at its end."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from click._termui_impl import ProgressBar

    Item = TypeVar("Item")

    class Progress(Protocol):
        """What shows how many of some items are done, while somebody goes through them."""

        def __call__(self, items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]: ...


AFTER = 1.0
"""Seconds after which it is shown: what is done by then needs no telling."""
STEPS, MANY = 200, 5000
"""How often a bar moves, and how many items there may be if nobody knows."""
CLEAR = "\r\033[K\033[?25h"
"""Empties the line, and shows the cursor that click's bar hides."""


def silent(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:  # noqa: ARG001
    """Shows nothing."""
    return items


@contextmanager
def shown() -> Iterator[Progress]:
    """Progress for the time of a block; nothing in a pipe, in CI, or on a terminal that cannot move its cursor."""
    stderr = sys.stderr
    if not stderr.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        yield silent
        return
    bars = _Bars(monotonic())
    try:
        yield bars
    finally:
        if bars.drawn:
            stderr.write(CLEAR)
            stderr.flush()


class _Bars:
    """Click's bars, one after the other on one line."""

    def __init__(self, began: float) -> None:
        self._began = began
        self.drawn: ProgressBar[Any] | None = None

    def __call__(self, items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
        from click import progressbar  # noqa: PLC0415  (only on a terminal)

        # Without a length, click shows how many there were so far.
        bar = progressbar(
            count() if total is None else None,
            total,
            what,
            show_pos=True,
            file=sys.stderr,
            update_min_steps=max(1, (total or MANY) // STEPS),
        )
        waiting = 0
        for item in items:
            yield item
            waiting += 1
            if monotonic() - self._began > AFTER:
                if self.drawn is not bar:
                    sys.stderr.write(CLEAR)
                    self.drawn = bar
                bar.update(waiting)
                waiting = 0
