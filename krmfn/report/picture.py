"""The picture of a tenant: clusters, what runs where, and who talks to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.report.elements import element
from krmfn.report.layouts import Arrow, Box, Frame, laid_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from krmfn.report.layouts import Curve, GraphLayout, Point, Spot
    from krmfn.topology import Tenant
    from krmfn.topology.model.releases import Release

MOST = 80
"""More apps than these make no picture that a person can read; then only those with connections are drawn."""
WORLD = "the internet"
SIZE, SMALL = 13, 11
"""Of texts, and of those on arrows; in pixels."""
MARGIN = 4


def picture(tenant: Tenant) -> Element | None:
    """The picture as an SVG element; None if there is nothing to draw, or too much of it."""
    apps = _drawn(tenant)
    if not apps or len(apps) > MOST:
        return None
    # A name of a user's is only ever a label.
    names = {app.name: f"app{index}" for index, app in enumerate(apps)}
    boxes = [Box(names[app.name], app.owner, "data" if app.keeps_data else "app") for app in apps]
    frames: list[Frame] = []
    arrows: list[Arrow] = []
    for index, cluster in enumerate(tenant.clusters):
        inside = [names[app.name] for app in apps if app.placed_on == cluster.release]
        if not inside:
            inside = [f"empty{index}"]
            boxes.append(Box(inside[0], "no apps", "empty"))
        fence = "fenced" if cluster.posture.scoped else "open"
        frames.append(Frame(str(index), f"{cluster.owner} ({cluster.posture.name})", fence, tuple(inside)))
        if cluster.posture.internet:
            arrows.append(Arrow(inside[0], "world", class_="world", frame=str(index)))
    boxes += [Box("world", WORLD, "world")] if arrows else []
    for app in apps:
        arrows += (
            Arrow(names[app.name], names[target], label) for target, label in _connections(app) if target in names
        )
    return _svg(tenant.namespace, boxes, frames, arrows)


def _drawn(tenant: Tenant) -> list[Release]:
    """The releases of apps; of many, those that are connected."""
    created = {each.release for each in tenant.clusters}
    apps = [each for each in tenant.releases if each.name not in created]
    if len(apps) <= MOST:
        return apps
    connected = {connection.release for each in apps for connection in each.connections}
    return [each for each in apps if each.connections or each.name in connected]


def _connections(app: Release) -> Iterator[tuple[str, str]]:
    for each in app.connections:
        yield each.release, ", ".join(dict.fromkeys(str(port.port) for port in each.ports))


def _svg(namespace: str, boxes: list[Box], frames: list[Frame], arrows: list[Arrow]) -> Element:
    layout = laid_out(boxes, frames, arrows, SIZE, SMALL)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    return element(
        "svg",
        *_shapes(layout, boxes, frames, arrows),
        viewBox=f"{-MARGIN} {-MARGIN} {_told(width)} {_told(height)}",
        width=_told(width),
        height=_told(height),
        role="img",
        aria_label=f"Who talks to whom in {namespace}",
        class_="picture",
    )


def _shapes(layout: GraphLayout, boxes: list[Box], frames: list[Frame], arrows: list[Arrow]) -> Iterator[Element]:
    """Frames, what is in them, and arrows over both."""
    for frame in frames:
        yield element(
            "g",
            _rectangle(layout.frames[frame.name], 6),
            _text(layout.labels[frame.name], frame.label, SIZE),
            class_=f"frame {frame.class_}",
        )
    for box in boxes:
        spot = layout.boxes[box.name]
        middle = spot.x + spot.width / 2, spot.y + spot.height / 2
        yield element(
            "g",
            _rectangle(spot, spot.height / 2 if box.class_ == "world" else 4),
            _text(middle, box.label, SIZE),
            class_=f"box {box.class_}",
        )
    for arrow, curve in zip(arrows, layout.curves, strict=True):
        label = [_text(curve.label, arrow.label, SMALL)] if curve.label else []
        yield element("g", *_arrow(curve), *label, class_=f"arrow {arrow.class_}".strip())


def _rectangle(spot: Spot, radius: float) -> Element:
    x, y, width, height = map(_told, spot)
    return element("rect", x=x, y=y, width=width, height=height, rx=_told(radius))


def _arrow(curve: Curve) -> Iterator[Element]:
    start, *others = curve.points
    yield element("path", d=f"M{_points([start])} C{_points(others)}")
    yield element("polygon", points=_points(curve.head))


def _text(middle: Point, text: str, size: float) -> Element:
    """A text around a point; its base line is as far below the middle as a fixed-width font needs."""
    x, y = middle
    return element("text", text, x=_told(x), y=_told(y + size / 3), font_size=_told(size), text_anchor="middle")


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_told(x)},{_told(y)}" for x, y in points)


def _told(number: float) -> str:
    """A length in as few digits as anybody sees."""
    return f"{number:.1f}".removesuffix(".0")
