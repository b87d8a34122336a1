"""What the rules of a network come to, tier by tier, as Cilium decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.rules import ACCEPT, ADMIN, BASELINE, DENY, LAST_PORT, NORMAL, PASS, PROTOCOLS
from krmfn.reach.verdicts import (
    ALLOWS,
    CLOSES,
    DENIES,
    MAY_ALLOW,
    MAY_DENY,
    OPEN,
    OTHERS,
    Decision,
    Piece,
    ReachVerdict,
    Reason,
    append,
    consensus,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from krmfn.reach.rules import Ranges, Rule
    from krmfn.reach.selectors import Truth
    from krmfn.reach.verdicts import Decided


class Situation(NamedTuple):
    """What is the same for all ports: whether what no rule allows is denied, and by whom; the direction; where."""

    closed: Truth
    closing: tuple[Rule, ...]
    ingress: bool
    inside: str

    def reason(self, rule: Rule | None, says: str) -> Reason:
        return Reason(rule, says, self.ingress, self.inside)


def ruled(concerned: Sequence[tuple[Rule, Truth]], here: Situation) -> Decided:
    """What the rules that concern a peer let through."""
    pieces: dict[tuple[Ranges, ...], tuple[Piece, ...]] = {}
    decided: dict[str, tuple[Piece, ...]] = {}
    for protocol in PROTOCOLS:
        # Most rules say the same of several protocols.
        ranges = tuple(rule.covers(protocol) for rule, _ in concerned)
        if ranges not in pieces:
            pieces[ranges] = _pieces(concerned, ranges, here)
        decided[protocol] = pieces[ranges]
    return decided


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
