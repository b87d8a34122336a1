"""The table of who talks to whom: a row for each sender, with those that it reaches on the same ports together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.reach.verdicts import ReachVerdict
from krmfn.report.elements import broken, element, listed, named, table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from krmfn.reach.answers import Opened, Ports
    from krmfn.reach.pairs import OpenPair
    from krmfn.report.elements import Content

MOST_PORTS = 5
"""As many ranges of ports are shown; `krmfn reach` has all."""
SHOWN = (ReachVerdict.ALLOWED, ReachVerdict.UNKNOWN)


def pairs(reaches: Iterable[OpenPair], namespace: str) -> Element:
    """All pairs of a namespace that are not simply denied."""
    by_sender: dict[str, dict[str, tuple[Opened, ...]]] = {}
    for each in reaches:
        source, target = (_local(party.full_name, namespace) for party in (each.sender, each.receiver))
        by_sender.setdefault(source, {})[target] = each.opened
    rows = (
        (element("strong", *broken(source)), *(_cell(targets, verdict) for verdict in SHOWN))
        for source, targets in by_sender.items()
    )
    return table("Who talks to whom", ("from", "allowed to", "not known"), rows, f"in {namespace}")


def _cell(targets: dict[str, tuple[Opened, ...]], verdict: ReachVerdict) -> Content:
    """Ports, and everybody who is reached on these."""
    by_ports: dict[tuple[str, ...], list[str]] = {}
    for target, opened in targets.items():
        if ranges := tuple(_range(each.ports) for each in opened if each.verdict is verdict):
            by_ports.setdefault(ranges, []).append(target)
    return listed(_spelt(ports, names) for ports, names in by_ports.items())


def _spelt(ports: tuple[str, ...], names: list[str]) -> Element:
    told = ports if len(ports) <= MOST_PORTS else ("other ports",)
    return element("span", named(names), " on ", named(told, "count"))


def _local(name: str, namespace: str) -> str:
    return name.removeprefix(f"{namespace}/")


def _range(ports: Ports) -> str:
    if ports.protocol == ports.numbers:
        return "every port"
    return f"{'every port' if ports.numbers == '*' else ports.numbers}/{ports.protocol}"
