"""Findings: what is wrong, where, and what to do. Standard library only.

One convention everywhere: a rule is a generator. It yields its findings as Results, and returns what it decided:

    def find(name: str) -> Rule[Kind | None]: ...

    kind = yield from find(name)

A rule that only finds is an `Iterator[Result]`, and is called the same way. Nothing is appended to a list that was
passed in. A finding can be lost only if `yield from` is forgotten, and a test checks for that.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from krmfn.fieldpaths import join_path, steps_of
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import TypeAlias

T = TypeVar("T")


class Severity(StrEnum):
    """As in the KRM Functions Specification. Results are sorted in this order."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class ResourceRef(NamedTuple):
    """The object that a result is about; `namespace` is empty for a cluster-scoped object."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class File(NamedTuple):
    """The file that an object was read from, and the document in it. A path is relative to its kpt package, if any.

    `line` and `column` begin at 1. They are 0 until they are looked up in the text of the file: hosts send no text.
    """

    path: str
    document: int = 0
    package: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Result(NamedTuple):
    """One finding. `code` is stable, kebab-case, and part of the public API."""

    message: str
    severity: Severity
    code: str
    resource: ResourceRef | None = None
    field: str = ""
    file: File | None = None

    def __str__(self) -> str:
        """The result on one line, for stderr: kustomize shows nothing else."""
        return f"{self.severity.value}: {self.on_one_line()}"

    def where(self) -> str:
        """The result without its message, on one line."""
        return f"{self.severity.value}: {' '.join(filter(None, (self.place(), f'[{self.code}]')))}"

    def on_one_line(self) -> str:
        """The place, the message and the code, on one line."""
        place = self.place()
        return f"{place}: {_line(self.message)} [{self.code}]" if place else f"{_line(self.message)} [{self.code}]"

    def place(self) -> str:
        """The file, the object and the field, on one line."""
        is_the_file = self.resource and self.file and self.resource.name == self.file.path
        about = " ".join(filter(None, ("" if is_the_file or not self.resource else str(self.resource), self.field)))
        return _line(": ".join(filter(None, (str(self.file or ""), about))))

    def as_dict(self) -> dict[str, Any]:
        """The result as an entry of a ResourceList's `results`."""
        entry: dict[str, Any] = {"message": self.message, "severity": self.severity.value}
        if self.resource:
            entry["resourceRef"] = {
                "apiVersion": self.resource.api_version,
                "kind": self.resource.kind,
                **({"namespace": self.resource.namespace} if self.resource.namespace else {}),
                "name": self.resource.name,
            }
        if self.field:
            entry["field"] = {"path": self.field}
        if self.file:
            entry["file"] = {"path": self.file.path, "index": self.file.document}
            if self.file.line:
                entry["file"] |= {"line": self.file.line, "column": self.file.column}
        entry["tags"] = {"code": self.code}
        return entry


def _line(text: str) -> str:
    """The text on one line. User input may contain escape codes that change the terminal."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))


if TYPE_CHECKING:
    Rule: TypeAlias = Generator[Result, None, T]


def gathered(rule: Rule[T]) -> tuple[T, tuple[Result, ...]]:
    """What a rule returned, and all its findings."""
    findings: list[Result] = []
    while True:
        try:
            findings.append(next(rule))
        except StopIteration as done:
            return done.value, tuple(findings)


class Origin(NamedTuple):
    """Where a declaration is: its object, its file, and the field of the object that contains it."""

    resource: ResourceRef
    file: File | None = None
    field: str = ""

    def at(self, field: str) -> Origin:
        """The origin of a field inside this one."""
        return self._replace(field=join_path(self.field, field))

    def error(self, code: str, message: str, field: str = "") -> Result:
        return self._result(Severity.ERROR, code, message, field)

    def warning(self, code: str, message: str, field: str = "") -> Result:
        return self._result(Severity.WARNING, code, message, field)

    def info(self, code: str, message: str, field: str = "") -> Result:
        return self._result(Severity.INFO, code, message, field)

    def _result(self, severity: Severity, code: str, message: str, field: str) -> Result:
        return Result(message, severity, code, self.resource, join_path(self.field, field), self.file)


def place_of(origin: Origin) -> tuple[Any, ...]:
    """A sort key for origins, so that their order does not depend on the order of the input (R4)."""
    return (origin.file or File(""), origin.resource, origin.field)


class ResultsError(Exception):
    """A stage found errors; `results` has all its findings, including warnings."""

    def __init__(self, results: Iterable[Result]) -> None:
        self.results = in_order(results)
        super().__init__("\n".join(map(str, self.results)))


def has_errors(results: Iterable[Result]) -> bool:
    return any(result.severity is Severity.ERROR for result in results)


def in_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """Errors first, then by file, object and field; the order in which they were found does not matter (R4)."""
    severities = list(Severity)

    def key(result: Result) -> tuple[Any, ...]:
        file = result.file or File("")
        return (
            severities.index(result.severity),
            file,
            result.resource or (),
            result.field,
            result.code,
            result.message,
        )

    return tuple(sorted(set(results), key=key))


def root_causes(results: Iterable[Result]) -> tuple[Result, ...]:
    """The results without those of unknown fields that another error already reports, at the field or inside it."""
    found = tuple(results)
    misplaced = {(each.resource, each.field) for each in found if each.code == "misplaced-field"}
    errors: dict[ResourceRef | None, list[tuple[str | int, ...]]] = {}
    for each in found:
        if each.severity is Severity.ERROR and each.code in {"unknown-field", "misplaced-field"}:
            errors.setdefault(each.resource, []).append(steps_of(each.field))

    def follows(result: Result) -> bool:
        if result.code != "unknown-field" or result.severity is Severity.ERROR:
            return result.code == "unknown-field" and (result.resource, result.field) in misplaced
        steps = steps_of(result.field)
        return any(inner[: len(steps)] == steps for inner in errors.get(result.resource, ()))

    return tuple(each for each in found if not (errors and follows(each)))


def raise_errors(results: Iterable[Result]) -> None:
    """Ends a stage: raises ResultsError if one of the results is an error."""
    found = tuple(results)
    if has_errors(found):
        raise ResultsError(found)
