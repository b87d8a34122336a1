"""The picture of a tenant: clusters, what runs where, and who talks to whom, laid out by Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygraphviz import AGraph  # type: ignore[import-untyped]

    from krmfn.topology import Tenant
    from krmfn.topology.model.clusters import Cluster
    from krmfn.topology.model.releases import Release

MOST = 80
"""More apps than these make no picture that a person can read; then only those with connections are drawn."""
SVG = "{http://www.w3.org/2000/svg}"
WORLD = "the internet"


def picture(tenant: Tenant) -> Element | None:
    """The picture as an SVG element; None if there is nothing to draw, or too much of it."""
    apps = _drawn(tenant)
    if not apps or len(apps) > MOST:
        return None
    drawn: Element = fromstring(_svg(tenant, apps))  # noqa: S314  (Graphviz wrote it)
    for each in drawn.iter():
        each.tag = each.tag.removeprefix(SVG)
        # Several pictures on one page would have the same ids.
        for key in [key for key in each.attrib if key == "id" or key.startswith("{")]:
            del each.attrib[key]
        if each.tag == "title":
            each.text = ""
    for parent in list(drawn.iter()):
        for child in [child for child in parent if child.tag == "title"]:
            parent.remove(child)
    drawn.attrib.update({"role": "img", "aria-label": f"Who talks to whom in {tenant.namespace}", "class": "picture"})
    return drawn


def _drawn(tenant: Tenant) -> list[Release]:
    """The releases of apps; of many, those that are connected."""
    created = {each.release for each in tenant.clusters}
    apps = [each for each in tenant.releases if each.name not in created]
    if len(apps) <= MOST:
        return apps
    connected = {connection.release for each in apps for connection in each.connections}
    return [each for each in apps if each.connections or each.name in connected]


def _svg(tenant: Tenant, apps: list[Release]) -> bytes:
    from pygraphviz import AGraph  # noqa: PLC0415  (an extra: only a report needs it)

    graph = AGraph(directed=True, strict=False, rankdir="LR", bgcolor="transparent", compound="true", nodesep="0.2")
    graph.node_attr.update(shape="box", style="rounded", fontname="sans-serif", fontsize="11", height="0.3")
    graph.edge_attr.update(fontname="sans-serif", fontsize="9", arrowsize="0.7")
    inside: dict[str, list[Release]] = {}
    for app in apps:
        inside.setdefault(app.placed_on, []).append(app)
    # Names of nodes are numbers: a name of a user's is only ever a label.
    numbers = {app.name: f"n{index}" for index, app in enumerate(apps)}
    for index, cluster in enumerate(tenant.clusters):
        names = [_node(graph, app, numbers) for app in inside.get(cluster.release, ())]
        if not names:
            names = [f"empty{index}"]
            graph.add_node(names[0], label="no apps", class_="none", style="dashed,rounded")
        fence = "fenced" if cluster.posture.scoped else "open"
        graph.add_subgraph(
            names,
            name=f"cluster_{index}",
            label=_label(cluster),
            **{"class": fence},
            fontname="sans-serif",
            fontsize="11",
        )
        if cluster.posture.internet:
            graph.add_node("world", label=WORLD, shape="ellipse", **{"class": "world"})
            graph.add_edge(names[0], "world", ltail=f"cluster_{index}", style="dashed", **{"class": "world"})
    for app in inside.get("", ()):
        _node(graph, app, numbers)
    for app in apps:
        for target, label in _connections(app):
            if target in numbers:
                graph.add_edge(numbers[app.name], numbers[target], label=label)
    made: bytes = graph.draw(format="svg", prog="dot")
    return made


def _node(graph: AGraph, app: Release, numbers: dict[str, str]) -> str:
    graph.add_node(numbers[app.name], label=_plain(app.owner), **{"class": "data" if app.keeps_data else "app"})
    return numbers[app.name]


def _connections(app: Release) -> Iterator[tuple[str, str]]:
    for each in app.connections:
        yield each.release, ", ".join(dict.fromkeys(str(port.port) for port in each.ports))


def _label(cluster: Cluster) -> str:
    return _plain(f"{cluster.owner} ({cluster.posture.name})")


def _plain(text: str) -> str:
    """A label as Graphviz takes it literally: a backslash would begin an escape, and < an HTML label."""
    return text.replace("\\", "\\\\").replace("\n", " ").removeprefix("<")
