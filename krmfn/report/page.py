"""The page around the sections: its head, its styles and its script, and the policy that allows nothing else."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

from krmfn.report.elements import counted, element
from krmfn.report.findings import change, findings
from krmfn.report.guards import guards
from krmfn.report.tenants import apps, overview, tenant
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from krmfn.report import Reported

HERE = Path(__file__).parent


def page(reported: Reported) -> str:
    """The whole page."""
    styles, of_pictures, script = (
        (HERE / name).read_text(encoding="utf-8") for name in ("page.css", "picture.css", "page.js")
    )
    styles += of_pictures
    policy = (
        f"default-src 'none'; style-src '{_hash(styles)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    made = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", f"krmfn report: {reported.title}"),
            element("style", styles),
        ),
        element("body", *_body(reported), element("script", script)),
        lang="en",
    )
    return f"<!doctype html>\n{tostring(made, encoding='unicode', method='html')}\n"


def _body(reported: Reported) -> Iterator[Element]:
    found = [
        *([change(reported.change)] if reported.change else []),
        findings(reported),
        *([overview(reported)] if len(reported.tenants) > 1 else []),
        *(tenant(each, reported) for each in reported.tenants.values()),
        *([guards(reported.platform)] if reported.platform else []),
    ]
    yield element("a", "Skip to the findings", href="#findings", class_="skip")
    yield element(
        "header",
        element("p", "krmfn report", class_="eyebrow"),
        element("h1", reported.title),
        element("p", _summary(reported)),
        element(
            "nav",
            element("ul", *(element("li", _link(each)) for each in found if _is_linked(each, reported))),
            aria_label="Sections",
        ),
    )
    yield element(
        "search",
        element("label", "Filter ", element("input", type="search", id="filter", placeholder="app, file, code…")),
        element("output", id="matches", for_="filter"),
        element("button", "Dark", type="button", id="theme", aria_pressed="false"),
        class_="tools",
    )
    yield element("main", *found)


def _link(section: Element) -> Element:
    heading = _heading(section)
    return element("a", heading.text or "", href=f"#{heading.get('id', '')}")


def _is_linked(section: Element, reported: Reported) -> bool:
    """The overview leads to each of several tenants."""
    return len(reported.tenants) == 1 or not (_heading(section).get("id") or "").startswith("tenant-")


def _heading(section: Element) -> Element:
    return next(section.iter("h2"))


def _summary(reported: Reported) -> str:
    results = [each for equal in reported.findings for each in equal]
    counts = {severity: sum(each.severity is severity for each in results) for severity in Severity}
    tenants = reported.tenants.values()
    numbers = (
        (len(tenants), "tenant"),
        (sum(len(each.clusters) for each in tenants), "cluster"),
        (sum(len(apps(each)) for each in tenants), "app"),
        (counts[Severity.ERROR], "error"),
        (counts[Severity.WARNING], "warning"),
    )
    return ", ".join([*(counted(*each) for each in numbers), f"{len(reported.accepted)} accepted"])


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
