"""Policies: what the rules of one network let through, tier by tier, as Cilium decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.reach.endpoints import HOST, STARTING
from krmfn.reach.rules import ACCEPT, ADMIN, BASELINE, DENY, LAST_PORT, NORMAL, PASS, PROTOCOLS
from krmfn.reach.selectors import any_of
from krmfn.reach.verdicts import (
    ALLOWS,
    CLOSES,
    DENIES,
    LOCAL,
    MAY_ALLOW,
    MAY_DENY,
    OPEN,
    OTHERS,
    UNGUARDED,
    Decision,
    Piece,
    ReachVerdict,
    Reason,
    append,
    consensus,
    everything,
)
from krmfn.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from krmfn.reach.endpoints import Endpoint
    from krmfn.reach.rules import Ranges, Rule
    from krmfn.reach.selectors import Truth
    from krmfn.reach.verdicts import Decided


class Policies:
    """The rules of one network. What was found about a rule and an endpoint is cached: many questions share it.

    Args:
        rules: in the order in which their reasons are shown.
        inside: the cluster whose network it is; empty for the management cluster.
        is_complete: nobody else closes anything there, as far as can be known.
    """

    def __init__(self, rules: Iterable[Rule], inside: str = "", *, is_complete: bool = True) -> None:
        self._rules = tuple(rules)
        self._inside = inside
        self._is_complete = is_complete
        self._selecting: dict[tuple[int, bool], tuple[tuple[Rule, Truth], ...]] = {}
        self._concerned: dict[tuple[int, int], Truth] = {}
        self._found: dict[tuple[int, int, bool], Decided] = {}
        # Endpoints are distinguished by their identity in memory, so they must be kept.
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
        key = id(subject), id(peer), ingress
        if key not in self._found:
            self._kept += (subject, peer)
            self._found[key] = self._judge(subject, peer, ingress=ingress)
        return self._found[key]

    def _judge(self, subject: Endpoint, peer: Endpoint, *, ingress: bool) -> Decided:
        if not subject.is_guarded:
            return everything(ReachVerdict.ALLOWED, Reason(None, UNGUARDED, ingress, self._inside))
        selecting = self._of(subject, ingress=ingress)
        concerned = [
            (rule, found) for rule, chosen in selecting if (found := self._concerns(rule, chosen, peer)) is not False
        ]
        # The labels of a starting pod are not known yet, so it receives nothing until a rule allows it.
        closed = STARTING in subject.entities or any_of(chosen for rule, chosen in selecting if rule.closes)
        # A policy that surely applies, and does nothing but close, is the clearest reason.
        closing = sorted(
            (each for each in selecting if each[0].closes), key=lambda each: (not each[1], bool(each[0].peers))
        )
        if not closed and not self._is_complete:
            closed = None
        situation = Situation(closed, tuple(rule for rule, _ in closing), ingress, self._inside)
        pieces: dict[tuple[Ranges, ...], tuple[Piece, ...]] = {}
        decided: dict[str, tuple[Piece, ...]] = {}
        for protocol in PROTOCOLS:
            # Most rules say the same of several protocols.
            ranges = tuple(rule.covers(protocol) for rule, _ in concerned)
            if ranges not in pieces:
                pieces[ranges] = _pieces(concerned, ranges, situation)
            decided[protocol] = pieces[ranges]
        return decided

    def _of(self, subject: Endpoint, *, ingress: bool) -> tuple[tuple[Rule, Truth], ...]:
        """The rules that select a subject, or may select it."""
        key = id(subject), ingress
        if key not in self._selecting:
            found = ((rule, rule.subjects.selects(subject)) for rule in self._rules if rule.ingress is ingress)
            self._selecting[key] = tuple(each for each in found if each[1] is not False)
        return self._selecting[key]

    def _concerns(self, rule: Rule, chosen: Truth, peer: Endpoint) -> Truth:
        key = id(rule), id(peer)
        if key not in self._concerned:
            self._concerned[key] = rule.concerns(peer)
        found = self._concerned[key]
        return None if found is True and chosen is None else found


class Situation(NamedTuple):
    """What is the same for all ports: whether what no rule allows is denied, and by whom; the direction; where."""

    closed: Truth
    closing: tuple[Rule, ...]
    ingress: bool
    inside: str

    def reason(self, rule: Rule | None, says: str) -> Reason:
        return Reason(rule, says, self.ingress, self.inside)


def _pieces(concerned: Sequence[tuple[Rule, Truth]], covered: Sequence[Ranges], here: Situation) -> tuple[Piece, ...]:
    """The verdicts by ranges; a rule can change it only where one of its ranges begins or ends."""
    covering = [(*each, ranges) for each, ranges in zip(concerned, covered, strict=True) if ranges]
    edges = {1, *(edge for _, _, ranges in covering for first, last in ranges for edge in (first, last + 1))}
    starts = sorted(each for each in edges if each <= LAST_PORT)
    pieces: list[Piece] = []
    for first, after in zip(starts, [*starts[1:], LAST_PORT + 1], strict=True):
        matching = [
            (rule, found) for rule, found, ranges in covering if any(low <= first <= high for low, high in ranges)
        ]
        append(pieces, Piece(first, after - 1, *_judged(matching, here)))
    return tuple(pieces)


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
    return consensus(outcomes)


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
    told: dict[tuple[str, Truth], list[Reason]] = {
        (ACCEPT, True): [],
        (ACCEPT, None): [],
        (DENY, True): [],
        (DENY, None): [],
    }
    for rule, chosen in matching:
        told[rule.action, chosen].append(_reason(rule, chosen, here))
    if denying := told[DENY, True]:
        return [Decision(ReachVerdict.DENIED, tuple(denying))]
    outcomes = [Decision(ReachVerdict.DENIED, tuple(told[DENY, None]))] if told[DENY, None] else []
    if allowing := told[ACCEPT, True]:
        return [*outcomes, Decision(ReachVerdict.ALLOWED, tuple(allowing))]
    if perhaps := told[ACCEPT, None]:
        outcomes.append(Decision(ReachVerdict.ALLOWED, tuple(perhaps)))
    if here.closed is not False:
        closing = tuple(here.reason(rule, CLOSES) for rule in here.closing[:1])
        outcomes.append(Decision(ReachVerdict.DENIED, closing or (here.reason(None, OTHERS),)))
    return outcomes if here.closed else [*outcomes, *default]


def _reason(rule: Rule, chosen: Truth, here: Situation) -> Reason:
    sure, unsure = (ALLOWS, MAY_ALLOW) if rule.action == ACCEPT else (DENIES, MAY_DENY)
    return here.reason(rule, sure if chosen else unsure)
