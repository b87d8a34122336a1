"""What definitions of the platform's custom resources allow of values that its charts hand on (bounds.yaml)."""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml as pyyaml

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource

TABLE = Path(__file__).with_name("bounds.yaml")
STEP = re.compile(r"[^.\[\]]+")


class Bound(NamedTuple):
    """A field of an app's values, the object that its chart puts it in, and what that object's definition allows."""

    kind: str
    name: str
    field: str
    of: str
    at: tuple[str, ...]
    allows: dict[str, Any]
    like: str
    by_rule: bool
    values: dict[str, Any]
    wrong: Any

    def __str__(self) -> str:
        return f"{self.kind} {self.field} in {self.of}"

    @property
    def steps(self) -> tuple[str | int, ...]:
        return tuple(int(step) if step.isdigit() else step for step in STEP.findall(self.field))

    @property
    def place(self) -> tuple[str, ...]:
        """The path in a shape: `[]` is any entry of a list."""
        return tuple("[]" if isinstance(step, int) else step for step in self.steps)

    @property
    def more(self) -> dict[str, Any]:
        """What a shape has of it: the keywords of the definition, and an example of krmfn's own."""
        return {**self.allows, **({"x-example": self.like} if self.like else {})}

    @property
    def right(self) -> Any:
        found: Any = self.values
        for step in self.steps:
            found = found[step]
        return found

    def item(self, value: Any) -> Resource:
        """The declaration with a value at the field."""
        spec: Any = copy.deepcopy(self.values)
        here = spec
        for step in self.steps[:-1]:
            here = here[step]
        here[self.steps[-1]] = value
        return {
            "apiVersion": "apps.cozystack.io/v1alpha1",
            "kind": self.kind,
            "metadata": {"name": self.name, "namespace": "tenant-acme"},
            "spec": spec,
        }


def steps_of(path: str) -> tuple[str, ...]:
    """A label's name has dots and one slash."""
    return tuple(path.split("/", 2) if "/" in path else path.split("."))


@cache
def bounds() -> tuple[Bound, ...]:
    return tuple(_bound(each) for each in pyyaml.safe_load(TABLE.read_text(encoding="utf-8")))


def _bound(said: dict[str, Any]) -> Bound:
    return Bound(
        said["kind"],
        said.get("name", "main"),
        said["field"],
        said["of"],
        steps_of(said["at"]),
        said["allows"],
        said.get("like", ""),
        said.get("by") == "rule",
        said["values"],
        said["wrong"],
    )
