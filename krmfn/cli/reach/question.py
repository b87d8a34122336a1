"""A question of `krmfn reach`, and what it means in one world: which pairs, and which of their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.answers import ReachAnswer, brief, by_port, on_all_ports, on_port
from krmfn.reach.pairs import reached_by, senders
from krmfn.reach.parties import NEIGHBOURS
from krmfn.reach.partynames import receiver, sender
from krmfn.reach.spellings import NotThereError, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from krmfn.reach.parties import Party
    from krmfn.reach.spellings import AskedPort
    from krmfn.reach.world import World

ANYBODY = {"", "any", "all", "*", "anybody", "everybody"}
"""As FROM: everybody that is declared. As TO: everybody that FROM may be asked about."""


class ReachQuestion(NamedTuple):
    """The arguments of the command line; a name, or the namespace of both, is empty if it was left out."""

    source: str
    target: str
    paths: tuple[Path, ...]
    config: Path | None
    catalog: tuple[Path, ...]
    namespace: str = ""

    @property
    def is_from_anybody(self) -> bool:
        return self.source.lower() in ANYBODY


def asked_about(asked: ReachQuestion) -> tuple[str, AskedPort | None]:
    """TO, empty for everybody, and the port.

    Raises:
        NotThereError: the port is invalid, or FROM has one.
    """
    source, port = split(asked.source)
    if port:
        message = f'FROM has no port; write "{source}", or ask who reaches it: krmfn reach any {asked.source}'
        raise NotThereError(message)
    target, port = split(asked.target)
    return "" if target.lower() in ANYBODY else target, port


def one(world: World, asked: ReachQuestion, target: str, port: AskedPort | None) -> Iterator[ReachAnswer]:
    # Neighbours are those of a tenant: of the one that is asked about.
    is_neighbour = asked.source.lower() in NEIGHBOURS and not asked.namespace
    home = receiver(world, target, "").namespace if is_neighbour else asked.namespace
    start = sender(world, split(asked.source)[0], home)
    end = receiver(world, target, _home(world, start) or home)
    yield _on(world, start, end, port) if port else on_all_ports(world, start, end)


def _on(world: World, start: Party, end: Party, port: AskedPort) -> ReachAnswer:
    numbered = port.of(end)
    return on_port(world, start, end, numbered.protocol, numbered.number)


def many(world: World, asked: ReachQuestion, target: str, port: AskedPort | None) -> Iterator[ReachAnswer]:
    if target:
        for start, end in _pairs(world, asked, target):
            if end != start:
                yield from [_on(world, start, end, port)] if port else brief(by_port(world, start, end))
        return
    for start in _senders(world, asked):
        by_receiver: dict[str, list[ReachAnswer]] = {}
        for each in reached_by(world, start):
            by_receiver.setdefault(each.receiver.full_name, []).append(each)
        for those in by_receiver.values():
            yield from brief(tuple(those))


def every_port(world: World, asked: ReachQuestion, target: str) -> Iterator[ReachAnswer]:
    if target:
        for start, end in _pairs(world, asked, target):
            if end != start or not asked.is_from_anybody:
                yield from by_port(world, start, end)
        return
    for start in _senders(world, asked):
        yield from reached_by(world, start)


def _senders(world: World, asked: ReachQuestion) -> Iterator[Party]:
    if asked.is_from_anybody:
        yield from (each for each in senders(world) if asked.namespace in {"", each.namespace})
    else:
        yield sender(world, split(asked.source)[0], asked.namespace)


def _pairs(world: World, asked: ReachQuestion, target: str) -> Iterator[tuple[Party, Party]]:
    """Each sender, and whom it means by the name; everybody means the one party that has it, whoever's it is."""
    everybody = list(_senders(world, asked))
    if asked.is_from_anybody and target.lower() not in NEIGHBOURS:
        end = receiver(world, target, asked.namespace)
        yield from ((start, end) for start in everybody)
    else:
        yield from ((start, receiver(world, target, _home(world, start))) for start in everybody)


def _home(world: World, start: Party) -> str:
    """The namespace in which TO is looked for first; empty if nothing of the sender's own is declared here."""
    return start.namespace if start.namespace in world.spaces else ""


def is_about(reach: ReachAnswer, port: AskedPort) -> bool:
    return reach.ports.protocol in {"*", port.protocol} and reach.ports.first <= port.number <= reach.ports.last
