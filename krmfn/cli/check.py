"""`krmfn check`: only the verdict, as text, JSON, SARIF or GitHub workflow commands."""

from __future__ import annotations

import os
from contextlib import chdir
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from krmfn import __version__
from krmfn.cli.comparing import compared
from krmfn.cli.disk import Disk, repository_of
from krmfn.cli.expansions import Question, side
from krmfn.cli.placing import placed
from krmfn.cli.surroundings import surroundings
from krmfn.cli.walking import origin_of_file
from krmfn.repository import WORKTREE
from krmfn.results import ResourceRef, Severity, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from krmfn.cli.comparing import Comparison, Revisions
    from krmfn.cli.paint import Paint
    from krmfn.results import Result

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
GITHUB_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


class Judgement(NamedTuple):
    """The findings, a line about what was read, and how many commits the checked files are behind."""

    results: tuple[Result, ...]
    summary: str
    lag: int = 0


def alone(request: Revisions, *, allow_empty: bool = False) -> Judgement:
    """The verdict on the files on disk, without Git; in a folder of a fleet, paths are those of the repository."""
    question = Question(request.paths, request.config, request.catalog, {})
    top = None if request.config else repository_of(request.paths[0])
    if top:
        inside = question._replace(
            paths=tuple(Path(os.path.relpath(path, top)) for path in request.paths),
            catalog=tuple(map(Path.absolute, request.catalog)),
            widen=True,
        )
        with chdir(top):
            if surroundings(inside.paths, Disk()).is_wider:
                return _judged(inside, request, allow_empty=allow_empty)
    return _judged(question, request, allow_empty=allow_empty)


def _judged(question: Question, request: Revisions, *, allow_empty: bool) -> Judgement:
    found = side(question, Disk())
    empty = () if allow_empty or not found.is_empty else (_nothing(request),)
    return Judgement(in_order([*placed(found.results, Disk()), *empty]), found.summary)


def against(request: Revisions, *, strict: bool, allow_empty: bool = False) -> Judgement:
    """The verdict on the files as they would be committed, and on the effects of merging them.

    Raises:
        RepositoryError: there is no repository, or no such revision.
    """
    found = compared(request._replace(after=WORKTREE))
    destroyed = [each.result for each in found.verdict.dangers]
    if strict:
        destroyed = [each._replace(severity=Severity.ERROR) for each in destroyed]
    refused = [each.result for each in found.verdict.refusals]
    empty = [] if allow_empty or not (found.before.side.is_empty and found.after.side.is_empty) else [_nothing(request)]
    results = in_order([*found.after.side.results, *refused, *destroyed, *found.notes, *_uncompared(found), *empty])
    return Judgement(results, f"{found.after.side.summary}; against {found.before.name}", found.lag)


def _nothing(request: Revisions) -> Result:
    """An error for a check of nothing, which most often is a check of the wrong folder (R13)."""
    message = (
        "nothing was declared here, so nothing was checked; check the path, or if that is meant, say --allow-empty"
    )
    return origin_of_file((*request.paths, Path())[0]).error("nothing-to-check", message)


def _uncompared(found: Comparison) -> Iterable[Result]:
    """Errors of the earlier revision: its declarations are not known, so it is not known what would be lost."""
    for result in found.before.side.results:
        if has_errors([result]):
            message = f"in {found.before.name}, the revision to compare with: {result.message}"
            yield result._replace(message=message)


def as_text(verdict: Judgement, paint: Paint) -> str:
    lines = [
        paint(COLOURS[each.severity], each.severity.value) + str(each).removeprefix(each.severity.value)
        for each in verdict.results
    ]
    return "".join(f"{line}\n" for line in lines)


def as_json(verdict: Judgement, _: Paint) -> str:
    document = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Check",
        "passed": not has_errors(verdict.results),
        "results": [each.as_dict() for each in verdict.results],
    }
    return dumps(document, indent=2) + "\n"


def as_sarif(verdict: Judgement, _: Paint) -> str:
    """SARIF 2.1.0, as code scanners read it."""
    codes = sorted({each.code for each in verdict.results})
    driver = {
        "name": "krmfn",
        "semanticVersion": __version__,
        "rules": [{"id": code, "shortDescription": {"text": code.replace("-", " ")}} for code in codes],
    }
    results = [
        {
            "ruleId": each.code,
            "ruleIndex": codes.index(each.code),
            "level": SARIF_LEVELS[each.severity],
            "message": {"text": _about(each)},
            "locations": [_location(each)],
        }
        for each in verdict.results
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _location(result: Result) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if result.file:
        uri = quote(result.file.path, errors="surrogatepass")
        # A file as a whole has no line, but a region needs one.
        region = {"startLine": result.file.line or 1}
        region |= {"startColumn": result.file.column} if result.file.column else {}
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": region}
    if result.resource:
        name = f"{result.resource} {result.field}".strip()
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "object"}]
    return location


def as_github(verdict: Judgement, _: Paint) -> str:
    """Workflow commands: GitHub shows each one at the file in the pull request."""
    return "".join(f"{_command(each)}\n" for each in verdict.results)


def _command(result: Result) -> str:
    file = result.file
    properties = {"file": file.path} if file else {}
    properties |= {"line": str(file.line), "col": str(file.column)} if file and file.line else {}
    properties |= {"title": f"krmfn: {result.code}"}
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{GITHUB_COMMANDS[result.severity]} {said}::{_escaped(_about(result))}"


def _about(result: Result) -> str:
    is_file = isinstance(result.resource, ResourceRef) and result.resource.kind == "File"
    about = " ".join(filter(None, ("" if is_file or not result.resource else str(result.resource), result.field)))
    return f"{about}: {result.message}" if about else result.message


def _escaped(text: str) -> str:
    """The text, escaped as in GitHub's own toolkit: a line break would begin another command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Judgement, Paint], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
