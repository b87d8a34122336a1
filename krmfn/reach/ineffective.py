"""Policies beside the declarations that change nothing: allows of what stays closed, denies of what nobody reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.reach.endpoints import API_SERVER, HOST, NAMESPACE, REMOTE_NODE, Endpoint, entity, outside
from krmfn.reach.partynames import receivers
from krmfn.reach.reading import MalformedPolicyError, rules_of
from krmfn.reach.rules import ACCEPT, DENY
from krmfn.reach.selectors import AddressSelector, EntitySelector, PodSelector
from krmfn.reach.verdicts import ReachVerdict
from krmfn.reach.world import World
from krmfn.resourcelist import identity, origin_of
from krmfn.topology.model.postures import CARVE_OUTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.reach.parties import Party
    from krmfn.reach.rules import Rule, Selector
    from krmfn.reach.world import Space
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

NODES = {HOST: [entity(HOST)], REMOTE_NODE: [entity(REMOTE_NODE), entity(REMOTE_NODE, API_SERVER)]}
"""Entities of Cilium that stand for the nodes of the management cluster, and for nothing else."""


def ineffective(world: World, namespace: str) -> Iterator[Result]:
    """Warnings for the rules of a namespace that change nothing."""
    space = world.spaces[namespace]
    fenced = [each for each in space.parties.values() if _is_fenced(each)]
    written = [each for each in world.others.values() if identity(each).namespace == namespace] if fenced else []
    alone = World(world.runs, world.catalog) if written else world
    for policy in written:
        yield from _policy(alone, space, policy, fenced)


def _is_fenced(party: Party) -> bool:
    """True for nodes that reach declared services and nothing else of the platform's: all other pods are denied."""
    cluster = party.cluster
    if not cluster or party.name != cluster.owner or not cluster.managed:
        return False
    # The internet has no pods of the platform.
    inside = (each for each in CARVE_OUTS if each.field != "internet")
    return cluster.posture.scoped and not any(each.is_open(cluster.posture) for each in inside)


def _policy(world: World, space: Space, policy: Resource, fenced: list[Party]) -> Iterator[Result]:
    """Egress rules of a policy for fenced nodes alone; `world` is as it would be without such policies."""
    try:
        rules = rules_of(policy)
    except MalformedPolicyError:
        # The API server refuses it; until then reach answers that its effect is unknown.
        return
    for rule in rules:
        held = [each for each in fenced if _selects(rule, each)]
        if rule.ingress or not held or _selects_others(rule, space, held):
            continue
        nodes = " and ".join(each.name for each in held)
        if rule.action == ACCEPT:
            message = (
                f"opens nothing: the policies around the nodes of {nodes} deny all that they do not open themselves, "
                "and a deny wins over every allow; add a connection to a placement, or a carve-out to the isolation "
                "profile, and remove this rule"
            )
        elif rule.action == DENY and not any(_reaches(world, each, rule) for each in held):
            message = f"closes nothing: the nodes of {nodes} reach nothing of it; remove this rule"
        else:
            continue
        yield origin_of(policy).warning("policy-without-effect", message, f"spec.{rule.field}")


def _selects(rule: Rule, party: Party) -> bool:
    return all(rule.subjects.selects(pods.endpoint) is True for pods in party.pods)


def _selects_others(rule: Rule, space: Space, held: list[Party]) -> bool:
    """True if the rule is, or may be, about pods that are no fenced nodes."""
    stranger = Endpoint({NAMESPACE: space.tenant.namespace})
    # An app on a cluster sends as the nodes of that cluster.
    others = [
        pods.endpoint for each in space.parties.values() if each not in held and not each.inside for pods in each.pods
    ]
    return any(rule.subjects.selects(each) is not False for each in (stranger, *others))


def _reaches(world: World, nodes: Party, rule: Rule) -> bool:
    """True if the nodes reach, or may reach, something that the rule is about, on one of its ports."""
    peers = [_peers(world, nodes, rule, each) for each in rule.peers or (None,)]
    around = world.around(nodes.namespace)
    return any(
        found is None
        or any(
            piece.verdict is not ReachVerdict.DENIED and piece.first <= last and first <= piece.last
            for peer in found
            for pods in nodes.pods
            for protocol, pieces in around.sent(pods.endpoint, peer).items()
            for piece in pieces
            for first, last in rule.covers(protocol)
        )
        for found in peers
    )


def _peers(world: World, nodes: Party, rule: Rule, selector: Selector | None) -> Iterable[Endpoint] | None:
    """All that a selector of a rule may stand for; None if krmfn cannot say what that is."""
    if isinstance(selector, AddressSelector):
        # Cilium knows pods and nodes by their labels: a range stands for none of them.
        return [outside(selector.network)]
    if isinstance(selector, EntitySelector):
        return NODES.get(selector.entity)
    if isinstance(selector, PodSelector):
        pods = (pods.endpoint for party in receivers(world, nodes.namespace) for pods in party.pods)
        return [each for each in pods if rule.concerns(each) is not False]
    return None
