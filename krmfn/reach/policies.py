"""Policies: what the rules of one network let through between two endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.reach.endpoints import HOST, STARTING
from krmfn.reach.selectors import any_of
from krmfn.reach.tiers import Situation, ruled
from krmfn.reach.verdicts import LOCAL, UNGUARDED, ReachVerdict, Reason, everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from krmfn.reach.endpoints import Endpoint
    from krmfn.reach.rules import Rule
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
        # Rules of many apps are about the same peers: whether a party is one of them is found once.
        peers: dict[object, int] = {}
        self._about = {id(each): peers.setdefault((each.peers, each.is_certain), len(peers)) for each in self._rules}
        self._concerned: dict[tuple[int, int], Truth] = {}
        self._found: dict[tuple[int, int, bool], Decided] = {}
        self._alike: dict[tuple[int, bool, tuple[tuple[int, Truth], ...]], Decided] = {}
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
        key = id(subject), id(peer), ingress
        if key not in self._found:
            self._kept += (subject, peer)
            self._found[key] = self._judge(subject, peer, ingress=ingress)
        return self._found[key]

    def _judge(self, subject: Endpoint, peer: Endpoint, *, ingress: bool) -> Decided:
        if not subject.is_guarded:
            return everything(ReachVerdict.ALLOWED, Reason(None, UNGUARDED, ingress, self._inside))
        selecting = self._of(subject, ingress=ingress)
        concerned = tuple(
            (rule, found) for rule, chosen in selecting if (found := self._concerns(rule, chosen, peer)) is not False
        )
        # Most peers are concerned by the same rules, and then the same gets through.
        key = id(subject), ingress, tuple((id(rule), found) for rule, found in concerned)
        if key not in self._alike:
            self._alike[key] = ruled(concerned, self._situation(subject, selecting, ingress=ingress))
        return self._alike[key]

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

    def _of(self, subject: Endpoint, *, ingress: bool) -> tuple[tuple[Rule, Truth], ...]:
        """The rules that select a subject, or may select it."""
        key = id(subject), ingress
        if key not in self._selecting:
            found = ((rule, rule.subjects.selects(subject)) for rule in self._rules if rule.ingress is ingress)
            self._selecting[key] = tuple(each for each in found if each[1] is not False)
        return self._selecting[key]

    def _concerns(self, rule: Rule, chosen: Truth, peer: Endpoint) -> Truth:
        key = self._about[id(rule)], id(peer)
        if key not in self._concerned:
            self._concerned[key] = rule.concerns(peer)
        found = self._concerned[key]
        return None if found is True and chosen is None else found
