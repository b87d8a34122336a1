"""The answers of `krmfn why`, as text and as JSON (docs/why.schema.json)."""

from __future__ import annotations

from itertools import groupby
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import krmfn
from krmfn.changes.change import Hidden
from krmfn.changes.redaction import Redaction
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.paint import one_line
from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.results import File, ResourceRef, Result, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.cli.paint import Paint
    from krmfn.cli.why.answers import WhyAnswer
    from krmfn.why import Answer, Field
    from krmfn.why.inputs import InputField

PACKAGE = Path(krmfn.__file__).parents[1]
SHIPPED = "krmfn.dev/v1alpha1"
TWO = 2
SHOWN = 3
"""Causes of a field in text, if the question is about several fields."""
USERS = ("spec.values", "metadata.labels", "metadata.annotations")
"""Where a generated object has what a user wrote."""


class ShownCause(NamedTuple):
    """A field of the input as it is shown; `says` is how the generated field depends on it."""

    kind: str
    resource: ResourceRef
    field: str
    file: File
    value: Any
    says: str


class WhyPresentation:
    """Turns answers into what people and programs read; no value that may be a credential is shown (R7)."""

    def __init__(self) -> None:
        self._showing = Redaction()

    def value(self, field: Field) -> Any:
        """The value of a generated field, or a stand-in."""
        if field.inside or path_of(*field.steps[:2]) not in USERS:
            return field.value
        return self._showing.shown(field.steps, field.value)

    def causes(self, answer: Answer) -> tuple[ShownCause, ...]:
        """The causes, the nearest first."""
        says = "Without this connection it would not be there."
        openers = tuple(self._cause(each, answer.field)._replace(says=says) for each in answer.openers)
        return (*openers, *(self._cause(each, answer.field) for each in answer.because))

    def together(self, answer: Answer) -> tuple[ShownCause, ...]:
        """The fields of which one alone would do."""
        says = "One of these alone would do: with all of them another value here gives another value there."
        return tuple(self._cause(each, answer.field)._replace(says=says) for each in answer.together)

    def _cause(self, cause: InputField, field: Field) -> ShownCause:
        source, origin = cause.source, cause.source.origin
        [place] = with_positions([Result("", Severity.INFO, "", origin.resource, cause.path, origin.file)], Disk())
        about = ResourceRef(SHIPPED, "Catalog", "", str(source.key)) if source.kind == "catalog" else origin.resource
        is_copied = cause.value == field.value and not isinstance(cause.value, bool) | (cause.value in ({}, []))
        says = "The value is copied from here." if is_copied else "Another value here gives another value there."
        value = cause.value if _is_plain(cause) else self._showing.shown(cause.steps, cause.value)
        file = place.file or File("")
        if source.kind == "catalog":
            file = file._replace(path=Path(file.path).relative_to(PACKAGE).as_posix())
        return ShownCause(source.kind, about, cause.path, file, value, says)


def _is_plain(cause: InputField) -> bool:
    """True for fields that hold names and references, and never values of a user's chart."""
    is_ours = cause.source.origin.resource.api_version.startswith("krmfn.dev/") and "values" not in cause.steps
    return is_ours or cause.source.kind == "catalog" or cause.steps[0] == "metadata"


def as_text(told: WhyAnswer, paint: Paint) -> str:
    """The fields of the object with their causes and their rule; neighbours that have the same ones stand together."""
    presentation = WhyPresentation()
    lines = [paint.bold(str(told.subject)), f"  generated for {told.subject.owner}"]
    groups = [list(those) for _, those in groupby(told.answers, lambda each: each[1:])]
    most = None if len(groups) == 1 else SHOWN
    for answers in groups:
        lines.append("")
        for each in answers:
            path = path_of(*each.field.steps[len(told.subject.below) :])
            lines.append(f"{paint('cyan', path)}: {_plain(presentation.value(each.field))}")
        shown = presentation.causes(answers[0])
        lines += (f"  {each}" for each in _because(shown[:most], len(shown)))
        lines += (f"  {each}" for each in _together(presentation.together(answers[0])))
        lines.append(f"  {answers[0].rule.says} ({answers[0].rule.page})")
    return "".join(f"{line}\n" for line in lines)


def _because(causes: tuple[ShownCause, ...], count: int) -> Iterator[str]:
    for each in causes:
        about = "" if each.kind == "catalog" else f"{each.resource} "
        yield f"{each.file}: {about}{each.field}: {_plain(each.value)}"
    if count > len(causes):
        yield f"and {count - len(causes)} more; ask for this field to see them"


def _together(causes: tuple[ShownCause, ...]) -> Iterator[str]:
    if causes:
        either = "either of these two" if len(causes) == TWO else f"any one of these {len(causes)}"
        yield f"{either} alone would do, so that taking out one changes nothing:"
        yield from (f"  {each}" for each in _because(causes, len(causes)))


def _plain(value: Any) -> str:
    """One line, without control characters, which could change the terminal."""
    text = _visible(value)
    return one_line(" ".join(text.split()) if isinstance(text, str) else dumps(text))


def as_json(told: WhyAnswer, _: Paint) -> str:
    """A list with one answer for each field."""
    presentation = WhyPresentation()
    return dumps([_document(told, answer, presentation) for answer in told.answers], indent=2) + "\n"


def _document(told: WhyAnswer, answer: Answer, presentation: WhyPresentation) -> dict[str, Any]:
    subject = told.subject
    rule = {"kind": "rule", "says": answer.rule.says, "page": answer.rule.page}
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Why",
        "object": {
            "apiVersion": subject.api_version,
            "kind": subject.kind,
            **({"namespace": subject.namespace} if subject.namespace else {}),
            "name": subject.name,
        },
        "field": path_of(*answer.field.steps[len(subject.below) :]),
        "value": _visible(presentation.value(answer.field)),
        "because": [*map(_entry, presentation.causes(answer)), rule],
        **({"together": [*map(_entry, presentation.together(answer))]} if answer.together else {}),
    }


def _entry(cause: ShownCause) -> dict[str, Any]:
    about = cause.resource
    return {
        "kind": cause.kind,
        "object": {
            "apiVersion": about.api_version,
            "kind": about.kind,
            **({"namespace": about.namespace} if about.namespace else {}),
            "name": about.name,
        },
        "field": cause.field,
        "value": _visible(cause.value),
        **({"file": cause.file.path} if cause.file.path else {}),
        **({"line": cause.file.line} if cause.file.line else {}),
        "says": cause.says,
    }


def _visible(value: Any) -> Any:
    return str(value) if isinstance(value, Hidden) else value
