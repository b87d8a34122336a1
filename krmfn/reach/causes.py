"""Causes: for a rule that decides, a sentence about it and the declaration that would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.declared import connection_of, connections_field, opening_of, profile_field
from krmfn.reach.routes import INSIDE, MANAGEMENT
from krmfn.reach.selectors import PodSelector
from krmfn.reach.verdicts import ALLOWS, CLOSES, DENIES, LOCAL, OPEN, UNGUARDED
from krmfn.reach.world import KRMFN, REPOSITORY
from krmfn.resourcelist import Identity, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.reach.parties import Party
    from krmfn.reach.rules import Policy, Rule
    from krmfn.reach.verdicts import Reason
    from krmfn.reach.world import Space, World
    from krmfn.results import Origin
    from krmfn.topology.model.clusters import Cluster

SURE = {ALLOWS, DENIES, CLOSES, OPEN, LOCAL, UNGUARDED}


class Because(NamedTuple):
    """What decides an answer, and what would change it.

    Attributes:
        policy: the policy; None if none decides.
        field: the rule in the policy, such as `egress[3]`.
        plane: where it decides.
        declaration: the field that would change it, as the origin of an object with its field; None if none would.
        is_unsure: it is what krmfn does not know.
    """

    says: str
    plane: str
    policy: Policy | None = None
    field: str = ""
    declaration: Origin | None = None
    is_unsure: bool = False


class RuleCause(NamedTuple):
    """A sentence, and the field that would change it; `of_party` if it is about a party, and not about a policy."""

    says: str
    declaration: Origin | None = None
    of_party: bool = False


def because(world: World, sender: Party, receiver: Party, reasons: Iterable[Reason]) -> tuple[Because, ...]:
    """What decides, each rule once; policies of krmfn come before those of the platform."""
    found: dict[tuple[str, str, str], Because] = {}
    # If something is unknown, what it depends on comes before the policy that closes everything else.
    for reason in sorted(reasons, key=lambda each: each.says == CLOSES):
        rule = reason.rule
        cause = _cause(world, sender, receiver, reason)
        plane = INSIDE if reason.inside else MANAGEMENT
        is_shown = rule is not None and not cause.of_party
        policy, field = (rule.policy, "" if reason.says == CLOSES else rule.field) if rule and is_shown else (None, "")
        is_unsure = reason.says not in SURE
        each = Because(cause.says, plane, policy, field, cause.declaration, is_unsure=is_unsure)
        found.setdefault((str(policy), field, cause.says), each)
    told = [each for each in found.values() if each.says != UNGUARDED]
    return tuple(told or found.values())


def _cause(world: World, sender: Party, receiver: Party, reason: Reason) -> RuleCause:
    rule = reason.rule
    if rule is None:
        return RuleCause(reason.says)
    if reason.says not in {ALLOWS, DENIES, CLOSES}:
        return _unsure(rule, reason, sender, receiver)
    if rule.policy.author == REPOSITORY:
        return _written(world, rule.policy, reason)
    if rule.policy.author == KRMFN:
        here = receiver if reason.ingress else sender
        if here.cluster is not None:
            space = world.spaces[here.cluster.namespace]
            found = _inside if reason.inside else _around
            return found(space, here.cluster, sender, receiver, reason)
    return _of_platform(sender, reason)


def _unsure(rule: Rule, reason: Reason, sender: Party, receiver: Party) -> RuleCause:
    """What is not known: a label of pods on one side, or who is at an address."""
    for selectors, party in (((rule.subjects,), sender), (rule.peers or (), receiver)):
        ends = [each.endpoint for each in party.pods]
        for selector in selectors:
            for each in selector.requirements if isinstance(selector, PodSelector) else ():
                alone = PodSelector((each,))
                if any(alone.selects(end) is None for end in ends if end.is_pod):
                    return RuleCause(f"{reason.says} it: krmfn does not know the label {each.key} of {party.full_name}")
    for party in (receiver, sender):
        if party.unknown:
            return RuleCause(party.unknown, of_party=True)
    return RuleCause(f"{reason.says} it: that depends on what krmfn cannot see")


def _written(world: World, policy: Policy, reason: Reason) -> RuleCause:
    """A policy that somebody wrote beside the declarations."""
    group = policy.api_version.partition("/")[0]
    written = world.others.get(Identity(group, policy.kind, policy.namespace, policy.name))
    says = (
        "a policy of this repository closes what it does not allow"
        if reason.says == CLOSES
        else (f"a policy of this repository {reason.says} it")
    )
    return RuleCause(says, origin_of(written) if written else None)


def _of_platform(sender: Party, reason: Reason) -> RuleCause:
    """A policy of the platform; a profile of the sender's cluster with scoped egress would close what it opens."""
    if reason.says == CLOSES:
        return RuleCause("the platform's policies close what none of them allows, and none allows this")
    cluster = sender.cluster
    may_close = cluster is not None and cluster.managed and not cluster.posture.scoped
    declaration = profile_field(cluster) if cluster is not None and may_close else None
    return RuleCause(reason.rule.policy.says if reason.rule else "a policy of the platform allows it", declaration)


def _around(space: Space, cluster: Cluster, sender: Party, receiver: Party, reason: Reason) -> RuleCause:
    """The policy around the nodes of a cluster."""
    profile, name = profile_field(cluster), cluster.posture.name
    connection = connection_of(space, cluster, sender, receiver)
    opening = opening_of(space, cluster, reason.rule) if reason.says == ALLOWS and reason.rule else None
    if opening is not None:
        if opening.peer.names and connection is not None:
            return RuleCause(f"the connection to {receiver.name} opens it", connection.origin)
        return RuleCause(f'profile "{name}" leaves open {opening.why.removesuffix(" of its profile")}', profile)
    if connection is not None:
        ports = ", ".join(f"{each.port}/{each.protocol}" for each in connection.ports)
        return RuleCause(f"the connection to {receiver.name} opens only {ports}", connection.origin)
    if receiver.namespace and receiver.namespace != cluster.namespace:
        return RuleCause("a cluster reaches no other tenant's namespace; no declaration opens it")
    if receiver.offers:
        return RuleCause(
            f"no placement on {cluster.owner} has a connection to {receiver.name}; add one to its spec.connections",
            connections_field(space, cluster, sender) or profile,
        )
    return RuleCause(f'profile "{name}" closes whatever is not declared', profile)


def _inside(space: Space, cluster: Cluster, sender: Party, receiver: Party, reason: Reason) -> RuleCause:
    """A policy inside a cluster."""
    profile, name = profile_field(cluster), cluster.posture.name
    policy = reason.rule.policy.name if reason.rule else ""
    own = next((each for each in space.tenant.releases if each.owner == sender.name), None)
    is_near = receiver.namespace == cluster.namespace
    connection = (
        next((each for each in own.connections if each.owner == receiver.name), None) if own and is_near else None
    )
    if reason.says == ALLOWS and policy == "krmfn-connections" and connection is not None:
        return RuleCause(f"the connection of {sender.name} to {receiver.name} opens it", connection.origin)
    if reason.says == ALLOWS:
        return RuleCause(f'profile "{name}" leaves open {OPEN_INSIDE.get(policy, policy)}', profile)
    if reason.ingress:
        return RuleCause(
            f"only pods of its own namespace, and addons that serve it, may connect to {receiver.name}", profile
        )
    if connection is not None:
        ports = ", ".join(f"{each.port}/{each.protocol}" for each in connection.ports)
        return RuleCause(f"the connection of {sender.name} to {receiver.name} opens only {ports}", connection.origin)
    if receiver.offers and is_near:
        return RuleCause(
            f"{sender.name} has no connection to {receiver.name}; add one to its placement's spec.connections",
            connections_field(space, cluster, sender) or profile,
        )
    return RuleCause(f'profile "{name}" closes, for the pods of {sender.name}, whatever is not declared', profile)


OPEN_INSIDE = {
    "krmfn-dns": "DNS",
    "krmfn-elsewhere": "DNS",
    "krmfn-same-namespace": "what pods of one namespace say to each other",
    "krmfn-internet": "egress.internet",
    "krmfn-api-server": "the API server, for apps that need it",
    "krmfn-from-addons": "the addons that serve its pods",
    "krmfn-from-gateway": "Gateways",
}
"""What the policies inside a cluster open, by their names."""
