"""Verdicts: what policies let one endpoint send to another, port by port, and the rules that decide it."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.rules import LAST_PORT, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from krmfn.reach.rules import Rule

ALLOWS, DENIES = "allows", "denies"
MAY_ALLOW, MAY_DENY = "may allow", "may deny"
CLOSES = "closes what no rule allows"
OPEN = "no policy closes it"
OTHERS = "krmfn does not know what other policies are there"
LOCAL = "a node always reaches its own pods"
UNGUARDED = "policies apply to pods only"
"""What a rule does to a packet; from OPEN on, the reason where no rule decides."""


class ReachVerdict(StrEnum):
    """Whether something gets through. What is not known is UNKNOWN, and never ALLOWED."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Reason(NamedTuple):
    """A rule that decides, or why none does.

    Attributes:
        rule: the rule; None if no rule decides.
        says: how it decides: ALLOWS, DENIES, MAY_ALLOW, MAY_DENY, CLOSES, or a sentence where there is no rule.
        ingress: it is about what is received.
        inside: the cluster inside which it is decided; empty for the management cluster.
    """

    rule: Rule | None
    says: str
    ingress: bool = False
    inside: str = ""


class Piece(NamedTuple):
    """A range of ports with one verdict."""

    first: int
    last: int
    verdict: ReachVerdict
    reasons: tuple[Reason, ...] = ()


if TYPE_CHECKING:
    Decided: TypeAlias = Mapping[str, tuple[Piece, ...]]
    """By protocol, the pieces of all ports, in order."""


class Decision(NamedTuple):
    """A verdict, and the rules that decide it."""

    verdict: ReachVerdict
    reasons: tuple[Reason, ...]


@cache
def everything(verdict: ReachVerdict, *reasons: Reason) -> Decided:
    return dict.fromkeys(PROTOCOLS, (Piece(1, LAST_PORT, verdict, reasons),))


def is_closed(decided: Decided) -> bool:
    return all(piece.verdict is ReachVerdict.DENIED for pieces in decided.values() for piece in pieces)


def both(one: Decided, other: Decided) -> Decided:
    """What gets through two places, one after the other."""
    return _overlaid((one, other), _through)


def agreed(choices: Sequence[Decided]) -> Decided:
    """The verdict for an endpoint that may be any of several; UNKNOWN if it depends on which one it is."""
    return choices[0] if len(choices) == 1 else _overlaid(choices, _same)


def either(choices: Sequence[Decided]) -> Decided:
    """What gets through if the sender can choose between several ways."""
    return choices[0] if len(choices) == 1 else _overlaid(choices, _best)


def at(decided: Decided, protocol: str, port: int) -> Piece:
    """The verdict on one port."""
    return next(each for each in decided[protocol] if each.first <= port <= each.last)


def replaced(decided: Decided, others: Mapping[tuple[str, int], Piece]) -> Decided:
    """The verdicts with others on some ports, by protocol and number."""
    if not others:
        return decided
    found: dict[str, tuple[Piece, ...]] = {}
    for protocol, pieces in decided.items():
        ports = sorted(port for each, port in others if each == protocol)
        if not ports:
            found[protocol] = pieces
            continue
        made: list[Piece] = []
        for piece in pieces:
            first = piece.first
            for port in ports:
                if first <= port <= piece.last:
                    if first < port:
                        append(made, piece._replace(first=first, last=port - 1))
                    append(made, others[protocol, port]._replace(first=port, last=port))
                    first = port + 1
            if first <= piece.last:
                append(made, piece._replace(first=first))
        found[protocol] = tuple(made)
    return found


def consensus(outcomes: list[Decision]) -> Decision:
    """The verdict if it is the same whatever is not known, else UNKNOWN, with what it depends on."""
    if len({each.verdict for each in outcomes}) == 1:
        return outcomes[-1]
    reasons: list[Reason] = []
    for each in outcomes:
        reasons += (reason for reason in each.reasons if reason not in reasons)
    return Decision(ReachVerdict.UNKNOWN, tuple(reasons))


def _overlaid(choices: Sequence[Decided], merge: Callable[[Sequence[Piece]], Decision]) -> Decided:
    """One verdict of several for each range in which none of them changes."""
    found: dict[str, tuple[Piece, ...]] = {}
    # Policies say mostly the same of several protocols: then these have the very same pieces.
    merged: dict[tuple[int, ...], tuple[Piece, ...]] = {}
    for protocol in PROTOCOLS:
        rows = [each[protocol] for each in choices]
        key = tuple(map(id, rows))
        if key not in merged:
            merged[key] = _merged(rows, merge)
        found[protocol] = merged[key]
    return found


def _merged(rows: Sequence[tuple[Piece, ...]], merge: Callable[[Sequence[Piece]], Decision]) -> tuple[Piece, ...]:
    """The same for one protocol."""
    if all(len(row) == 1 for row in rows):
        return (Piece(1, LAST_PORT, *merge([row[0] for row in rows])),)
    starts = sorted({piece.first for row in rows for piece in row})
    at = [0] * len(rows)
    pieces: list[Piece] = []
    for first, after in zip(starts, [*starts[1:], LAST_PORT + 1], strict=True):
        for i, row in enumerate(rows):
            while row[at[i]].last < first:
                at[i] += 1
        outcome = merge([row[i] for row, i in zip(rows, at, strict=True)])
        append(pieces, Piece(first, after - 1, *outcome))
    return tuple(pieces)


def _through(pieces: Sequence[Piece]) -> Decision:
    """Denied if one place denies, else unknown if one is; the reasons are those of the places that decide."""
    for verdict in (ReachVerdict.DENIED, ReachVerdict.UNKNOWN):
        deciding = [each for each in pieces if each.verdict is verdict]
        if deciding:
            return Decision(verdict, tuple(reason for each in deciding for reason in each.reasons))
    return Decision(ReachVerdict.ALLOWED, tuple(reason for each in pieces for reason in each.reasons))


def _same(pieces: Sequence[Piece]) -> Decision:
    return consensus([Decision(each.verdict, each.reasons) for each in pieces])


def _best(pieces: Sequence[Piece]) -> Decision:
    for verdict in (ReachVerdict.ALLOWED, ReachVerdict.UNKNOWN):
        deciding = [each for each in pieces if each.verdict is verdict]
        if deciding:
            return Decision(verdict, deciding[0].reasons)
    return Decision(ReachVerdict.DENIED, pieces[0].reasons)


def append(pieces: list[Piece], piece: Piece) -> None:
    """Adds a piece, or lengthens the last one if it says the same."""
    if pieces and pieces[-1][2:] == piece[2:]:
        pieces[-1] = pieces[-1]._replace(last=piece.last)
    else:
        pieces.append(piece)
