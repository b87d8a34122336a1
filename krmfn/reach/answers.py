"""Answers: whether one party can talk to another, on which ports, by which rules, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.causes import Because, because
from krmfn.reach.routes import MANAGEMENT, route
from krmfn.reach.rules import EVERY_PORT, PROTOCOLS
from krmfn.reach.undeclared import NO_ADDRESSES
from krmfn.reach.verdicts import ReachVerdict, at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.reach.parties import Party
    from krmfn.reach.verdicts import Decided, Piece, Reason
    from krmfn.reach.world import World

ANY = "*"
BEST = (ReachVerdict.ALLOWED, ReachVerdict.UNKNOWN, ReachVerdict.DENIED)
"""The most open first: of some ports that may be open and others that are closed, the answer is not `denied`."""


class Ports(NamedTuple):
    """A range of ports of one protocol; `protocol` is ANY for all ports of every protocol."""

    protocol: str = ANY
    first: int = 1
    last: int = EVERY_PORT[0][1]

    @property
    def numbers(self) -> str:
        """`5432`, `1-1023`, or ANY for all."""
        if (self.first, self.last) == EVERY_PORT[0]:
            return ANY
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Opened(NamedTuple):
    """Ports with one verdict."""

    ports: Ports
    verdict: ReachVerdict


class ReachAnswer(NamedTuple):
    """One answer.

    Attributes:
        plane: where it begins: MANAGEMENT or INSIDE a cluster.
        ports: the ports that it is about.
        because: what decides it, the nearest first.
        opened: if it is about all ports, those that are not denied; the verdict is the best of them.
    """

    sender: Party
    receiver: Party
    plane: str
    ports: Ports
    verdict: ReachVerdict
    because: tuple[Because, ...]
    opened: tuple[Opened, ...] = ()


def on_port(world: World, sender: Party, receiver: Party, protocol: str, port: int) -> ReachAnswer:
    """The answer for one port, as a client sees it: a Service's port if the receiver has one."""
    way = route(world, sender, receiver)
    piece = at(way.decided, protocol, port)
    found = _because(world, sender, receiver, piece.verdict, piece.reasons)
    return ReachAnswer(sender, receiver, way.plane, Ports(protocol, port, port), piece.verdict, found)


def on_all_ports(world: World, sender: Party, receiver: Party) -> ReachAnswer:
    """One answer for all ports: the best verdict of any, and the ports that have it."""
    way = route(world, sender, receiver)
    pieces = list(_pieces(way.decided))
    verdict = next(each for each in BEST if any(piece.verdict is each for _, piece in pieces))
    reasons = [reason for _, piece in pieces if piece.verdict is verdict for reason in piece.reasons]
    open_ = tuple(Opened(ports, piece.verdict) for ports, piece in pieces if piece.verdict is not ReachVerdict.DENIED)
    # What closes every port is nearer than what closes all but some.
    every = [piece for row in way.decided.values() for piece in row]
    everywhere = [each for each in reasons if all(each in piece.reasons for piece in every)]
    nearest = _because(world, sender, receiver, verdict, everywhere) if verdict is ReachVerdict.DENIED else ()
    found = tuple(dict.fromkeys((*nearest, *_because(world, sender, receiver, verdict, reasons))))
    return ReachAnswer(sender, receiver, way.plane, Ports(), verdict, found, open_)


def by_port(world: World, sender: Party, receiver: Party) -> tuple[ReachAnswer, ...]:
    """One answer for each range of ports, in order; together they are about every port of every protocol."""
    way = route(world, sender, receiver)
    return tuple(
        ReachAnswer(
            sender,
            receiver,
            way.plane,
            ports,
            piece.verdict,
            _because(world, sender, receiver, piece.verdict, piece.reasons),
        )
        for ports, piece in _pieces(way.decided)
    )


def opened(world: World, sender: Party, receiver: Party) -> tuple[Opened, ...]:
    """The ranges that are not denied, without what decides it: of many pairs, that is most of the work."""
    return world.of_decided(route(world, sender, receiver, is_brief=True).decided, _opened)


def _opened(decided: Decided) -> tuple[Opened, ...]:
    return tuple(
        Opened(ports, piece.verdict) for ports, piece in _pieces(decided) if piece.verdict is not ReachVerdict.DENIED
    )


def brief(reaches: tuple[ReachAnswer, ...]) -> tuple[ReachAnswer, ...]:
    """The answers of by_port without the denied ranges; if all are denied, one that says so of all ports."""
    found = tuple(each for each in reaches if each.verdict is not ReachVerdict.DENIED)
    return found or (reaches[0]._replace(ports=Ports()),)


def _because(
    world: World, sender: Party, receiver: Party, verdict: ReachVerdict, reasons: Iterable[Reason]
) -> tuple[Because, ...]:
    """What decides; if the verdict is unknown, what is unknown about one of the two parties comes first."""
    found = because(world, sender, receiver, reasons)
    if verdict is not ReachVerdict.UNKNOWN:
        return found
    space = world.spaces.get(sender.namespace)
    network = space.run.declared.options.origin.at("spec.network.apiServerAddresses") if space else None
    unknown = (
        Because(each.unknown, MANAGEMENT, declaration=network if each.unknown == NO_ADDRESSES else None, is_unsure=True)
        for each in (receiver, sender)
        if each.unknown
    )
    return tuple(dict.fromkeys((*unknown, *found)))


def _pieces(decided: Decided) -> Iterator[tuple[Ports, Piece]]:
    """The ranges by protocol, neighbours with one verdict as one; if all protocols say the same of all ports, once."""
    joined: dict[str, list[Piece]] = {}
    for protocol in PROTOCOLS:
        rows = joined.setdefault(protocol, [])
        for piece in decided[protocol]:
            if rows and rows[-1].verdict is piece.verdict:
                rows[-1] = rows[-1]._replace(last=piece.last)
            else:
                rows.append(piece)
    firsts = [rows[0] for rows in joined.values()]
    if all(len(rows) == 1 for rows in joined.values()) and len({each.verdict for each in firsts}) == 1:
        yield Ports(), firsts[0]
        return
    for protocol, rows in joined.items():
        yield from ((Ports(protocol, each.first, each.last), each) for each in rows)
