"""docs/carry-on.md: its picture and its table of packages are made from the imports; `make generate` writes both."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from itertools import pairwise
from json import loads
from pathlib import Path
from xml.etree.ElementTree import SubElement, fromstring, register_namespace, tostring

import grimp
from pygraphviz import AGraph  # type: ignore[import-untyped]

from krmfn.report.layouts import INCH, PADDING, width_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/carry-on.md"
PICTURE = ROOT / "docs/imports.svg"
SVG = "http://www.w3.org/2000/svg"
SIZE = 11
"""Of texts, in pixels."""
STRAIGHT = ("function", "declarations", "topology", "resources", "resourcelist")
"""The line itself, drawn thick."""
STYLE = """
text { fill: #1b1f24; font: 11px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; text-anchor: middle; }
path, polygon { stroke: #57606a; } .edge polygon { fill: #57606a; }
.line path { stroke: #0550ae; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } path, polygon { stroke: #9da7b1; } .edge polygon { fill: #9da7b1; }
  .line path { stroke: #79c0ff; }
}
"""

Edges = frozenset[tuple[str, str]]


def test_the_picture_is_of_these_imports() -> None:
    """Each module and each arrow of the picture is there, and it is what `make generate` makes, byte for byte."""
    text = PICTURE.read_text(encoding="utf-8")
    assert text == drawing()
    drawn = fromstring(text)  # noqa: S314  (it is ours)
    titles = {each.text for each in drawn.iter(f"{{{SVG}}}title")} - {"%3"}
    assert titles == {*modules(), *(f"{above}->{below}" for above, below in shown(imports()))}


def test_every_module_stands_above_what_it_imports() -> None:
    """The rows are the floors that import-linter holds, so each arrow leads down."""
    row = {module: number for number, floor in enumerate(floors()) for module in floor}
    assert set(row) == modules()
    assert imports()
    assert all(row[above] < row[below] for above, below in imports())


def test_an_import_that_others_imply_is_not_drawn() -> None:
    """What is reached by way of another arrow needs none of its own."""
    assert shown(frozenset({("a", "b"), ("b", "c"), ("a", "c")})) == {("a", "b"), ("b", "c")}


def test_the_table_is_current() -> None:
    """Each package has the duty that its first line says."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == filled(text)
    assert text.count("\n| [`") == len(modules())


@cache
def _graph() -> grimp.ImportGraph:
    graph = grimp.build_graph("krmfn", exclude_type_checking_imports=True)
    for module in graph.find_children("krmfn"):
        if graph.find_children(module):
            graph.squash_module(module)
    return graph


def modules() -> set[str]:
    return {_short(module) for module in _graph().find_children("krmfn")}


def imports() -> Edges:
    """Which module of the first level imports which, while it runs."""
    found = {
        (_short(above), _short(below))
        for above in _graph().find_children("krmfn")
        for below in _graph().find_modules_directly_imported_by(above)
    }
    return frozenset((above, below) for above, below in found if above != below and {above, below} <= modules())


def shown(edges: Edges) -> Edges:
    """The imports without those that others imply."""
    return frozenset((above, below) for above, below in edges if below not in _reached(edges, above, below))


def _reached(edges: Edges, start: str, but: str) -> set[str]:
    found: set[str] = set()
    left = [below for above, below in edges if above == start and below != but]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += [below for above, below in edges if above == module]
    return found


def floors() -> list[list[str]]:
    """The first contract of import-linter, from the top down."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return [floor.split(" | ") for floor in contracts[0]["layers"]]


def _short(module: str) -> str:
    return module.removeprefix("krmfn.")


def filled(text: str) -> str:
    """The page with its table made anew, from the top floor to the lowest."""
    rows = "".join(f"| [`{name}`]({_path(name)}) | {_duty(name)} |\n" for floor in floors() for name in floor)
    table = f"<!-- rooms -->\n\n| in `krmfn/` | its duty |\n|---|---|\n{rows}\n<!-- end -->"
    return re.sub(r"<!-- rooms -->\n.*?<!-- end -->", lambda _: table, text, flags=re.DOTALL)


def _source(name: str) -> Path:
    single = ROOT / f"krmfn/{name}.py"
    return single if single.is_file() else ROOT / f"krmfn/{name}/__init__.py"


def _path(name: str) -> str:
    return f"../krmfn/{name}" if (ROOT / f"krmfn/{name}").is_dir() else f"../krmfn/{name}.py"


def _duty(name: str) -> str:
    said = ast.get_docstring(ast.parse(_source(name).read_text(encoding="utf-8")))
    assert said, name
    return said.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def drawing() -> str:
    """The picture: a row a floor, an arrow an import."""
    graph = AGraph(
        directed=True, strict=False, rankdir="TB", bgcolor="transparent", nodesep="0.15", ranksep="0.35", newrank="true"
    )
    # Without a text, nothing asks for the fonts of the machine; with a width, there is room for it.
    graph.node_attr.update(shape="box", style="rounded", label="", fixedsize="true", height="0.3")
    graph.edge_attr.update(arrowsize="0.6")
    drawn_edges = shown(imports())
    for number, floor in enumerate(floors()):
        for module in floor:
            width = (width_of(module, SIZE) + 2 * PADDING) / INCH
            graph.add_node(module, width=width, **{"class": "line" if module in STRAIGHT else "beside"})
        graph.add_subgraph(floor, name=f"floor{number}", rank="same")
    # Rows that no arrow joins are held in their order by one that is not drawn.
    joints = [(above[0], below[0]) for above, below in pairwise(floors())]
    for above, below in joints:
        if (above, below) not in drawn_edges:
            graph.add_edge(above, below, style="invis")
    for above, below in sorted(drawn_edges):
        graph.add_edge(above, below)
    register_namespace("", SVG)
    drawn = fromstring(graph.draw(format="svg", prog="dot"))  # noqa: S314  (Graphviz wrote it)
    objects = loads(graph.draw(format="json", prog="dot"))["objects"]
    places = {each["name"]: each["pos"].split(",") for each in objects if "pos" in each}
    for each in drawn.iter(f"{{{SVG}}}g"):
        name = each.findtext(f"{{{SVG}}}title")
        if (each.get("class") or "").startswith("node"):
            x, y = map(float, places[name])
            SubElement(each, f"{{{SVG}}}text", x=f"{x:.1f}", y=f"{SIZE / 3 - y:.1f}").text = name
    drawn.set("role", "img")
    drawn.set("aria-label", "Which package of krmfn imports which")
    style = SubElement(drawn, f"{{{SVG}}}style")
    style.text = STYLE
    return f"{tostring(drawn, encoding='unicode')}\n"


def main() -> None:
    """Writes the picture and the page's table."""
    PICTURE.write_text(drawing(), encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
