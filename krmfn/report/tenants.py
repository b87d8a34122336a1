"""A tenant: its picture, its clusters and apps, who talks to whom, and who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.matrix import reached
from krmfn.report.elements import broken, counted, element, folded, listed, table
from krmfn.report.pairs import pairs
from krmfn.report.picture import picture
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from krmfn.access import Access
    from krmfn.report import Reported
    from krmfn.topology import Tenant
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

PLANE = "the management plane"
FEW = 3
"""As many tenants stand open on the page; of more, each is opened by whoever wants to see it."""
LEGEND = (
    "Who talks to whom, as declared; ports on the arrows. A frame is a cluster; a thick one is fenced, so that only "
    "these arrows leave it. A thick border is an app that keeps data."
)


def overview(reported: Reported) -> Element:
    """A row for each tenant, which leads to it."""
    return element(
        "section",
        element("h2", "Tenants", id="tenants"),
        table(
            "Tenants",
            ("tenant", "clusters", "apps", "apps that keep data", "errors", "warnings"),
            (
                (
                    element("a", name, href=f"#tenant-{name}"),
                    str(len(each.clusters)),
                    str(len(apps(each))),
                    str(sum(app.keeps_data for app in apps(each))),
                    str(_found(reported, name, Severity.ERROR)),
                    str(_found(reported, name, Severity.WARNING)),
                )
                for name, each in reported.tenants.items()
            ),
        ),
    )


def tenant(each: Tenant, reported: Reported) -> Element:
    """All about a tenant, folded if there are many."""
    name = each.namespace
    warnings = _found(reported, name, Severity.WARNING)
    facts = [counted(len(each.clusters), "cluster"), counted(len(apps(each)), "app")]
    facts += [counted(warnings, "warning")] if warnings else []
    return element(
        "section",
        folded(
            element(
                "span",
                element("h2", name, id=f"tenant-{name}"),
                " ",
                element("span", ", ".join(facts), class_="count"),
            ),
            *_parts(each, reported),
            class_="tenant",
            is_open=len(reported.tenants) <= FEW,
        ),
    )


def apps(each: Tenant) -> list[Release]:
    """The releases of a tenant that are no cluster."""
    created = {cluster.release for cluster in each.clusters}
    return [release for release in each.releases if release.name not in created]


def _parts(each: Tenant, reported: Reported) -> Iterator[Element]:
    name = each.namespace
    about = f"of {name}"
    yield _figure(each)
    yield table(
        "Clusters",
        ("cluster", "isolation", "nodes reach", "Pod Security", "kubeconfig", "apps", "a deletion takes"),
        (_cluster(cluster, each) for cluster in each.clusters),
        about,
    )
    yield table(
        "Apps",
        ("app", "runs on", "connects to", "data", "removed from Git", "declared in"),
        (_app(release, each, reported) for release in apps(each)),
        about,
    )
    reaches = reported.reaches.get(name)
    if reaches is None:
        yield element("p", "Who talks to whom: too many pairs for a table; ask krmfn reach.", class_="none")
    else:
        yield folded("Who talks to whom, by every policy", pairs(reaches, name))
    if access := reported.access.get(name):
        yield folded("Who may do what, by RBAC", _accesses(access, about))


def _figure(each: Tenant) -> Element:
    drawn = picture(each)
    if drawn is not None:
        scrolled = element("div", drawn, class_="wide", role="group", aria_label=f"Picture of {each.namespace}")
        return element("figure", scrolled, element("figcaption", LEGEND))
    nothing = "nothing runs here" if not each.releases else "there are too many apps for one"
    return element("p", f"Picture: none, {nothing}.", class_="none")


def _found(reported: Reported, namespace: str, severity: Severity) -> int:
    """The findings about objects of a namespace."""
    return sum(
        each.severity is severity and each.resource is not None and each.resource.namespace == namespace
        for equal in reported.findings
        for each in equal
    )


def _cluster(cluster: Cluster, tenant: Tenant) -> tuple[Element | str, ...]:
    posture = cluster.posture
    placed = [each for each in tenant.releases if each.placed_on == cluster.release and each.name != cluster.boundary]
    takes = ", ".join(filter(None, (cluster.release, cluster.boundary, counted(len(placed), "app") if placed else "")))
    return (
        element("strong", *broken(cluster.owner)),
        posture.name,
        reached(posture),
        posture.pod_security or "-",
        "withheld" if posture.withheld else "available",
        str(len(placed)),
        element("span", takes, class_="error")
        if cluster.prune
        else element("span", f"{takes}; protected until it is confirmed", class_="good"),
    )


def _app(release: Release, tenant: Tenant, reported: Reported) -> tuple[Element | str, ...]:
    on = next((each.owner for each in tenant.clusters if each.release == release.placed_on), PLANE)
    removed = "uninstalled" if release.prune else "stays until it is confirmed"
    loses = release.keeps_data and release.prune
    return (
        element("strong", *broken(release.owner)),
        on,
        listed(
            f"{each.owner} ({', '.join(dict.fromkeys(str(port.port) for port in each.ports)) or 'no port'})"
            for each in release.connections
        ),
        "kept in it" if release.keeps_data else "-",
        element("span", f"{removed}, with its data" if loses else removed, class_="error" if loses else None),
        str(reported.files.get(release.origin, "-")),
    )


def _accesses(access: Iterable[Access], about: str) -> Element:
    """What holds of several objects, or for several actions, is one row."""
    owners: dict[tuple[str, ...], list[str]] = {}
    for each in access:
        open_ = f"{each.open} ({each.issue})" if each.issue else each.open
        held = ", ".join(each.tiers) or ("unknown" if each.unknown else "nobody"), each.withheld or "-", open_ or "-"
        owners.setdefault((each.action, *held), []).append(each.owner)
    actions: dict[tuple[str, ...], list[str]] = {}
    for (action, *held_), names in owners.items():
        actions.setdefault((", ".join(names), *held_), []).append(action)
    rows = ((names, ", ".join(which), *rest) for (names, *rest), which in actions.items())
    return table("Who may do what", ("object", "action", "tiers", "withheld", "stays open"), rows, about)
