"""Answers of `krmfn reach` as text: the verdict, the policy that decides, and the line that would change it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from krmfn.cli.paint import one_line
from krmfn.reach.answers import ANY
from krmfn.reach.baseline import PLATFORM
from krmfn.reach.routes import INSIDE
from krmfn.reach.verdicts import ReachVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from krmfn.cli.paint import Paint
    from krmfn.cli.reach.answers import ReachAnswers, ReachDifferences
    from krmfn.reach.answers import Ports, ReachAnswer
    from krmfn.reach.causes import Because
    from krmfn.reach.parties import Party

COLOURS = {ReachVerdict.ALLOWED: "green", ReachVerdict.DENIED: "red", ReachVerdict.UNKNOWN: "yellow"}
WIDTH = max(map(len, ReachVerdict))
MOST, MOST_PORTS = 3, 5
"""Rules that are shown for an answer, the others are counted; and ranges of ports that are shown for a pair."""
PROTOCOLS = {"TCP", "UDP", "SCTP"}
LAST_PORT = 65535


def as_text(told: ReachAnswers, paint: Paint) -> Iterator[str]:
    """One answer with all that decides it, or a line for each of many."""
    if told.is_single:
        for each in told.reaches:
            yield from _single(each, paint)
        return
    if not told.reaches and not told.errors:
        yield "no cluster and no app is declared here"
        return
    receivers = {each.receiver.full_name for each in told.reaches}
    if len(receivers) == 1 and len(told.reaches) > 1:
        [to] = receivers
        yield paint.bold(one_line(f"-> {to}"))
        yield from _listed(told.reaches, lambda each: _whole(each.sender, ""), paint)
        return
    for source, reaches in groupby(told.reaches, key=lambda each: each.sender):
        yield paint.bold(one_line(f"{_whole(source, '')} ->"))
        yield from _listed(reaches, lambda each: each.receiver.name_in(each.sender.namespace), paint)


def as_change(told: ReachDifferences, paint: Paint) -> Iterator[str]:
    """A line for each pair that a change opens or closes."""
    yield paint.bold(one_line(f"krmfn reach: {told.before} -> {told.after}"))
    opened, closed = list(_pairs(told.change.opened)), list(_pairs(told.change.closed))
    for what, colour, lines in (("opened", "red", opened), ("closed", "green", closed)):
        for line in lines:
            yield f"  {paint(colour, what)}  {one_line(line)}"
    yield f"{len(opened)} opened, {len(closed)} closed" if opened or closed else "nothing is opened or closed"


def _pairs(reaches: Iterable[ReachAnswer]) -> Iterator[str]:
    """A line for each pair, with all its ports that have one cause."""
    by_pair: dict[tuple[str, str, str], list[Ports]] = {}
    for each in reaches:
        pair = f"{each.sender.full_name} -> {each.receiver.name_in(each.sender.namespace)}"
        unsure = " (not known)" if each.verdict is ReachVerdict.UNKNOWN else ""
        by_pair.setdefault((pair, unsure, _place(each.because)), []).append(each.ports)
    for (pair, unsure, place), ports in by_pair.items():
        yield f"{pair} on {_every(ports)}{unsure}{f'  {place}' if place else ''}"


def _every(ports: list[Ports]) -> str:
    """The ports; all but a few by these few."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for each in ports:
        if each.protocol == ANY:
            break
        ranges.setdefault(each.protocol, []).append((each.first, each.last))
    else:
        if ranges.keys() >= PROTOCOLS:
            missing = [f"{gap}/{protocol}" for protocol, found in ranges.items() for gap in _gaps(sorted(found))]
            return f"every port but {', '.join(missing)}" if missing else "every port"
    return ", ".join(map(_ports, ports))


def _gaps(ranges: list[tuple[int, int]]) -> Iterator[str]:
    """What lies between ranges of ports, and beyond them."""
    ends = [0, *(last for _, last in ranges)]
    starts = [*(first for first, _ in ranges), LAST_PORT + 1]
    for end, start in zip(ends, starts, strict=True):
        if start - end > 1:
            yield str(end + 1) if start - end == 2 else f"{end + 1}-{start - 1}"  # noqa: PLR2004


def _single(reach: ReachAnswer, paint: Paint) -> Iterator[str]:
    """The verdict; then what decides it, a policy of krmfn's rather than those of the platform beside it."""
    verdict = paint(COLOURS[reach.verdict], reach.verdict)
    source, target = reach.sender, reach.receiver
    between = f"{_whole(source, '')} -> {_whole(target, source.namespace)}"
    yield f"{verdict}: {one_line(f'{between} on {_ports_in_question(reach)}')}"
    # What decides if it were known is only counted.
    unsure = [each for each in reach.because if each.is_unsure] or list(reach.because)
    shown = unsure if reach.verdict is ReachVerdict.UNKNOWN else list(_nearest(reach.because))
    for each in shown[:MOST]:
        yield from map(one_line, _explained(each, reach))
    if len(reach.because) > len(shown[:MOST]):
        yield f"  and {len(reach.because) - len(shown[:MOST])} more (--output json has all)"


def _ports_in_question(reach: ReachAnswer) -> str:
    """The ports of an answer; of one about all ports, those that have its verdict, and what is left."""
    if reach.ports.protocol != ANY or not reach.opened or reach.opened[0].ports.protocol == ANY:
        return _ports(reach.ports)
    by_verdict = {
        verdict: ", ".join(_ports(each.ports) for each in reach.opened if each.verdict is verdict)
        for verdict in (ReachVerdict.ALLOWED, ReachVerdict.UNKNOWN)
    }
    if reach.verdict is ReachVerdict.ALLOWED and by_verdict[ReachVerdict.UNKNOWN]:
        return f"{by_verdict[reach.verdict]}; unknown on others"
    return f"{by_verdict[reach.verdict]}; denied on every other port"


def _nearest(because: tuple[Because, ...]) -> Iterator[Because]:
    """What decides on each plane: policies of this repository where there are any, and else all."""
    for _, those in groupby(because, key=lambda each: each.plane):
        found = list(those)
        near = [each for each in found if each.policy is not None and each.policy.author != PLATFORM]
        yield from near or found


def _explained(because: Because, reach: ReachAnswer) -> Iterator[str]:
    cluster = reach.sender.cluster or reach.receiver.cluster
    where = f"inside {cluster.owner}" if because.plane == INSIDE and cluster else "on the management cluster"
    rule = f" {because.field}" if because.field else ""
    yield f"  {where}: {because.policy}{rule}" if because.policy else f"  {where}: {because.says}"
    if because.policy:
        yield f"    {because.says}"
    place = _place((because,))
    if place and because.declaration is not None:
        about = because.declaration.resource
        yield f"    {place} {about.kind}/{about.name} {because.declaration.field}".rstrip()


def _listed(reaches: Iterable[ReachAnswer], name: Callable[[ReachAnswer], str], paint: Paint) -> Iterator[str]:
    """A line for each pair, and one line for all pairs that are denied."""
    denied: list[str] = []
    rows: list[tuple[ReachVerdict, str, str, str]] = []
    for key, those in groupby(reaches, key=lambda each: (each.sender.full_name, each.receiver.full_name)):
        del key
        by_verdict: dict[ReachVerdict, list[ReachAnswer]] = {}
        for each in those:
            by_verdict.setdefault(each.verdict, []).append(each)
        for verdict, found in by_verdict.items():
            if verdict is ReachVerdict.DENIED:
                denied.append(name(found[0]))
            else:
                # What is unknown comes first; it has a place only if a declaration could settle it.
                because = found[0].because[:1] if verdict is ReachVerdict.UNKNOWN else found[0].because
                rows.append((verdict, name(found[0]), _together(found), _place(because)))
    names = max((len(row[1]) for row in rows), default=0)
    ports = max((len(row[2]) for row in rows), default=0)
    for verdict, who, numbers, place in rows:
        line = f"{who:{names}}  {numbers:{ports}}  {place}".rstrip()
        yield f"  {paint(COLOURS[verdict], f'{verdict:{WIDTH}}')}  {one_line(line)}"
    if denied:
        no = ReachVerdict.DENIED
        yield f"  {paint(COLOURS[no], f'{no:{WIDTH}}')}  {one_line(', '.join(denied))}"


def _together(reaches: list[ReachAnswer]) -> str:
    told = [_ports(each.ports) for each in reaches]
    return ", ".join(told) if len(told) <= MOST_PORTS else "other ports"


def _whole(party: Party, namespace: str) -> str:
    name = party.name_in(namespace)
    return f"{name} (inside {party.cluster.owner})" if party.inside and party.cluster else name


def _ports(ports: Ports) -> str:
    if ports.protocol == ANY:
        return "every port"
    return f"{'every port' if ports.numbers == ANY else ports.numbers}/{ports.protocol}"


def _place(because: Iterable[Because]) -> str:
    """The file and line of the nearest declaration that would change the answer."""
    for each in because:
        if each.declaration is not None and each.declaration.file is not None:
            return str(each.declaration.file)
    return ""
