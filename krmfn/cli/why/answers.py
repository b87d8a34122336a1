"""`krmfn why`: where the fields of a generated object come from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.positions import with_positions
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.why.hints import fields_hint, objects_hint, plain_path
from krmfn.fieldpaths import path_of
from krmfn.marks import OWNER, home_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import annotations_of, identity
from krmfn.results import has_errors
from krmfn.why import explained, fields_of
from krmfn.why.subjects import named, of_kind, subjects
from krmfn.yaml import nodes
from krmfn.yaml.places import source

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.results import Result
    from krmfn.why import Answer, Field
    from krmfn.why.subjects import AskedObject


DECLARED = ("krmfn.dev/", "apps.cozystack.io/")
"""How the apiVersion of a declaration begins."""
LIKE_A_FILE = re.compile(r"\.(ya?ml|json)(:\d+)?$")


class WhyQuestion(NamedTuple):
    """What is asked: an object and a field, or all of its fields, of what the declarations under `paths` expand to."""

    subject: str
    field: str
    namespace: str
    paths: tuple[Path, ...]
    catalog: tuple[Path, ...]


class UnknownError(Exception):
    """There is no such object or field, or more than one; the message names the nearest ones."""


class Generated(NamedTuple):
    """What the runs generate: every object, by its run, what was read, and what was left out for its errors."""

    by_run: tuple[tuple[ResourceList, tuple[AskedObject, ...]], ...]
    items: tuple[Resource, ...]
    results: tuple[Result, ...]


class WhyAnswer(NamedTuple):
    """The object, an answer for each field of the question, and the errors of what was left out."""

    subject: AskedObject
    answers: tuple[Answer, ...]
    results: tuple[Result, ...]


def asked(asked_for: WhyQuestion) -> WhyAnswer:
    """The answer to a question.

    Raises:
        UnknownError: no object, or no field, is meant, or more than one.
    """
    question = _by_line(asked_for)
    generated = _generated(question)
    given, subject = _subject(question, generated)
    found = [each for each in fields_of(subject.resource) if each.steps[: len(subject.below)] == subject.below]
    fields = [each for each in found if _is_asked(each, subject, question.field)]
    if not fields:
        raise UnknownError(f"{subject} has no field {question.field}{fields_hint(question.field, subject, found)}")
    return WhyAnswer(subject, explained(given, subject.resource, fields), generated.results)


def _by_line(question: WhyQuestion) -> WhyQuestion:
    """The question about the object and the field at `FILE:LINE`, or in FILE; the same if no file is named."""
    name, colon, line = question.subject.rpartition(":")
    path = Path(name if colon and line.isdecimal() else question.subject)
    if not path.is_file():
        return question
    there = source(path.read_bytes())
    index, steps = there.at(int(line)) if colon and line.isdecimal() else (0, ())
    if not 0 <= index < len(there.objects):
        raise UnknownError(f"{question.subject} has no object; name a line that is part of one")
    meta = nodes.value(there.objects[index], "metadata")
    kind, own, namespace = (
        str(each.value) if each else ""
        for each in (
            nodes.value(there.objects[index], "kind"),
            nodes.value(meta, "name"),
            nodes.value(meta, "namespace"),
        )
    )
    field = question.field or path_of(*steps)
    version = nodes.value(there.objects[index], "apiVersion")
    if field and version and str(version.value).startswith(DECLARED):
        instead = "about an app or a cluster" if str(version.value).startswith(DECLARED[0]) else f"for {kind}/{own}"
        message = (
            f"{question.subject} is {field} of the declaration {kind}/{own}, and krmfn why explains what is generated: "
            f"ask {instead}, or for a line of a rendered file; krmfn plan shows what another value here changes"
        )
        raise UnknownError(message)
    return question._replace(subject=f"{kind}/{own}", field=field, namespace=question.namespace or namespace)


def _generated(question: WhyQuestion) -> Generated:
    """What `krmfn check` judges: so a namespace that two runs claim, or one with errors, has no answer here either."""
    files = Disk()
    found = side(Question(question.paths, None, question.catalog, Remembered(), widen=True), files)
    by_run = (
        (each.declared.kept, tuple(subjects(it for it in each.generated if _space(it) not in found.at_fault)))
        for each in found.expansions
        if each.declared
    )
    return Generated(
        tuple(by_run), found.items, with_positions((each for each in found.results if has_errors([each])), files)
    )


def _space(resource: Resource) -> str:
    """The namespace whose output has the object."""
    own = identity(resource)
    return home_of(own.namespace, own.name, str(annotations_of(resource).get(OWNER, "")))


def _subject(question: WhyQuestion, generated: Generated) -> tuple[ResourceList, AskedObject]:
    """The run and the object that are meant."""
    everything = [each for _, found in generated.by_run for each in found]
    text = question.subject
    matches = [(given, each) for given, found in generated.by_run for each in named(text, question.namespace, found)]
    if question.field:
        matches = [each for each in matches if _has(each[1], question.field)] or matches
    if not matches:
        matches = [
            (given, each) for given, found in generated.by_run for each in of_kind(text, question.namespace, found)
        ]
    if not matches:
        if LIKE_A_FILE.search(text):
            name = text.rpartition(":")[0] or text
            raise UnknownError(f"there is no file {name} here; write its path from the current folder")
        hint = objects_hint(text, question.namespace, everything, generated.items)
        hint += "; namespaces with errors are left out, and krmfn check shows why" if generated.results else ""
        raise UnknownError(f'no object that is generated here is called "{text}"{hint}')
    if len(matches) > 1:
        choices = ", ".join(f"{each.kind} {each.namespace}/{each.name}" for _, each in matches)
        raise UnknownError(f'"{text}" may mean {len(matches)} objects; name one, or its namespace with -n: {choices}')
    return matches[0]


def _has(subject: AskedObject, field: str) -> bool:
    return any(_is_asked(each, subject, field) for each in fields_of(subject.resource))


def _is_asked(field: Field, subject: AskedObject, asked: str) -> bool:
    """True for the field of the question and every field below it."""
    if field.steps[: len(subject.below)] != subject.below:
        return False
    path, wanted = (plain_path(each) for each in (path_of(*field.steps[len(subject.below) :]), asked))
    return not wanted or path == wanted or path.startswith(f"{wanted}.")
