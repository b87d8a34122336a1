"""The formats of `krmfn check`: text, JSON, SARIF and GitHub workflow commands."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from krmfn import __version__
from krmfn.cli.findings import as_lines, verdict
from krmfn.results import Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from krmfn.cli.check.verdict import Judgement
    from krmfn.cli.paint import Paint
    from krmfn.declarations.accepted import Accepted
    from krmfn.results import Result

    Format: TypeAlias = Callable[[Judgement, Paint, bool], str]

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
GITHUB_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def last_line(found: Judgement) -> str:
    return verdict("check", found.results, found.accepted, found.runs)


def as_text(found: Judgement, paint: Paint, verbose: bool) -> str:  # noqa: FBT001  (all formats are called alike)
    lines = as_lines(found.results, found.accepted, paint, verbose=verbose)
    return "".join(f"{line}\n" for line in lines)


def as_json(found: Judgement, _paint: Paint, _verbose: bool) -> str:  # noqa: FBT001
    """The findings as docs/check.schema.json describes them."""
    document = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Check",
        "passed": not has_errors(found.results),
        "runs": found.runs,
        "results": [each.as_dict() for each in found.results],
        "accepted": [{**each.result.as_dict(), "reason": each.reason} for each in found.accepted],
    }
    return dumps(document, indent=2) + "\n"


def as_sarif(found: Judgement, _paint: Paint, _verbose: bool) -> str:  # noqa: FBT001
    """SARIF 2.1.0, as code scanners read it; what is accepted is suppressed there, with its reason."""
    codes = sorted({each.code for each in (*found.results, *(one.result for one in found.accepted))})
    driver = {
        "name": "krmfn",
        "semanticVersion": __version__,
        "rules": [{"id": code, "shortDescription": {"text": code.replace("-", " ")}} for code in codes],
    }
    results = [*(_sarif(each, codes) for each in found.results), *_suppressed(found.accepted, codes)]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _sarif(result: Result, codes: list[str]) -> dict[str, Any]:
    return {
        "ruleId": result.code,
        "ruleIndex": codes.index(result.code),
        "level": SARIF_LEVELS[result.severity],
        "message": {"text": _about(result)},
        "locations": [_location(result)],
    }


def _suppressed(accepted: Iterable[Accepted], codes: list[str]) -> Iterable[dict[str, Any]]:
    for each in accepted:
        yield {**_sarif(each.result, codes), "suppressions": [{"kind": "inSource", "justification": each.reason}]}


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


def as_github(found: Judgement, _paint: Paint, verbose: bool) -> str:  # noqa: FBT001
    """Workflow commands: GitHub shows each one at the line in the pull request; infos only if `verbose`."""
    told = (each for each in found.results if verbose or each.severity is not Severity.INFO)
    return "".join(f"{_command(each)}\n" for each in told)


def _command(result: Result) -> str:
    file = result.file
    properties = {"file": file.path} if file else {}
    properties |= {"line": str(file.line), "col": str(file.column)} if file and file.line else {}
    properties |= {"title": f"krmfn: {result.code}"}
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{GITHUB_COMMANDS[result.severity]} {said}::{_escaped(_about(result))}"


def _about(result: Result) -> str:
    is_file = result.resource is not None and result.resource.kind == "File"
    about = " ".join(filter(None, ("" if is_file or not result.resource else str(result.resource), result.field)))
    return f"{about}: {result.message}" if about else result.message


def _escaped(text: str) -> str:
    """The text, escaped as in GitHub's own toolkit: a line break would begin another command.

    Other control characters could change the terminal or the log that shows it.
    """
    plain = "".join(each if each.isprintable() or each in "\r\n" else "?" for each in text)
    return plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Format] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
