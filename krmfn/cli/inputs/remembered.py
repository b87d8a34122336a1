"""What was read and expanded before, of another side of a comparison: the same is not done twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource


class Remembered:
    """Documents by the content of their file; objects by its path as well; what runs come to by what they read.

    Nothing that was read is ever changed, so both sides may share objects. `answers` has the inputs of a run by
    their `id()`, and the inputs themselves: no other object then gets an id of theirs. `runs` has the run with a
    configuration, by the `id()` of that.
    """

    def __init__(self) -> None:
        self.documents: dict[bytes, list[Any]] = {}
        self.objects: dict[tuple[str, bytes], list[Resource]] = {}
        self.answers: dict[tuple[int, ...], tuple[object, Any]] = {}
        self.runs: dict[int, Any] = {}
