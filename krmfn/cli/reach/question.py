"""A question of `krmfn reach`, and what it means in one world: which pairs, and which of their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.reach.answers import ReachAnswer, brief, by_port, on_all_ports, on_port
from krmfn.reach.pairs import reached_by, senders
from krmfn.reach.parties import NEIGHBOURS
from krmfn.reach.partynames import receiver, sender
from krmfn.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from krmfn.reach.parties import Party
    from krmfn.reach.spellings import AskedPort
    from krmfn.reach.world import World

ANYBODY = "any"
"""As FROM: everybody that is declared."""


class ReachQuestion(NamedTuple):
    """The arguments of the command line; a name, or the namespace of both, is empty if it was left out."""

    source: str
    target: str
    paths: tuple[Path, ...]
    config: Path | None
    catalog: tuple[Path, ...]
    namespace: str = ""


def one(world: World, asked: ReachQuestion, target: str, port: AskedPort | None) -> Iterator[ReachAnswer]:
    start = sender(world, asked.source, asked.namespace)
    end = receiver(world, target, start.namespace or asked.namespace)
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
            yield from by_port(world, start, end)
        return
    for start in _senders(world, asked):
        yield from reached_by(world, start)


def _senders(world: World, asked: ReachQuestion) -> Iterator[Party]:
    if asked.source in {"", ANYBODY}:
        yield from (each for each in senders(world) if asked.namespace in {"", each.namespace})
    else:
        yield sender(world, asked.source, asked.namespace)


def _pairs(world: World, asked: ReachQuestion, target: str) -> Iterator[tuple[Party, Party]]:
    """Each sender, and whom it means by the name; everybody means the one party that has it, whoever's it is."""
    everybody = list(_senders(world, asked))
    if asked.source in {"", ANYBODY} and target.lower() not in NEIGHBOURS:
        end = receiver(world, target, asked.namespace)
        yield from ((start, end) for start in everybody)
    else:
        yield from ((start, receiver(world, target, start.namespace)) for start in everybody)


def is_about(reach: ReachAnswer, port: AskedPort) -> bool:
    return reach.ports.protocol in {"*", port.protocol} and reach.ports.first <= port.number <= reach.ports.last
