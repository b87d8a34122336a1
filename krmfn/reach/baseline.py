"""The platform's own policies around a tenant, as the manifests that its chart makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog.platformpolicies import ANCESTORS, TENANT
from krmfn.reach.endpoints import NAMESPACE, NAMESPACE_LABELS
from krmfn.reach.reading import rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog.platformpolicies import PlatformPeer, PlatformPolicies, PlatformPolicy
    from krmfn.reach.rules import Rule
    from krmfn.resourcelist import Resource

PLATFORM = "platform"
ROOT = "tenant-root"
PREFIX = "tenant-"


def is_tenant(namespace: str) -> bool:
    return namespace.startswith(PREFIX)


def ancestors(namespace: str) -> tuple[str, ...]:
    """The namespaces of the tenants above, the nearest last: a namespace has the names of all tenants on its path."""
    if not is_tenant(namespace) or namespace == ROOT:
        return ()
    path = namespace.split("-")[1:]
    return (ROOT, *("-".join(("tenant", *path[:depth])) for depth in range(1, len(path))))


def namespace_labels(namespace: str) -> dict[str, str]:
    """The labels that a namespace surely has, with Cilium's prefix."""
    labels = {"kubernetes.io/metadata.name": namespace}
    if is_tenant(namespace):
        labels |= {f"tenant.cozystack.io/{each}": "" for each in (*ancestors(namespace), namespace)}
    elif namespace.startswith("cozy-"):
        labels["cozystack.io/system"] = "true"
    return {NAMESPACE: namespace, **{f"{NAMESPACE_LABELS}{key}": value for key, value in labels.items()}}


def platform_rules(policies: PlatformPolicies, namespace: str) -> Iterator[Rule]:
    """The rules of all policies around a tenant. Those of a module may exist or not, which is not known here."""
    for policy in policies.policies:
        for rule in rules_of(manifest(policy, namespace), PLATFORM):
            named = rule.policy._replace(source=policies.source, says=policy.says)
            yield rule._replace(policy=named, is_certain=not policy.module, closes=not policy.module)


def manifest(policy: PlatformPolicy, namespace: str) -> Resource:
    """One policy, as the tenant chart makes it for the tenant of a namespace."""
    name = "".join(namespace if part == TENANT else part for part in policy.name)
    own = {f"k8s:{NAMESPACE}": namespace} if policy.clusterwide else {}
    labels = {**own, **policy.subjects}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumClusterwideNetworkPolicy" if policy.clusterwide else "CiliumNetworkPolicy",
        "metadata": {"name": name} if policy.clusterwide else {"name": name, "namespace": namespace},
        "spec": {
            "endpointSelector": {"matchLabels": labels} if labels else {},
            **_section("ingress", "from", policy.ingress, namespace),
            **_section("egress", "to", policy.egress, namespace),
        },
    }


def _section(name: str, to: str, peers: tuple[PlatformPeer, ...], namespace: str) -> dict[str, Any]:
    above = _named(namespace)
    rules = [_rule(each, to, namespace, above) for each in peers if above or each.namespaces != (ANCESTORS,)]
    return {name: rules} if rules else {}


def _named(namespace: str) -> tuple[str, ...]:
    """The ancestors that the tenant chart names (docs/platform.md#network-policies)."""
    above = ancestors(namespace)
    return above[1:] or above


def _rule(peer: PlatformPeer, to: str, namespace: str, above: tuple[str, ...]) -> Resource:
    rule: Resource = {}
    if peer.entities:
        rule[f"{to}Entities"] = list(peer.entities)
    elif peer.everywhere or peer.within or peer.namespaces or peer.pods is not None:
        rule[f"{to}Endpoints"] = list(_selectors(peer, namespace, above))
    if peer.ports:
        rule["toPorts"] = [{"ports": [{"port": str(each), "protocol": "TCP"} for each in peer.ports]}]
    return rule


def _selectors(peer: PlatformPeer, namespace: str, above: tuple[str, ...]) -> Iterator[Resource]:
    labels = dict(peer.pods or {})
    if peer.within:
        key = "".join(namespace if part == TENANT else part for part in peer.within)
        value = namespace if peer.value == TENANT else peer.value
        yield {"matchLabels": {f"k8s:{NAMESPACE_LABELS}{key}": value, **labels}}
        return
    namespaces = above if peer.namespaces == (ANCESTORS,) else peer.namespaces
    for each in namespaces:
        yield {"matchLabels": {**labels, f"k8s:{NAMESPACE}": each}}
    if not namespaces:
        yield {"matchLabels": labels} if labels else {}
