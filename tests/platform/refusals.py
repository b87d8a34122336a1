"""Where the platform's charts can fail (refusals.yaml), and what krmfn says to the values that lead there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml as pyyaml

from krmfn import function
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource

TABLE = Path(__file__).with_name("refusals.yaml")
TEMPLATES = (".yaml", ".tpl", ".txt")
COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
CALL = re.compile(r'\b(?:fail|required)\b(?=\s*[("`$.\w]|\s*-?\}\})')
FAILING = ("apps", "extra", "library", "system/monitoring", "system/seaweedfs")
"""The charts of apps, and those to which they hand a user's values."""


class Refusal(NamedTuple):
    """One or more places in a template, and the values of an app that lead there; or why krmfn leaves them."""

    file: str
    lines: tuple[int, ...]
    kind: str
    name: str
    namespace: str
    values: dict[str, Any]
    field: str
    by: str
    left: str

    def __str__(self) -> str:
        return f"{self.file}:{','.join(map(str, self.lines))}"

    @property
    def item(self) -> Resource:
        """The declaration."""
        return {
            "apiVersion": "apps.cozystack.io/v1alpha1",
            "kind": self.kind,
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": self.values,
        }


@cache
def refusals() -> tuple[Refusal, ...]:
    return tuple(_refusal(each) for each in pyyaml.safe_load(TABLE.read_text(encoding="utf-8")))


def _refusal(said: dict[str, Any]) -> Refusal:
    field = said.get("field", "")
    return Refusal(
        said["file"],
        tuple(said["lines"]),
        said.get("kind", ""),
        said.get("name", "main"),
        said.get("namespace", "tenant-acme"),
        said.get("values", {}),
        field.removeprefix(".") if field.startswith(".") else f"spec.{field}",
        said.get("by", ""),
        said.get("left", ""),
    )


def foretold(item: Resource) -> set[str]:
    """The fields at which krmfn refuses a declaration."""
    answer = function.run(ResourceList((item,)))
    return {result.field for result in answer.results if result.severity is Severity.ERROR}


def failing(packages: Path) -> Iterator[tuple[str, int]]:
    """Each file and line at which a template of these charts can fail by its own word."""
    for folder in FAILING:
        for file in sorted((packages / folder).rglob("*")):
            place = file.relative_to(packages)
            if file.suffix in TEMPLATES and "templates" in place.parts and not {"charts", "tests"} & {*place.parts}:
                yield from ((place.as_posix(), line) for line in _calls(file.read_text(encoding="utf-8")))


def _calls(template: str) -> Iterator[int]:
    """The lines with a call of `fail` or `required`, in no comment and no text."""
    code = COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), template)
    for action in ACTION.finditer(code):
        for call in CALL.finditer(TEXT.sub(lambda found: f'"{" " * (len(found[0]) - 2)}"', action[0])):
            yield code.count("\n", 0, action.start() + call.start()) + 1
