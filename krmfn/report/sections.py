"""The parts of a report: findings, tenants, the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.matrix import reached
from krmfn.reach.answers import brief
from krmfn.reach.verdicts import ReachVerdict
from krmfn.report.elements import element, listed, table
from krmfn.report.picture import picture
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from krmfn.reach.answers import Ports, ReachAnswer
    from krmfn.report import Reported
    from krmfn.results import Origin, Result
    from krmfn.topology import Platform, Tenant
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

FINDING = ("severity", "where", "what", "code")
PLANE = "the management plane"


def findings(reported: Reported) -> Element:
    """What was found, the worst first, and what is accepted with its reason."""
    infos = [each for each in reported.results if each.severity is Severity.INFO]
    told = [
        each for severity in Severity for each in reported.results if each.severity is severity is not Severity.INFO
    ]
    accepted = ((each.result.code, _about(each.result), each.result.message, each.reason) for each in reported.accepted)
    left_out = f"Left out for their errors: {', '.join(reported.left_out)}." if reported.left_out else ""
    return element(
        "section",
        element("h2", "Findings", id="findings"),
        *([element("p", left_out, class_="error")] if left_out else []),
        table("Errors and warnings", FINDING, map(_finding, told)),
        element("details", element("summary", "Information"), table("Information", FINDING, map(_finding, infos))),
        table("Accepted", ("code", "where", "what", "reason"), accepted),
    )


def change(lines: tuple[str, ...]) -> Element:
    """What a change does, as `krmfn plan` says it."""
    return element("section", element("h2", "Change", id="change"), element("pre", "\n".join(lines), tabindex="0"))


def tenant(each: Tenant, reaches: tuple[ReachAnswer, ...] | None) -> Element:
    """A tenant: its picture, its clusters and apps, and who talks to whom."""
    drawn = picture(each)
    nothing = (
        "There is no picture: nothing runs here." if not each.releases else "There are too many apps for a picture."
    )
    return element(
        "section",
        element("h2", each.namespace, id=f"tenant-{each.namespace}"),
        element("figure", drawn, element("figcaption", "Who talks to whom, as declared; ports on the arrows."))
        if drawn is not None
        else element("p", nothing, class_="none"),
        table(
            "Clusters",
            ("cluster", "isolation", "nodes reach", "Pod Security", "kubeconfig", "apps", "a deletion takes"),
            (_cluster(cluster, each) for cluster in each.clusters),
        ),
        table(
            "Apps",
            ("app", "runs on", "connects to", "data", "removed from Git", "declared in"),
            (_app(release, each) for release in each.releases if release.name not in _created(each)),
        ),
        table("Who talks to whom", ("from", "to", "allowed", "not known"), _pairs(reaches))
        if reaches is not None
        else element("p", "Too many pairs for a table; ask krmfn reach.", class_="none"),
    )


def platform(said: Platform) -> Element:
    """The guards, and who may pass them."""
    return element(
        "section",
        element("h2", "Platform", id="platform"),
        table(
            "Guards",
            ("what", "who"),
            (
                ("Flux's service accounts", listed(said.flux)),
                (
                    "administrators",
                    listed((*said.administrators, *(f"group {each}" for each in said.administrator_groups))),
                ),
                ("kinds that tenants' administrators may change", listed(said.mutable_kinds)),
            ),
        ),
    )


def _finding(result: Result) -> tuple[Element | str, ...]:
    severity = element("span", result.severity.value, class_=f"badge {result.severity.value}")
    return severity, _about(result), result.message, element("code", result.code)


def _about(result: Result) -> str:
    about = f"{result.resource}" if result.resource and result.resource.kind != "File" else ""
    return " ".join(filter(None, (str(result.file) if result.file else "", about, result.field)))


def _cluster(cluster: Cluster, tenant: Tenant) -> tuple[Element | str, ...]:
    posture = cluster.posture
    apps = [each.owner for each in tenant.releases if each.placed_on == cluster.release]
    takes = [cluster.release, *([cluster.boundary] if cluster.boundary else []), *apps]
    return (
        element("strong", cluster.owner),
        posture.name,
        reached(posture),
        posture.pod_security or "-",
        "withheld" if posture.withheld else "available",
        listed(apps),
        listed(takes)
        if cluster.prune
        else element("span", "nothing until it is confirmed: it is protected", class_="good"),
    )


def _app(release: Release, tenant: Tenant) -> tuple[Element | str, ...]:
    on = next((each.owner for each in tenant.clusters if each.release == release.placed_on), PLANE)
    removed = "uninstalled" if release.prune else "stays until it is confirmed"
    loses = release.keeps_data and release.prune
    return (
        element("strong", release.owner),
        on,
        listed(
            f"{each.owner} ({', '.join(dict.fromkeys(str(port.port) for port in each.ports)) or 'no port'})"
            for each in release.connections
        ),
        "kept in it" if release.keeps_data else "-",
        element("span", f"{removed}, with its data" if loses else removed, class_="error" if loses else ""),
        _place(release.origin),
    )


def _place(origin: Origin) -> str:
    return str(origin.file) if origin.file else "-"


def _created(tenant: Tenant) -> frozenset[str]:
    return frozenset(each.release for each in tenant.clusters)


def _pairs(reaches: Iterable[ReachAnswer]) -> Iterator[tuple[str, ...]]:
    """A row for each pair that is not simply denied."""
    by_pair: dict[tuple[str, str], list[ReachAnswer]] = {}
    for each in reaches:
        by_pair.setdefault((each.sender.full_name, each.receiver.full_name), []).append(each)
    for (source, target), answers in by_pair.items():
        ports = {verdict: _ports(answers, verdict) for verdict in (ReachVerdict.ALLOWED, ReachVerdict.UNKNOWN)}
        if any(ports.values()):
            yield source, target, ports[ReachVerdict.ALLOWED] or "-", ports[ReachVerdict.UNKNOWN] or "-"


def _ports(answers: list[ReachAnswer], verdict: ReachVerdict) -> str:
    return ", ".join(_range(each.ports) for each in brief(tuple(answers)) if each.verdict is verdict)


def _range(ports: Ports) -> str:
    if ports.protocol == ports.numbers:
        return "every port"
    return f"{'every port' if ports.numbers == '*' else ports.numbers}/{ports.protocol}"
