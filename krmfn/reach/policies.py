"""Policies: what the rules of one network let through between two endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.endpoints import HOST, STARTING
from krmfn.reach.selectors import any_of
from krmfn.reach.tiers import Situation, ruled
from krmfn.reach.verdicts import LOCAL, UNGUARDED, ReachVerdict, Reason, everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from krmfn.reach.endpoints import Endpoint
    from krmfn.reach.rules import Rule, Selector
    from krmfn.reach.selectors import Truth
    from krmfn.reach.verdicts import Decided


class Selection(NamedTuple):
    """The rules that select a subject, or may select it, and what becomes of what none of them allows."""

    rules: tuple[tuple[Rule, Truth], ...]
    here: Situation


class Policies:
    """The rules of one network. What was found about a rule and an endpoint is cached: many questions share it.

    Args:
        rules: in the order in which their reasons are shown.
        inside: the cluster whose network it is; empty for the management cluster.
        is_complete: nobody else closes anything there, as far as can be known.
    """

    def __init__(self, rules: Iterable[Rule], inside: str = "", *, is_complete: bool = True) -> None:
        # Rules of one policy have one selector, and many policies of a namespace have the same.
        subjects: dict[tuple[type[Selector], Selector], int] = {}
        self._rules = tuple((each, subjects.setdefault(_typed(each.subjects), len(subjects))) for each in rules)
        self._subjects = [selector for _, selector in subjects]
        self._inside = inside
        self._is_complete = is_complete
        self._selections: dict[tuple[int, bool], Selection] = {}
        # Most pods of a namespace are selected by the same rules: they share a selection, and what comes of it.
        self._shared: dict[tuple[object, ...], Selection] = {}
        # Rules of many apps are about the same peers: whether a party is one of them is found once.
        peers: dict[object, int] = {}
        self._about = {
            id(each): peers.setdefault(
                (tuple(map(_typed, each.peers or ())), each.peers is None, each.is_certain), len(peers)
            )
            for each, _ in self._rules
        }
        self._concerned: dict[int, dict[int, Truth]] = {}
        self._found: dict[tuple[int, int], Decided] = {}
        self._alike: dict[tuple[int, tuple[tuple[int, Truth], ...]], Decided] = {}
        # Endpoints are distinguished by their identity in memory, so they must be kept.
        self._kept: list[Endpoint] = []

    @property
    def has_rules(self) -> bool:
        return bool(self._rules)

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
        selection = self._selection(subject, ingress=ingress)
        key = id(selection), id(peer)
        if key not in self._found:
            self._kept.append(peer)
            self._found[key] = self._judge(selection, peer)
        return self._found[key]

    def _judge(self, selection: Selection, peer: Endpoint) -> Decided:
        known = self._concerned.setdefault(id(peer), {})
        concerned: list[tuple[Rule, Truth]] = []
        for rule, chosen in selection.rules:
            about = self._about[id(rule)]
            if about not in known:
                known[about] = rule.concerns(peer)
            if known[about] is not False:
                concerned.append((rule, None if chosen is None else known[about]))
        # Most peers are concerned by the same rules, and then the same gets through.
        key = id(selection), tuple((id(rule), found) for rule, found in concerned)
        if key not in self._alike:
            self._alike[key] = ruled(concerned, selection.here)
        return self._alike[key]

    def _selection(self, subject: Endpoint, *, ingress: bool) -> Selection:
        key = id(subject), ingress
        if key not in self._selections:
            self._kept.append(subject)
            chosen = [each.selects(subject) for each in self._subjects]
            selecting = tuple(
                (rule, chosen[number])
                for rule, number in self._rules
                if rule.ingress is ingress and chosen[number] is not False
            )
            here = self._situation(subject, selecting, ingress=ingress)
            same = (tuple((id(rule), chosen) for rule, chosen in selecting), here.closed, ingress)
            self._selections[key] = self._shared.setdefault(same, Selection(selecting, here))
        return self._selections[key]

    def _situation(self, subject: Endpoint, selecting: Sequence[tuple[Rule, Truth]], *, ingress: bool) -> Situation:
        # The labels of a starting pod are not known yet, so it receives nothing until a rule allows it.
        closed = STARTING in subject.entities or any_of(chosen for rule, chosen in selecting if rule.closes)
        # A policy that surely applies, and does nothing but close, is the clearest reason.
        closing = sorted(
            (each for each in selecting if each[0].closes), key=lambda each: (not each[1], bool(each[0].peers))
        )
        if not closed and not self._is_complete:
            closed = None
        return Situation(closed, tuple(rule for rule, _ in closing), ingress, self._inside)


def _typed(selector: Selector) -> tuple[type[Selector], Selector]:
    """What tells a selector apart: the name `world` and the entity `world` are equal as tuples."""
    return type(selector), selector
