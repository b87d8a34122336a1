"""Reads policies in manifests as rules, one module for each API; a rule says if a part of it cannot be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.reach.reading import cilium, clusternetworkpolicy, networkpolicy
from krmfn.reach.rules import DENY, Policy, Rule
from krmfn.reach.selectors import UnknownSelector
from krmfn.resourcelist import group_of, identity, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from krmfn.resourcelist import Resource

    Reader = Callable[[Resource, Policy], Iterator[Rule]]

READERS: dict[tuple[str, str], Reader] = {
    ("cilium.io", "CiliumNetworkPolicy"): cilium.rules,
    ("cilium.io", "CiliumClusterwideNetworkPolicy"): cilium.rules,
    ("networking.k8s.io", "NetworkPolicy"): networkpolicy.rules,
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"): clusternetworkpolicy.rules,
}


class MalformedPolicyError(Exception):
    """A policy has not the shape that its API asks for; what it does cannot be known."""


def is_policy(resource: Resource) -> bool:
    return (group_of(resource), str(resource.get("kind"))) in READERS


def rules_of(resource: Resource, author: str = "repository") -> tuple[Rule, ...]:
    """The rules of a policy, in the order of the manifest.

    Raises:
        MalformedPolicyError: a field is missing, or has another type than its API asks for.
    """
    group, kind, _, _ = identity(resource)
    try:
        return tuple(READERS[group, kind](resource, _policy(resource, author)))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise MalformedPolicyError(origin_of(resource)) from error


def unreadable(resource: Resource) -> Rule:
    """What a policy that cannot be read may do: deny anything to anybody."""
    subjects = UnknownSelector("spec")
    return Rule(
        _policy(resource, "repository"), "spec", DENY, ingress=False, subjects=subjects, peers=None, closes=False
    )


def _policy(resource: Resource, author: str) -> Policy:
    _, kind, namespace, name = identity(resource)
    return Policy(str(resource["apiVersion"]), kind, namespace, name, author)
