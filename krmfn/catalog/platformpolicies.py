"""The platform's own network policies around its tenants, and the pods that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.catalog.keychecks import check
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.catalog.parts import Parts

TENANT = "tenant"
"""In names and values: the tenant's namespace."""
ANCESTORS = "ancestors"
"""For namespaces: those of the tenants above."""


class PlatformPeer(NamedTuple):
    """The other side of a rule.

    Attributes:
        pods: labels; None if the peers are not pods, or are all pods of `namespaces`.
        namespaces: their namespaces, or (ANCESTORS,); empty for the tenant's own.
        within: parts of a label that their namespaces have; empty if they are selected by name.
        value: the label's value; TENANT stands for the tenant's namespace.
        everywhere: all pods of the management cluster.
        entities: Cilium's entities.
        ports: TCP ports; empty for all.
    """

    pods: Mapping[str, str] | None = None
    namespaces: tuple[str, ...] = ()
    within: Parts = ()
    value: str = ""
    everywhere: bool = False
    entities: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


class PlatformPolicy(NamedTuple):
    """A policy of the platform around each tenant.

    Attributes:
        name: in parts; TENANT stands for the tenant's namespace.
        says: its purpose, in one sentence.
        clusterwide: it is a CiliumClusterwideNetworkPolicy.
        module: only tenants that have this module have the policy; empty for all.
        subjects: labels of the pods that it holds; empty for all pods of the tenant.
    """

    name: Parts
    says: str
    clusterwide: bool
    module: str
    subjects: Mapping[str, str]
    ingress: tuple[PlatformPeer, ...]
    egress: tuple[PlatformPeer, ...]


class ModulePods(NamedTuple):
    """Pods of a module, and the TCP ports that they alone serve."""

    labels: Mapping[str, str]
    ports: tuple[int, ...]


class PlatformPolicies(NamedTuple):
    """platform-policies.yaml.

    Attributes:
        source: where the platform publishes them.
        opened: namespaces of the platform that they open.
        modules: by `<Kind>/<name>`, the pods of modules.
        controllers: labels that no app's pod has.
        unsure: labels that an app's pod may have.
        own: labels of the platform's own pods and of modules; no pod of another shipped kind has one of them.
        podless: kinds that run no pods.
    """

    source: str
    policies: tuple[PlatformPolicy, ...]
    opened: tuple[str, ...]
    modules: Mapping[str, tuple[ModulePods, ...]]
    controllers: frozenset[str]
    unsure: frozenset[str]
    own: frozenset[tuple[str, str]]
    podless: frozenset[str]


def read_platform_policies(data: Any) -> PlatformPolicies:
    """platform-policies.yaml."""
    check(data, required=("source", "policies", "opened", "modules", "controllers", "unsure", "own", "podless"))
    modules = {
        each["owner"]: tuple(ModulePods(pods["labels"], tuple(pods.get("ports", ()))) for pods in each["pods"])
        for each in data["modules"]
    }
    of_modules = [pods.labels for each in modules.values() for pods in each]
    return PlatformPolicies(
        source=data["source"],
        policies=tuple(map(_policy, data["policies"])),
        opened=tuple(data["opened"]),
        modules=modules,
        controllers=frozenset(data["controllers"]),
        unsure=frozenset(data["unsure"]),
        own=frozenset(pair for labels in (*of_modules, *data["own"]) for pair in labels.items()),
        podless=frozenset(data["podless"]),
    )


def _policy(data: Any) -> PlatformPolicy:
    check(data, required=("name", "says"), optional=("clusterwide", "module", "of", "ingress", "egress"))
    return PlatformPolicy(
        name=tuple(data["name"]),
        says=data["says"],
        clusterwide=data.get("clusterwide", False),
        module=data.get("module", ""),
        subjects=data.get("of", {}),
        ingress=tuple(map(_peer, data.get("ingress", ()))),
        egress=tuple(map(_peer, data.get("egress", ()))),
    )


def _peer(data: Any) -> PlatformPeer:
    check(data, optional=("pods", "in", "within", "value", "everywhere", "entities", "ports"))
    where = data.get("in", ())
    return PlatformPeer(
        pods=data.get("pods"),
        namespaces=(where,) if isinstance(where, str) else tuple(where),
        within=tuple(data.get("within", ())),
        value=data.get("value", ""),
        everywhere=data.get("everywhere", False),
        entities=tuple(data.get("entities", ())),
        ports=tuple(data.get("ports", ())),
    )
