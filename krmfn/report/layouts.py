"""Where boxes, frames and arrows stand, by Graphviz; it is given the sizes of texts, and measures none.

Its own measures come from the fonts of the machine, and a page would differ with these.
"""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    Point: TypeAlias = tuple[float, float]

INCH = 72
FRAME = "cluster"
"""What the names of Graphviz's frames begin with."""
CHARACTER, LINE = 0.6, 1.2
"""Width of a character and height of a line, in sizes of the font: a fixed-width font has these on every machine."""
PADDING, AROUND = 10, 12
"""Beside a text in its box, and between a frame and its boxes."""


class Box(NamedTuple):
    """Something that stands in the picture; `class_` is for the styles."""

    name: str
    label: str
    class_: str


class Frame(NamedTuple):
    """What stands around some boxes, by their names."""

    name: str
    label: str
    class_: str
    inside: tuple[str, ...]


class Arrow(NamedTuple):
    """From one box to another; one that is of a frame begins at its border."""

    start: str
    end: str
    label: str = ""
    class_: str = ""
    frame: str = ""


class Spot(NamedTuple):
    """A rectangle, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Curve(NamedTuple):
    """An arrow: its start, three points for each piece of the curve, the corners of its head, and where its text is."""

    points: tuple[Point, ...]
    head: tuple[Point, ...]
    label: Point | None


class GraphLayout(NamedTuple):
    """Where everything is: boxes and frames by their names, the texts of frames too, arrows as they were asked for."""

    width: float
    height: float
    boxes: Mapping[str, Spot]
    frames: Mapping[str, Spot]
    labels: Mapping[str, Point]
    curves: Sequence[Curve]


def laid_out(
    boxes: Iterable[Box], frames: Iterable[Frame], arrows: Iterable[Arrow], size: float, small: float
) -> GraphLayout:
    """The layout, with texts of a size, and those of arrows of a smaller one.

    Raises:
        ImportError: Graphviz's library is not installed.
    """
    from pygraphviz import AGraph  # type: ignore[import-untyped]  # noqa: PLC0415  (an extra: only a report needs it)

    boxes, frames = tuple(boxes), tuple(frames)
    graph = AGraph(directed=True, strict=False, rankdir="LR", compound="true", nodesep="0.2", ranksep="0.7")
    graph.node_attr.update(shape="box", label="", fixedsize="true")
    graph.edge_attr.update(arrowsize="0.7")
    # What stands together is equally wide.
    outside = {each.name for each in boxes}.difference(*(frame.inside for frame in frames))
    for group in (outside, *(frame.inside for frame in frames)):
        width = max((width_of(box.label, size) for box in boxes if box.name in group), default=0) + 2 * PADDING
        for box in boxes:
            if box.name in group:
                graph.add_node(box.name, width=width / INCH, height=(size * LINE + PADDING) / INCH)
    for frame in frames:
        name = f"{FRAME}{frame.name}"
        graph.add_subgraph(frame.inside, name=name, label=_room(frame.label, size), margin=AROUND)
    for index, arrow in enumerate(arrows):
        label = {"label": _room(arrow.label, small)} if arrow.label else {}
        begin = {"ltail": f"{FRAME}{arrow.frame}"} if arrow.frame else {}
        graph.add_edge(arrow.start, arrow.end, key=str(index), id=str(index), **label, **begin)
    return _read(loads(graph.draw(format="json", prog="dot")))


def _read(told: dict[str, Any]) -> GraphLayout:
    """What Graphviz says, with the origin at the upper left, as SVG has it."""
    _, _, width, height = _numbers(told["bb"])

    def point(numbers: Iterable[float]) -> Point:
        x, y = numbers
        return x, height - y

    objects = {each["name"]: each for each in told["objects"]}
    frames = {name.removeprefix(FRAME): each for name, each in objects.items() if name.startswith(FRAME)}
    spots: dict[str, Spot] = {}
    for name, each in frames.items():
        left, bottom, right, top = _numbers(each["bb"])
        spots[name] = Spot(left, height - top, right - left, top - bottom)
    boxes: dict[str, Spot] = {}
    for name, each in objects.items():
        if not name.startswith(FRAME):
            x, y = point(_numbers(each["pos"]))
            wide, high = (float(each[key]) * INCH for key in ("width", "height"))
            boxes[name] = Spot(x - wide / 2, y - high / 2, wide, high)
    curves = [
        Curve(
            tuple(point(each) for drawn in edge["_draw_"] if drawn["op"] == "b" for each in drawn["points"]),
            tuple(point(each) for drawn in edge["_hdraw_"] if drawn["op"] == "P" for each in drawn["points"]),
            point(_numbers(edge["lp"])) if "lp" in edge else None,
        )
        for edge in sorted(told.get("edges", ()), key=lambda each: int(each["id"]))
    ]
    labels = {name: point(_numbers(each["lp"])) for name, each in frames.items()}
    return GraphLayout(width, height, boxes, spots, labels, curves)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


def width_of(text: str, size: float) -> float:
    return len(text) * CHARACTER * size


def _room(label: str, size: float) -> str:
    """A label without a text, as large as the text will be."""
    room = f'FIXEDSIZE="TRUE" WIDTH="{width_of(label, size):.0f}" HEIGHT="{size * LINE:.0f}"'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {room}><TR><TD></TD></TR></TABLE>>'
