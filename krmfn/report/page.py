"""The page around the sections: its head, its styles and its script, and the policy that allows nothing else."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

from krmfn.report import sections
from krmfn.report.elements import element
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from krmfn.report import Reported

HERE = Path(__file__).parent


def page(reported: Reported) -> str:
    """The whole page."""
    styles, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
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
        *([sections.change(reported.change)] if reported.change else []),
        sections.findings(reported),
        *(sections.tenant(each, reported.reaches.get(name)) for name, each in reported.tenants.items()),
        *([sections.platform(reported.platform)] if reported.platform else []),
    ]
    yield element("a", "Skip to the findings", href="#findings", class_="skip")
    yield element(
        "header",
        element("h1", reported.title),
        element("p", _summary(reported)),
        element(
            "nav",
            element("ul", *(element("li", _link(each)) for each in found)),
            aria_label="Sections",
        ),
        element(
            "div",
            element("label", "Filter the tables ", element("input", type="search", id="filter")),
            element("button", "Dark", type="button", id="theme", aria_pressed="false"),
            element("output", id="matches", for_="filter"),
            class_="tools",
        ),
    )
    yield element("main", *found)


def _link(section: Element) -> Element:
    heading = section[0]
    return element("a", heading.text or "", href=f"#{heading.get('id', '')}")


def _summary(reported: Reported) -> str:
    counts = {severity: sum(each.severity is severity for each in reported.results) for severity in Severity}
    tenants = reported.tenants.values()
    clusters = sum(len(each.clusters) for each in tenants)
    apps = sum(len(each.releases) for each in tenants) - sum(each.created for one in tenants for each in one.clusters)
    numbers = (
        (len(tenants), "tenant"),
        (clusters, "cluster"),
        (apps, "app"),
        (counts[Severity.ERROR], "error"),
        (counts[Severity.WARNING], "warning"),
    )
    told = [f"{number} {what}{'' if number == 1 else 's'}" for number, what in numbers]
    return ", ".join([*told, f"{len(reported.accepted)} accepted"])


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
