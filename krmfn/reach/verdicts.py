"""Verdicts: what policies let one endpoint send to another, port by port, and the rules that decide it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from krmfn.reach.endpoints import HOST, STARTING
from krmfn.reach.rules import ACCEPT, ADMIN, BASELINE, DENY, LAST_PORT, NORMAL, PASS, PROTOCOLS
from krmfn.reach.selectors import any_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from krmfn.reach.endpoints import Endpoint
    from krmfn.reach.rules import Rule
    from krmfn.reach.selectors import Truth

ALLOWS, DENIES = "allows", "denies"
MAY_ALLOW, MAY_DENY = "may allow", "may deny"
CLOSES = "closes what no rule allows"
OPEN = "no policy closes it"
OTHERS = "krmfn does not know what other policies are there"
LOCAL = "a node always reaches its own pods"
UNGUARDED = "no policy holds what is no pod"
"""What a rule does to a packet; from OPEN on, what is said where there is no rule."""


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


class Policies:
    """The rules of one network. What was found about a rule and an endpoint is kept, for many questions share it.

    Args:
        rules: those whose reasons come first first.
        inside: the cluster whose network it is; empty for the management cluster.
        is_complete: nobody else closes anything there, as far as can be known.
    """

    def __init__(self, rules: Iterable[Rule], inside: str = "", *, is_complete: bool = True) -> None:
        self._rules = tuple(rules)
        self._inside = inside
        self._is_complete = is_complete
        self._selecting: dict[tuple[int, bool], tuple[tuple[Rule, Truth], ...]] = {}
        self._concerned: dict[tuple[int, int], Truth] = {}
        self._kept: list[Endpoint] = []

    def sent(self, sender: Endpoint, receiver: Endpoint) -> Decided:
        """What the sender's policies let through."""
        return self._decided(sender, receiver, ingress=False)

    def received(self, receiver: Endpoint, sender: Endpoint) -> Decided:
        """What the receiver's policies let through."""
        if HOST in sender.entities:
            # Cilium's AllowLocalhost, which is always on in Kubernetes: probes come from there.
            return everything(ReachVerdict.ALLOWED, Reason(None, LOCAL, ingress=True, inside=self._inside))
        return self._decided(receiver, sender, ingress=True)

    def _decided(self, subject: Endpoint, peer: Endpoint, *, ingress: bool) -> Decided:
        if not subject.is_guarded:
            return everything(ReachVerdict.ALLOWED, Reason(None, UNGUARDED, ingress, self._inside))
        selecting = self._of(subject, ingress=ingress)
        concerned = [
            (rule, found) for rule, chosen in selecting if (found := self._concerns(rule, chosen, peer)) is not False
        ]
        # Nobody knows yet what a pod is that is starting, so it takes nothing before somebody allows it.
        closed = STARTING in subject.entities or any_of(chosen for rule, chosen in selecting if rule.closes)
        # A policy that does nothing but close says it best.
        closing = sorted((rule for rule, _ in selecting if rule.closes), key=lambda rule: bool(rule.peers))
        if not closed and not self._is_complete:
            closed = None
        situation = Situation(closed, tuple(closing), ingress, self._inside)
        return {protocol: tuple(_pieces(concerned, situation, protocol)) for protocol in PROTOCOLS}

    def _of(self, subject: Endpoint, *, ingress: bool) -> tuple[tuple[Rule, Truth], ...]:
        """The rules that select a subject, or may select it."""
        key = id(subject), ingress
        if key not in self._selecting:
            self._kept.append(subject)
            found = ((rule, rule.subjects.selects(subject)) for rule in self._rules if rule.ingress is ingress)
            self._selecting[key] = tuple(each for each in found if each[1] is not False)
        return self._selecting[key]

    def _concerns(self, rule: Rule, chosen: Truth, peer: Endpoint) -> Truth:
        key = id(rule), id(peer)
        if key not in self._concerned:
            self._kept.append(peer)
            self._concerned[key] = rule.concerns(peer)
        found = self._concerned[key]
        return None if found is True and chosen is None else found


def everything(verdict: ReachVerdict, *reasons: Reason) -> Decided:
    return {protocol: (Piece(1, LAST_PORT, verdict, reasons),) for protocol in PROTOCOLS}


def both(one: Decided, other: Decided) -> Decided:
    """What gets through two places, one after the other."""
    return _overlaid((one, other), _through)


def agreed(choices: Sequence[Decided]) -> Decided:
    """The verdict for somebody who is one of several: UNKNOWN where it depends on who it is."""
    return choices[0] if len(choices) == 1 else _overlaid(choices, _same)


class Situation(NamedTuple):
    """What is the same for all ports: whether what no rule allows is denied, and by whom; the direction; where."""

    closed: Truth
    closing: tuple[Rule, ...]
    ingress: bool
    inside: str

    def reason(self, rule: Rule | None, says: str) -> Reason:
        return Reason(rule, says, self.ingress, self.inside)


def either(choices: Sequence[Decided]) -> Decided:
    """What gets through one of several ways, of which the sender may choose."""
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
        made: list[Piece] = []
        for piece in pieces:
            first = piece.first
            for port in ports:
                if first <= port <= piece.last:
                    if first < port:
                        _append(made, piece._replace(first=first, last=port - 1))
                    _append(made, others[protocol, port]._replace(first=port, last=port))
                    first = port + 1
            if first <= piece.last:
                _append(made, piece._replace(first=first))
        found[protocol] = tuple(made)
    return found


def _pieces(concerned: Sequence[tuple[Rule, Truth]], here: Situation, protocol: str) -> Iterable[Piece]:
    """The verdicts by ranges; a rule can change it only where one of its ranges begins or ends."""
    covering = [(rule, found, ranges) for rule, found in concerned if (ranges := rule.covers(protocol))]
    edges = {1, *(edge for _, _, ranges in covering for first, last in ranges for edge in (first, last + 1))}
    starts = sorted(each for each in edges if each <= LAST_PORT)
    pieces: list[Piece] = []
    for first, after in zip(starts, [*starts[1:], LAST_PORT + 1], strict=True):
        matching = [
            (rule, found) for rule, found, ranges in covering if any(low <= first <= high for low, high in ranges)
        ]
        outcome = _judged(matching, here)
        _append(pieces, Piece(first, after - 1, *outcome))
    return pieces


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Adds a piece, or lengthens the last one if it says the same."""
    if pieces and pieces[-1][2:] == piece[2:]:
        pieces[-1] = pieces[-1]._replace(last=piece.last)
    else:
        pieces.append(piece)


class Decision(NamedTuple):
    """A verdict, and the rules that decide it."""

    verdict: ReachVerdict
    reasons: tuple[Reason, ...]


def _judged(matching: list[tuple[Rule, Truth]], here: Situation) -> Decision:
    """The verdict of the tiers: the first rule of ADMIN that matches, else NORMAL, else the first rule of BASELINE."""
    normal = [each for each in matching if each[0].tier == NORMAL]
    outcomes, is_final = ([], False) if len(normal) == len(matching) else _first(matching, ADMIN, here)
    if not is_final:
        default = [Decision(ReachVerdict.ALLOWED, (here.reason(None, OPEN),))]
        if len(normal) != len(matching):
            last, decides = _first(matching, BASELINE, here)
            default = last if decides else [*last, *default]
        outcomes += _normal(normal, default, here)
    return _consensus(outcomes)


def _first(matching: list[tuple[Rule, Truth]], tier: int, here: Situation) -> tuple[list[Decision], bool]:
    """What the first matching rule of a tier may come to, and whether one surely decides."""
    outcomes: list[Decision] = []
    may_pass = False
    for rule, chosen in sorted((each for each in matching if each[0].tier == tier), key=lambda each: each[0].order):
        if rule.action == PASS:
            if chosen:
                break
            may_pass = True
            continue
        verdict = ReachVerdict.ALLOWED if rule.action == ACCEPT else ReachVerdict.DENIED
        outcomes.append(Decision(verdict, (_reason(rule, chosen, here),)))
        if chosen:
            return outcomes, not may_pass
    return outcomes, False


def _normal(matching: list[tuple[Rule, Truth]], default: list[Decision], here: Situation) -> list[Decision]:
    """What the tier NORMAL may come to: a deny wins over every allow, and what no rule allows is denied if closed."""
    told = {
        (action, chosen): tuple(
            _reason(rule, chosen, here) for rule, found in matching if rule.action == action and found is chosen
        )
        for action in (ACCEPT, DENY)
        for chosen in (True, None)
    }
    if denying := told[DENY, True]:
        return [Decision(ReachVerdict.DENIED, denying)]
    outcomes = [Decision(ReachVerdict.DENIED, told[DENY, None])] if told[DENY, None] else []
    if allowing := told[ACCEPT, True]:
        return [*outcomes, Decision(ReachVerdict.ALLOWED, allowing)]
    if perhaps := told[ACCEPT, None]:
        outcomes.append(Decision(ReachVerdict.ALLOWED, perhaps))
    if here.closed is not False:
        closing = tuple(here.reason(rule, CLOSES) for rule in here.closing[:1])
        outcomes.append(Decision(ReachVerdict.DENIED, closing or (here.reason(None, OTHERS),)))
    return outcomes if here.closed else [*outcomes, *default]


def _reason(rule: Rule, chosen: Truth, here: Situation) -> Reason:
    sure, unsure = (ALLOWS, MAY_ALLOW) if rule.action == ACCEPT else (DENIES, MAY_DENY)
    return here.reason(rule, sure if chosen else unsure)


def _consensus(outcomes: list[Decision]) -> Decision:
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
    for protocol in PROTOCOLS:
        rows = [each[protocol] for each in choices]
        starts = sorted({piece.first for row in rows for piece in row})
        at = [0] * len(rows)
        pieces: list[Piece] = []
        for first, after in zip(starts, [*starts[1:], LAST_PORT + 1], strict=True):
            for i, row in enumerate(rows):
                while row[at[i]].last < first:
                    at[i] += 1
            outcome = merge([row[i] for row, i in zip(rows, at, strict=True)])
            _append(pieces, Piece(first, after - 1, *outcome))
        found[protocol] = tuple(pieces)
    return found


def _through(pieces: Sequence[Piece]) -> Decision:
    """Denied if one place denies, else unknown if one is; the reasons are those of the places that decide."""
    for verdict in (ReachVerdict.DENIED, ReachVerdict.UNKNOWN):
        deciding = [each for each in pieces if each.verdict is verdict]
        if deciding:
            return Decision(verdict, tuple(reason for each in deciding for reason in each.reasons))
    return Decision(ReachVerdict.ALLOWED, tuple(reason for each in pieces for reason in each.reasons))


def _same(pieces: Sequence[Piece]) -> Decision:
    return _consensus([Decision(each.verdict, each.reasons) for each in pieces])


def _best(pieces: Sequence[Piece]) -> Decision:
    for verdict in (ReachVerdict.ALLOWED, ReachVerdict.UNKNOWN):
        deciding = [each for each in pieces if each.verdict is verdict]
        if deciding:
            return Decision(verdict, deciding[0].reasons)
    return Decision(ReachVerdict.DENIED, pieces[0].reasons)
