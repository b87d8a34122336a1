"""Findings for people: the most important come last, equal ones appear once, and the last line is the verdict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.cli.paint import one_line
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krmfn.cli.paint import Paint
    from krmfn.declarations.accepted import Accepted
    from krmfn.results import Result

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
MOST_PLACES = 5
"""The most places of equal findings that are listed without --verbose."""


def as_lines(
    results: Iterable[Result], accepted: Iterable[Accepted], paint: Paint, *, verbose: bool = False
) -> Iterator[str]:
    """The findings, from infos to errors: infos and accepted ones only if `verbose`.

    Findings that differ only in their object are printed once, with the places of the others below.
    """
    told = list(results)
    if verbose:
        yield from _of_severity(told, Severity.INFO, paint, verbose=True)
        for each in accepted:
            reason = one_line(" ".join(each.reason.split()))
            yield f"{paint('cyan', 'accepted')}: {each.result.on_one_line()}, because: {reason}"
    for severity in (Severity.WARNING, Severity.ERROR):
        yield from _of_severity(told, severity, paint, verbose=verbose)


def _of_severity(results: Iterable[Result], severity: Severity, paint: Paint, *, verbose: bool) -> Iterator[str]:
    for first, *others in equal(each for each in results if each.severity is severity):
        count = f" ({len(others) + 1} times)" if others else ""
        yield f"{paint(COLOURS[severity], severity.value)}: {first.on_one_line()}{count}"
        shown = others if verbose else others[:MOST_PLACES]
        yield from (f"  also {each.place()}" for each in shown)
        if len(others) > len(shown):
            yield f"  and {len(others) - len(shown)} more (--verbose shows all)"


def equal(results: Iterable[Result]) -> tuple[tuple[Result, ...], ...]:
    """The findings, those together that differ only in their object."""
    found: dict[tuple[Severity, str, str], list[Result]] = {}
    for each in results:
        found.setdefault((each.severity, each.code, _without_names(each)), []).append(each)
    return tuple(map(tuple, found.values()))


def _without_names(result: Result) -> str:
    """The message without the names of its own object: with them, no two objects have the same.

    Findings about files are not folded: the reader wants to see each file that differs or was not read.
    """
    message, about = result.message, result.resource
    if about and about.kind == "File":
        return f"{about.name}\0{message}"
    for name in {about.name, about.namespace} - {""} if about else ():
        message = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "\0", message)
    return message


def verdict(command: str, results: Sequence[Result], accepted: Sequence[Accepted], runs: int) -> str:
    """The last line: how many findings of which severity, in how many runs."""
    counts = {severity: sum(each.severity is severity for each in results) for severity in Severity}
    parts = [counted(counts[Severity.ERROR], "error"), counted(counts[Severity.WARNING], "warning")]
    parts += [counted(counts[Severity.INFO], "info")] if counts[Severity.INFO] else []
    parts += [f"{len(accepted)} accepted"] if accepted else []
    return f"krmfn {command}: {', '.join(parts)} in {counted(runs, 'run')}"


def counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
