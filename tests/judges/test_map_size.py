"""What krmfn says a policy costs in Cilium's policy map is what Cilium's own engine counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from krmfn.catalog import Catalog
from krmfn.resources import ciliumnetworkpolicy, clusternetworkpolicy
from krmfn.results import Origin, ResourceRef, Severity
from krmfn.topology import Tenant
from krmfn.topology.fencing.egress import closed_addresses
from krmfn.topology.fencing.mapsize import HALF, LIMIT, PODS, check_size, entries, estimated_pods
from krmfn.topology.model.fences import Fence
from tests.judges.acme import DNS, REL, WORKER, app, control_plane, pods, vm
from tests.judges.handmade import ReachableService, egress_policy
from tests.judges.policies import PLATFORM
from tests.judges.verdicts import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource
    from krmfn.topology.model.fences import EgressPolicy
    from krmfn.topology.model.peers import Ports
    from tests.judges.verdicts import CiliumJudge, Endpoint

NAMESPACE = "tenant-acme"
NAMESPACES = {
    name: {"kubernetes.io/metadata.name": name} for name in (NAMESPACE, "tenant-root", "tenant-other", "kube-system")
}
OWN = (*pods(NAMESPACE, {WORKER: vm(REL), "control plane": control_plane(REL)}), *DNS)
ORIGIN = Origin(ResourceRef("apps.cozystack.io/v1alpha1", "Kubernetes", NAMESPACE, "my-sandbox"))


def policy(services: Iterable[ReachableService] = (), **said: Any) -> EgressPolicy:
    fence = Fence(ORIGIN, f"{REL}-egress", NAMESPACE, "Kubernetes/my-sandbox", REL, prune=False)
    return egress_policy(fence, services, **said)


def services(*sets: Ports, names: int = 1) -> list[ReachableService]:
    return [ReachableService(f"Kind{i}", tuple(f"n{j}" for j in range(names)), each) for i, each in enumerate(sets)]


def instances(services: Iterable[ReachableService], each: int) -> tuple[Endpoint, ...]:
    """Pods that differ in a label, as those of most operators do."""
    return pods(
        NAMESPACE,
        {
            f"{service.kind} {name} {i}": {"instance": str(i), **app(service.kind, name)}
            for service in services
            for name in service.names
            for i in range(each)
        },
    )


def opened(labels: dict[str, str], namespaces: tuple[str, ...]) -> tuple[Endpoint, ...]:
    return tuple(
        endpoint
        for namespace in namespaces
        for endpoint in pods(
            namespace, {f"{labels} {namespace} {i}": {"instance": str(i), **labels} for i in range(PODS)}
        )
    )


def counted(
    judge: CiliumJudge,
    written: EgressPolicy,
    endpoints: tuple[Endpoint, ...],
    *,
    platform: bool = True,
    dual_stack: bool = False,
) -> int:
    tenant = Tenant(NAMESPACE, egress=(written,))
    emitted = [*ciliumnetworkpolicy.emit(tenant), *clusternetworkpolicy.emit(tenant)]
    policies: list[Resource] = [yaml.load(yaml.dump(resource)) for resource, _ in emitted]
    world = World(NAMESPACES, (*OWN, *endpoints), (WORKER,), peers=(WORKER,), dual_stack=dual_stack)
    return judge([*(PLATFORM if platform else []), *policies], world).entries[WORKER]


SETS: dict[str, tuple[Ports, ...]] = {
    "nothing": (),
    "Postgres": ((("TCP", 5432),),),
    "Redis": ((("TCP", 6379), ("TCP", 26379)),),
    "the edges": ((("TCP", 1),), (("TCP", 65535),), (("TCP", 1), ("TCP", 65535))),
    "powers of two": ((("TCP", 4096),), (("TCP", 32768),), (("TCP", 32767),)),
    "neighbours": ((("TCP", 8080), ("TCP", 8081), ("TCP", 8082)),),
    "UDP": ((("UDP", 53),), (("TCP", 40000), ("UDP", 40000))),
    "all of the catalog": tuple((("TCP", each),) for each in (3306, 4222, 5672, 8123, 9000, 9092, 9200, 27017)),
    "many ports": (tuple(("TCP", 1000 + 7 * i) for i in range(61)),),
}
CLOSED = closed_addresses(Catalog.shipped())
PROFILES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "closed to the internet": {"internet": False},
    "a cloud's own addresses": {"closed_addresses": CLOSED},
    "a DNS cache in what is closed": {"closed_addresses": CLOSED, "caches": ("169.254.20.10/32", "fd00::10/128")},
    "a DNS cache and nothing else outside": {
        "internet": False,
        "closed_addresses": ("203.0.113.10/32",),
        "caches": ("169.254.20.10/32",),
    },
    "addresses": {"closed_addresses": ("198.51.100.0/30", "203.0.113.10/32")},
    "monitoring and ingress": {"monitoring": ("tenant-acme", "tenant-root"), "ingress": ("tenant-acme", "tenant-root")},
    "addresses, and closed to the internet": {"internet": False, "closed_addresses": ("203.0.113.10/32",)},
    "volumes": {"volumes": True},
}


@pytest.mark.parametrize("each", [0, 1, 4])
@pytest.mark.parametrize("sets", SETS.values(), ids=SETS.keys())
def test_the_formula_is_what_cilium_counts(judge_cilium_1_19: CiliumJudge, sets: tuple[Ports, ...], each: int) -> None:
    """For any set of ports and any number of pods, to the entry, with the platform's policies."""
    named = services(*sets, names=2)
    written = policy(named, pods=each)
    assert entries(written) == counted(judge_cilium_1_19, written, instances(named, each))


@pytest.mark.parametrize(
    ("profile", "cluster_wide"),
    # One that opens volumes is never cluster-wide.
    [(profile, wide) for profile in PROFILES for wide in (False, True) if not (wide and profile == "volumes")],
)
def test_what_a_profile_opens_is_counted(
    judge_cilium_1_19: CiliumJudge, judge_cilium_1_20: CiliumJudge, profile: str, *, cluster_wide: bool
) -> None:
    """Carve-outs and addresses cost what the formula says, and so does a ClusterNetworkPolicy on Cilium 1.20."""
    named, said = services((("TCP", 6379), ("TCP", 26379)), (("UDP", 53),), names=3), PROFILES[profile]
    written = policy(named, cluster_wide=cluster_wide, **said)
    endpoints = (
        *instances(named, PODS),
        *opened({"app.kubernetes.io/name": "vminsert"}, said.get("monitoring", ())),
        *opened({"app.kubernetes.io/name": "vlinsert"}, said.get("monitoring", ())),
        *opened({"cozystack.io/service": "ingress"}, said.get("ingress", ())),
    )
    judge = judge_cilium_1_20 if cluster_wide else judge_cilium_1_19
    # The platform lets nobody at an ancestor's vlinsert, so nothing of its has to be denied there.
    less = 0 if cluster_wide else PODS * len(said.get("monitoring", ())[1:])
    for dual_stack in (False, True):
        assert entries(written) == counted(judge, written, endpoints, dual_stack=dual_stack) + less


@pytest.mark.parametrize("platform", [True, False], ids=["with the platform's policies", "without"])
def test_it_is_never_less_than_what_cilium_counts(judge_cilium: CiliumJudge, *, platform: bool) -> None:
    """On the other version, and without the platform's policies, a node needs no more than was said."""
    named = services((("TCP", 5432),), (("TCP", 8123), ("TCP", 9000)), names=3)
    written = policy(named)
    assert entries(written) >= counted(judge_cilium, written, instances(named, PODS), platform=platform)


@pytest.mark.parametrize("platform", [True, False], ids=["with the platform's policies", "without"])
def test_each_other_pod_costs_no_more_than_is_said(judge_cilium: CiliumJudge, *, platform: bool) -> None:
    """The message says up to 2 for each other pod of the management cluster."""
    written = policy()
    others = pods("tenant-other", {f"pod-{i}": {"instance": str(i)} for i in range(10)})
    more = counted(judge_cilium, written, others, platform=platform) - counted(
        judge_cilium, written, (), platform=platform
    )
    assert 10 <= more <= 20


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, 3),
        ({}, 3),
        ({"replicas": 1}, 3),
        ({"replicas": 5}, 5),
        ({"replicas": 2, "sentinel": {"replicas": 3}}, 5),
        ({"shards": 4, "replicas": 3, "clickhouseKeeper": {"replicas": 3}}, 10),
        ({"shardingConfig": {"mongos": 2, "shards": [{"name": "rs0", "replicas": 4}, {"replicas": 4}]}}, 8),
        ({"replicas": "9", "shards": True}, 3),
        ({"replicas": -7, "shards": 8}, 8),
        ({"replicas": {"replicas": 6}}, 6),
    ],
)
def test_pods_are_estimated_from_the_values(values: Any, expected: int) -> None:
    """The sum of integers called replicas or shards, at any depth; never fewer than most charts have by default."""
    assert estimated_pods(values) == expected


@pytest.mark.parametrize(
    ("needed", "expected"),
    [(HALF - 1, None), (HALF, Severity.WARNING), (LIMIT, Severity.WARNING), (LIMIT + 1, Severity.ERROR)],
)
def test_half_is_a_warning_and_more_than_all_an_error(needed: int, expected: Severity | None) -> None:
    """From 8192 entries on a warning, and an error only above the 16384 that Cilium has."""
    named = services((("TCP", 80),))
    without = entries(policy(named, cluster_wide=True, pods=0))
    written = policy(named, cluster_wide=True, pods=needed - without)
    assert entries(written) == needed
    assert [each.severity for each in check_size(written)] == ([expected] if expected else [])
