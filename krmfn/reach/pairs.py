"""All pairs: who can talk to whom in a repository, and what lies between two of its revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.answers import ANY, Ports, ReachAnswer, by_port, opened
from krmfn.reach.parties import CLUSTER, CONTROL_PLANE
from krmfn.reach.partynames import receivers
from krmfn.reach.rules import LAST_PORT, PROTOCOLS
from krmfn.reach.verdicts import ReachVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.reach.answers import Opened
    from krmfn.reach.parties import Party
    from krmfn.reach.world import World


class ReachChange(NamedTuple):
    """What a change opens and closes.

    Each is as it is afterwards. What was unknown and is allowed is opened; what was allowed and is unknown is closed.
    """

    opened: tuple[ReachAnswer, ...]
    closed: tuple[ReachAnswer, ...]


def senders(world: World) -> Iterator[Party]:
    """Every declared party that sends something: the nodes of clusters, and apps."""
    for space in world.spaces.values():
        for each in space.parties.values():
            if not each.name.startswith(f"{CONTROL_PLANE}/"):
                yield each


class OpenPair(NamedTuple):
    """Two parties, and the ports that are not denied between them."""

    sender: Party
    receiver: Party
    opened: tuple[Opened, ...]


def reached_by(world: World, sender: Party) -> Iterator[ReachAnswer]:
    """The answers of by_port for one party and everybody that it may be asked about."""
    for each in _others(world, sender):
        yield from by_port(world, sender, each)


def open_pairs(world: World, sender: Party) -> Iterator[OpenPair]:
    """The same, without what decides it."""
    for each in _others(world, sender):
        yield OpenPair(sender, each, opened(world, sender, each))


def _others(world: World, sender: Party) -> Iterator[Party]:
    for each in receivers(world, sender.namespace):
        # The nodes of a cluster reach each other; the pods of one app are one party.
        if each != sender or sender.name.startswith(f"{CLUSTER}/"):
            yield each


def all_pairs(world: World) -> Iterator[ReachAnswer]:
    """The answers for everybody who is declared, namespace by namespace."""
    for each in senders(world):
        yield from reached_by(world, each)


def compared(before: Iterable[ReachAnswer], after: Iterable[ReachAnswer]) -> ReachChange:
    """What differs between the answers of by_port for two revisions.

    A party that is not in one of them cannot be reached in it.
    """
    old, new = _by_pair(before), _by_pair(after)
    opened: list[ReachAnswer] = []
    closed: list[ReachAnswer] = []
    for key in dict.fromkeys((*old, *new)):
        for difference in _differences(old.get(key, ()), new.get(key, ())):
            if _rank(difference.now) > _rank(difference.was):
                opened += _afterwards(difference)
            else:
                closed += _afterwards(difference)
    return ReachChange(tuple(opened), tuple(closed))


class ChangedRange(NamedTuple):
    """Ports whose verdict differs, with both answers; None where one of the two parties is not there."""

    ports: Ports
    was: ReachAnswer | None
    now: ReachAnswer | None


def _afterwards(difference: ChangedRange) -> Iterator[ReachAnswer]:
    """The answer as it is afterwards."""
    if difference.now is not None:
        yield difference.now._replace(ports=difference.ports)
    elif difference.was is not None:
        yield difference.was._replace(ports=difference.ports, verdict=ReachVerdict.DENIED, because=())


def _by_pair(reaches: Iterable[ReachAnswer]) -> dict[tuple[str, str], tuple[ReachAnswer, ...]]:
    found: dict[tuple[str, str], list[ReachAnswer]] = {}
    for each in reaches:
        found.setdefault((each.sender.full_name, each.receiver.full_name), []).append(each)
    return {key: tuple(each) for key, each in found.items()}


def _differences(was: tuple[ReachAnswer, ...], now: tuple[ReachAnswer, ...]) -> Iterator[ChangedRange]:
    """The ranges of ports that differ; all protocols as one if all of their ports do."""
    rows = {protocol: _ranges(_of(was, protocol), _of(now, protocol)) for protocol in PROTOCOLS}
    if all([each.ports[1:] for each in row] == [(1, LAST_PORT)] for row in rows.values()):
        yield rows[PROTOCOLS[0]][0]._replace(ports=Ports())
        return
    for protocol, row in rows.items():
        yield from (each._replace(ports=each.ports._replace(protocol=protocol)) for each in row)


def _of(reaches: tuple[ReachAnswer, ...], protocol: str) -> tuple[ReachAnswer, ...]:
    return tuple(each for each in reaches if each.ports.protocol in {ANY, protocol})


def _ranges(was: tuple[ReachAnswer, ...], now: tuple[ReachAnswer, ...]) -> list[ChangedRange]:
    edges = {edge for each in (*was, *now) for edge in (each.ports.first, each.ports.last + 1)}
    starts = sorted({1, *(each for each in edges if each <= LAST_PORT)})
    found: list[ChangedRange] = []
    for first, after in zip(starts, [*starts[1:], LAST_PORT + 1], strict=True):
        then, later = (
            next((each for each in side if each.ports.first <= first <= each.ports.last), None) for side in (was, now)
        )
        if _rank(then) == _rank(later):
            continue
        if found and found[-1].ports.last == first - 1 and found[-1][1:] == (then, later):
            found[-1] = found[-1]._replace(ports=found[-1].ports._replace(last=after - 1))
        else:
            found.append(ChangedRange(Ports(ANY, first, after - 1), then, later))
    return found


def _rank(reach: ReachAnswer | None) -> int:
    """More is more open."""
    return (
        0
        if reach is None
        else {ReachVerdict.DENIED: 0, ReachVerdict.UNKNOWN: 1, ReachVerdict.ALLOWED: 2}[reach.verdict]
    )
