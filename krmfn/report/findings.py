"""What was found: errors and warnings with their places, what is accepted, and what a change does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.report.elements import broken, counted, element, folded, listed, table
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from krmfn.report import Reported
    from krmfn.results import Result


def findings(reported: Reported) -> Element:
    """What was found, the worst first, and what is accepted with its reason."""
    told = [each for severity in Severity for each in reported.findings if each[0].severity is severity]
    infos = [each for each in told if each[0].severity is Severity.INFO]
    rest = [each for each in told if each[0].severity is not Severity.INFO]
    accepted = ((each.result.code, each.result.place(), each.result.message, each.reason) for each in reported.accepted)
    left_out = f"Left out for their errors: {', '.join(reported.left_out)}." if reported.left_out else ""
    return element(
        "section",
        element("h2", "Findings", id="findings"),
        *([element("p", left_out, class_="error")] if left_out else []),
        _list(rest) if rest else element("p", "No errors, no warnings.", class_="none"),
        *([folded(f"Information ({_count(infos)})", _list(infos))] if infos else []),
        table("Accepted", ("code", "where", "what", "reason"), accepted),
    )


def change(lines: tuple[str, ...]) -> Element:
    """What a change does, as `krmfn plan` says it."""
    return element(
        "section",
        element("h2", "Change", id="change"),
        element("pre", *map(_line, lines)),
    )


def _line(line: str) -> Element:
    return element("span", f"{line}\n", class_="error" if line.startswith("error:") else None)


def _list(folded_results: Iterable[tuple[Result, ...]]) -> Element:
    return element("ul", *map(_finding, folded_results), class_="findings")


def _finding(equal: tuple[Result, ...]) -> Element:
    """One finding with its place, or with all places of findings that say the same of several objects."""
    first, *others = equal
    severity = first.severity.value
    places = [element("span", *broken(each.place()), class_="where") for each in equal]
    return element(
        "li",
        element(
            "p",
            element("span", severity, class_=f"badge {severity}"),
            " ",
            *broken(first.message),
            " ",
            element("code", first.code),
        ),
        folded(counted(len(equal), "place"), listed(places)) if others else element("p", *places),
        class_=severity,
    )


def _count(findings_: Iterable[tuple[Result, ...]]) -> int:
    return sum(map(len, findings_))
