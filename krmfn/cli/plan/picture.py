"""A plan as a Mermaid flowchart: what changes in which place, what moves, and which connections open and close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.changes.change import EVERYTHING, INTERNET, Action, Data
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from krmfn.changes.change import Change, Reach

MOST = 12
"""Changes in a picture; more are not read."""
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./-_,:")
LOOKS = {
    Action.ORPHAN: "lost",
    Action.RETIRE: "lost",
    Action.REPLACE: "lost",
    Action.MOVE: "moved",
    Action.CHANGE: "changed",
    Action.CREATE: "made",
}
STYLES = {
    "lost": "fill:#ffebe9,stroke:#cf222e,color:#24292f",
    "moved": "fill:#fff8c5,stroke:#9a6700,color:#24292f",
    "changed": "fill:#ddf4ff,stroke:#0969da,color:#24292f",
    "made": "fill:#dafbe1,stroke:#1a7f37,color:#24292f",
    "there": "fill:#f6f8fa,stroke:#6e7781,color:#24292f",
}
"""Light colours with dark text: readable on either background."""


class Node(NamedTuple):
    """A box: where it stands, what it is, and how it looks."""

    place: str
    owner: str
    says: str
    look: str


class Edge(NamedTuple):
    """An arrow between two boxes, by their keys."""

    source: tuple[str, str]
    target: tuple[str, str]
    says: str
    style: str


def picture(changes: Sequence[Change]) -> Iterator[str]:
    """The lines of a flowchart; none where nothing moves or connects, or where it would be too large to read."""
    edges = [edge for change in changes for edge in _edges(change)]
    if not edges or len(changes) > MOST or len(edges) > MOST:
        return
    nodes = {(node.place, node.owner): node for change in changes for node in _nodes(change)}
    for edge in edges:
        for place, owner in (edge.source, edge.target):
            nodes.setdefault((place, owner), Node(place, owner, "", "there"))
    names = {key: f"n{number}" for number, key in enumerate(nodes)}
    yield "flowchart LR"
    for number, place in enumerate(dict.fromkeys(node.place for node in nodes.values())):
        yield f'  subgraph p{number}["{_label(place)}"]'
        for key, node in nodes.items():
            if node.place == place:
                says = f"<br/>{_label(node.says)}" if node.says else ""
                yield f'    {names[key]}["{_label(node.owner)}{says}"]:::{node.look}'
        yield "  end"
    for edge in edges:
        yield f'  {names[edge.source]} {edge.style}|"{_label(edge.says)}"| {names[edge.target]}'
    used = {node.look for node in nodes.values()}
    yield from (f"  classDef {look} {style}" for look, style in STYLES.items() if look in used)


def _places(change: Change) -> tuple[str, str]:
    """Where a declaration is before and after, for a title."""
    before, after = (f"{change.namespace}: {each or 'management plane'}" for each in change.clusters)
    return before, after


def _nodes(change: Change) -> Iterator[Node]:
    before, after = _places(change)
    says = change.action.value + ("; data lost" if change.data is Data.LOST else "")
    says += "; isolation lost" if change.isolation else ""
    if change.action is Action.MOVE:
        yield Node(before, change.was or change.owner, "", "moved")
        yield Node(after, change.owner, says, "moved")
    else:
        yield Node(
            before if change.action in {Action.RETIRE, Action.ORPHAN} else after, change.owner, says, _look(change)
        )


def _look(change: Change) -> str:
    return "lost" if change.isolation else LOOKS[change.action]


def _edges(change: Change) -> Iterator[Edge]:
    before, after = _places(change)
    if change.action is Action.MOVE:
        yield Edge((before, change.was or change.owner), (after, change.owner), "moves", "==>")
    for reaches, where, style, word in (
        (change.opened, after, "-->", "may reach"),
        (change.closed, before, "-.->", "may no longer reach"),
    ):
        for reach in reaches:
            ports = f" on {', '.join(reach.ports)}" if reach.ports else ""
            yield Edge((where, change.owner), _target(change, reach), word + ports, style)


def _target(change: Change, reach: Reach) -> tuple[str, str]:
    """What is reached: a service of the tenant on the management plane, or something outside."""
    if "/" in reach.to and reach.to[0].isalpha():
        return f"{change.namespace}: management plane", reach.to
    return "outside", {EVERYTHING: "everything", INTERNET: "the internet"}.get(reach.to, reach.to)


def _label(text: str) -> str:
    """The text as Mermaid shows it: every character that could end a label, or be HTML, by its number."""
    return "".join(each if each in PLAIN or each.isalnum() else f"#{ord(each)};" for each in text)
