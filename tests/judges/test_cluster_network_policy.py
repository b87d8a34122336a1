"""From Cilium 1.20 on: a ClusterNetworkPolicy opens what is declared in a wall that the CiliumNetworkPolicy is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from krmfn.resources.clusternetworkpolicy import emit
from krmfn.results import Origin, ResourceRef
from krmfn.topology import Tenant
from krmfn.topology.model.fences import Fence
from tests.judges.acme import API_OFF_NODE, API_VIP, APP, NAMESPACES, REL, WORKER, WORLD, pods, postgres
from tests.judges.handmade import ReachableService, egress_policy
from tests.judges.policies import OPEN_TO_ALL, OPEN_TO_ALL_BY_KUBERNETES, PLATFORM, Resource, cnp, not_in
from tests.judges.test_cilium_judge import MY_CONTROL_PLANE, MY_WORKERS, entries, final, told
from tests.judges.verdicts import EVERYTHING, NOTHING, CiliumJudge, PolicyRefusedError, Reach, ports

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "kubernetes.io/metadata.name"


def peer(labels: Mapping[str, str], *expressions: Resource, namespace: str = "tenant-acme") -> Resource:
    return {
        "pods": {
            "namespaceSelector": {"matchLabels": {NAME: namespace}},
            "podSelector": {
                "matchLabels": dict(labels),
                **({"matchExpressions": list(expressions)} if expressions else {}),
            },
        }
    }


def on(*numbers: int, protocol: str = "tcp") -> list[Resource]:
    return [{protocol: {"destinationPort": {"number": number}}} for number in numbers]


def rule(action: str, *peers: Resource, **others: Any) -> Resource:
    return {"action": action, "to": list(peers), **others}


def cluster_policy(*egress: Resource, name: str = f"tenant-acme.{REL}-egress", priority: int = 1000) -> Resource:
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": name},
        "spec": {"tier": "Admin", "priority": priority, "subject": peer(MY_WORKERS), "egress": list(egress)},
    }


DECLARED = [
    rule("Accept", peer(MY_CONTROL_PLANE), protocols=on(6443, 8132, 50001)),
    rule("Accept", peer(MY_WORKERS)),
    rule(
        "Accept",
        peer({"k8s-app": "kube-dns"}, namespace="kube-system"),
        protocols=[*on(53, protocol="udp"), *on(53)],
    ),
    rule(
        "Accept",
        peer(
            {f"{APP}group": "apps.cozystack.io", f"{APP}kind": "Postgres"},
            {"key": f"{APP}name", "operator": "In", "values": ["main"]},
        ),
        protocols=on(5432),
    ),
]
OPENINGS = cluster_policy(*DECLARED)
EVERY_ADDRESS = {"networks": ["0.0.0.0/0", "::/0"]}
API_ADDRESSES = {"networks": [f"{API_VIP}/32", f"{API_OFF_NODE.ip}/32"]}
EVERY_POD: Resource = {"namespaces": {}}


def wall(*, internet: bool = True, vip: bool = True) -> Resource:
    """What denies all of the cluster; only a policy of the tier Admin opens anything in it."""
    return cnp(
        f"{REL}-egress",
        to=MY_WORKERS,
        **({"egress": [{"toEntities": ["world"]}]} if internet else {}),
        egressDeny=[
            {"toEntities": ["cluster", "kube-apiserver", *([] if internet else ["world"])]},
            *([{"toCIDR": [f"{API_VIP}/32"]}] if vip else []),
        ],
    )


def exact(*, internet: bool) -> dict[str, Reach]:
    """What is declared, with no ICMP left over (docs/decisions/033-cluster-network-policy.md)."""
    return told(
        {
            "own control plane": Reach(ports(6443, 8132, 50001)),
            "sibling and KubernetesNodes workers": EVERYTHING,
            "kube-dns": Reach(ports(53), ports(53)),
            "Postgres main": Reach(ports(5432)),
            **({"internet": EVERYTHING} if internet else {}),
        }
    )


LATER = pytest.mark.parametrize(
    "later", [[], [OPEN_TO_ALL], [OPEN_TO_ALL_BY_KUBERNETES]], ids=["alone", "Cilium", "Kubernetes"]
)


@LATER
@pytest.mark.parametrize("internet", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("platform", [True, False], ids=["with the platform's policies", "without"])
def test_openings_in_a_wall_leave_exactly_the_declared(
    judge_cilium_1_20: CiliumJudge, later: list[Resource], *, platform: bool, internet: bool
) -> None:
    """Every port, protocol and ICMP type of every peer, whatever a later policy allows."""
    policies = [*(PLATFORM if platform else []), OPENINGS, wall(internet=internet), *later]
    assert judge_cilium_1_20(policies, WORLD).of(WORKER) == exact(internet=internet)


def test_intervals_say_the_same_as_every_port_of_tiers(judge_cilium_1_20: CiliumJudge) -> None:
    """No verdict is lost between the places where the map of two tiers changes."""
    policies = [*PLATFORM, OPENINGS, wall(), OPEN_TO_ALL]
    assert judge_cilium_1_20(policies, WORLD) == judge_cilium_1_20(policies, WORLD, exhaustive=True)


def test_a_wall_without_openings_closes_all(judge_cilium_1_20: CiliumJudge) -> None:
    """Where the agent does not read ClusterNetworkPolicy, or it is not there yet, nothing but the internet is open."""
    verdicts = judge_cilium_1_20([*PLATFORM, wall(), OPEN_TO_ALL], WORLD)
    assert verdicts.of(WORKER) == told({"internet": EVERYTHING})


def test_a_wall_costs_the_same_in_a_cluster_of_any_size(judge_cilium_1_20: CiliumJudge) -> None:
    """One entry a port of each declared pod, none for anybody else; the policy that denies by labels takes hundreds."""
    policies = [*PLATFORM, OPENINGS, wall()]
    foreign = pods("tenant-other", {f"pod-{i}": {"instance": str(i)} for i in range(10)})
    declared = pods("tenant-acme", {f"main-{i}": postgres("main", instance=str(i)) for i in range(10)})
    before = entries(judge_cilium_1_20, policies, ())
    assert (before, entries(judge_cilium_1_20, [*PLATFORM, final("main")], ())) == (38, 252)
    assert entries(judge_cilium_1_20, policies, foreign) == before
    assert entries(judge_cilium_1_20, policies, declared) == before + 10


def test_an_api_server_that_nobody_named_stays_closed(judge_cilium_1_20: CiliumJudge) -> None:
    """The internet is the wall's to allow: the tier Admin would open an API server on no node with it."""
    by_wall = judge_cilium_1_20([*PLATFORM, OPENINGS, wall(vip=False)], WORLD)
    assert by_wall[WORKER, API_OFF_NODE.name] == NOTHING
    accepted = cluster_policy(*DECLARED, rule("Accept", EVERY_ADDRESS))
    by_admin = judge_cilium_1_20([*PLATFORM, accepted, wall(internet=False)], WORLD)
    assert by_admin[WORKER, API_OFF_NODE.name] == EVERYTHING


@pytest.mark.parametrize("internet", [True, False], ids=["open", "closed"])
def test_alone_it_leaves_nodes_to_others(judge_cilium_1_20: CiliumJudge, *, internet: bool) -> None:
    """Addresses of the API first, then the openings and the internet, then every pod: nodes are as others say."""
    last = [rule("Accept" if internet else "Deny", EVERY_ADDRESS), rule("Deny", EVERY_POD)]
    alone = cluster_policy(rule("Deny", API_ADDRESSES), *DECLARED, *last)
    verdicts = judge_cilium_1_20([*PLATFORM, alone], WORLD)
    assert verdicts.of(WORKER) == exact(internet=internet)
    assert verdicts.entries[WORKER] == 67
    open_to_nodes = told({"nodes": EVERYTHING, "reserved": EVERYTHING})
    opened = exact(internet=internet) | {name: reach for name, reach in open_to_nodes.items() if reach != NOTHING}
    assert judge_cilium_1_20([*PLATFORM, alone, OPEN_TO_ALL], WORLD).of(WORKER) == opened
    # It is no default deny: without the platform's policies nothing else closes them.
    assert judge_cilium_1_20([alone], WORLD).of(WORKER) == opened


def test_the_first_rule_that_matches_decides(judge_cilium_1_20: CiliumJudge) -> None:
    """An Accept before a Deny opens, after it does not; a Pass leaves it to the next tier."""
    to_dns = peer({"k8s-app": "kube-dns"}, namespace="kube-system")
    for rules, reach in (
        ([rule("Accept", to_dns), rule("Deny", EVERY_POD)], EVERYTHING),
        ([rule("Deny", EVERY_POD), rule("Accept", to_dns)], NOTHING),
        ([rule("Pass", to_dns), rule("Accept", to_dns)], NOTHING),
    ):
        assert judge_cilium_1_20([cluster_policy(*rules), wall()], WORLD)[WORKER, "kube-dns"] == reach


def test_the_operators_priority_goes_first(judge_cilium_1_20: CiliumJudge) -> None:
    """At the last priority, 1000, every other policy of the tier Admin can still close what a tenant declared."""
    closing = cluster_policy(rule("Deny", EVERY_POD), name="operator", priority=999)
    verdicts = judge_cilium_1_20([*PLATFORM, OPENINGS, wall(), closing], WORLD)
    assert verdicts.of(WORKER) == told({"internet": EVERYTHING})


def test_openings_of_one_priority_add_up(judge_cilium_1_20: CiliumJudge) -> None:
    """More than 25 rules become several policies; where all accept, their order and priority decide nothing."""
    split = [cluster_policy(one, name=f"part-{i}") for i, one in enumerate(DECLARED)]
    for order in (split, split[::-1]):
        assert judge_cilium_1_20([*order, wall()], WORLD).of(WORKER) == exact(internet=True)


def test_another_tenants_openings_open_nothing_here(judge_cilium_1_20: CiliumJudge) -> None:
    """Two tenants with clusters of one name share a priority: each policy is for the workers of its own namespace."""
    other = cluster_policy(rule("Accept", EVERY_POD), name=f"tenant-other.{REL}-egress")
    other["spec"]["subject"] = peer(MY_WORKERS, namespace="tenant-other")
    stranger = "sibling tenant's same-named cluster's worker"
    verdicts = judge_cilium_1_20([OPENINGS, other, wall()], replace(WORLD, subjects=(WORKER, stranger)))
    assert verdicts.of(WORKER) == exact(internet=True)
    assert verdicts[stranger, "kube-dns"] == EVERYTHING


def test_a_namespace_is_known_by_the_label_that_kubernetes_sets(judge_cilium_1_20: CiliumJudge) -> None:
    """Without it a selector of its name finds nothing, and the wall stays closed."""
    unnamed = {name: {k: v for k, v in labels.items() if k != NAME} for name, labels in NAMESPACES.items()}
    verdicts = judge_cilium_1_20([OPENINGS, wall()], replace(WORLD, namespaces=unnamed))
    assert verdicts.of(WORKER) == told({"internet": EVERYTHING})


REFUSED: list[tuple[str, Resource, str]] = [
    ("a last Deny without to", cluster_policy({"action": "Deny"}), "spec.egress[0].to: Required value"),
    ("a Deny of nobody", cluster_policy(rule("Deny")), "should have at least 1 items"),
    ("a peer that is empty", cluster_policy(rule("Deny", {})), "should have at least 1 properties"),
    ("nodes, which are experimental", cluster_policy(rule("Deny", {"nodes": {}})), "unknown fields found"),
    ("names, likewise", cluster_policy(rule("Accept", {"domainNames": ["a.b"]})), "unknown fields found"),
    ("26 rules", cluster_policy(*[rule("Accept", EVERY_POD)] * 26), "must have at most 25 items"),
    ("26 peers", cluster_policy(rule("Accept", *[EVERY_POD] * 26)), "must have at most 25 items"),
    ("26 ports", cluster_policy(rule("Accept", EVERY_POD, protocols=on(*range(1, 27)))), "at most 25 items"),
    ("port 0", cluster_policy(rule("Accept", EVERY_POD, protocols=on(0))), "greater than or equal to 1"),
    ("priority 1001", cluster_policy(rule("Accept", EVERY_POD), priority=1001), "less than or equal to 1000"),
    ("a CIDR that is none", cluster_policy(rule("Deny", {"networks": ["10.0.0.0/33"]})), "Invalid CIDR format"),
    ("a long name of a rule", cluster_policy(rule("Deny", EVERY_POD, name="x" * 101)), "may not be more than 100"),
    (
        "a range of one port",
        cluster_policy(
            rule("Deny", EVERY_POD, protocols=[{"tcp": {"destinationPort": {"range": {"start": 7, "end": 7}}}}])
        ),
        "Start port must be less than End port",
    ),
    ("a misspelt field", cluster_policy(rule("Deny", EVERY_POD, ports=[])), "unknown fields found"),
    (
        "a namespace",
        {**OPENINGS, "metadata": {"name": "x", "namespace": "tenant-acme"}},
        "namespaced",
    ),
]


@pytest.mark.parametrize(("policy", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_the_crd_refuses_it(judge_cilium_1_20: CiliumJudge, policy: Resource, message: str) -> None:
    """What the API server says by the CRD's standard channel, v0.2.0, its CEL rules included."""
    with pytest.raises(PolicyRefusedError) as caught:
        judge_cilium_1_20([policy], WORLD)
    (refusal,) = caught.value.refusals
    assert refusal.by == "schema"
    assert message in refusal.message


def test_cilium_1_19_has_no_such_policy(judge_cilium_1_19: CiliumJudge) -> None:
    """It is refused rather than passed over: the emitter is gated by the target's version (R10)."""
    with pytest.raises(PolicyRefusedError, match=r"no network policy of Cilium 1\.19"):
        judge_cilium_1_19([OPENINGS, wall()], WORLD)


def test_a_kind_not_in_the_question_is_told(judge_cilium_1_20: CiliumJudge) -> None:
    """Without its CRD a policy is no question, never one without a schema."""
    with pytest.raises(PolicyRefusedError, match=r"the CRD of .*ClusterNetworkPolicy is missing"):
        judge_cilium_1_20._replace(definitions=())([OPENINGS], WORLD)


def test_a_selector_of_all_but_one_takes_values(judge_cilium_1_20: CiliumJudge) -> None:
    """NotIn keeps its values on the way through Cilium's own copy of a selector."""
    others = cluster_policy(rule("Deny", peer({}, not_in(f"{APP}name", "main"))))
    verdicts = judge_cilium_1_20([others], WORLD)
    assert (verdicts[WORKER, "Postgres main"], verdicts[WORKER, "Postgres other"]) == (EVERYTHING, NOTHING)


def written(**changed: Any) -> list[Resource]:
    """What krmfn writes for the cluster of the table."""
    origin = Origin(ResourceRef("apps.cozystack.io/v1alpha1", "Kubernetes", "tenant-acme", "my-sandbox"))
    fence = Fence(origin, f"{REL}-egress", "tenant-acme", "Kubernetes/my-sandbox", REL, prune=False)
    postgres_main = ReachableService("Postgres", ("main",), (("TCP", 5432),))
    said = {"services": (postgres_main,), "closed_addresses": (f"{API_VIP}/32",), "cluster_wide": True, **changed}
    policy = egress_policy(fence, **said)
    return [resource for resource, _ in emit(Tenant("tenant-acme", egress=(policy,)))]


@LATER
@pytest.mark.parametrize("internet", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("platform", [True, False], ids=["with the platform's policies", "without"])
def test_what_krmfn_writes_leaves_exactly_the_declared(
    judge_cilium_1_20: CiliumJudge, later: list[Resource], *, platform: bool, internet: bool
) -> None:
    """As the policies by hand."""
    policies = [*(PLATFORM if platform else []), *written(internet=internet), *later]
    assert judge_cilium_1_20(policies, WORLD).of(WORKER) == exact(internet=internet)


def test_what_a_profile_opens_beside_it(judge_cilium_1_20: CiliumJudge) -> None:
    """Metrics to the ancestors' vminsert and the own ingress controller, on their ports."""
    policies = written(monitoring=("tenant-root",), ingress=("tenant-acme",))
    opened = {"ancestor's vminsert": Reach(ports(8480)), "own ingress": Reach(ports(80, 443))}
    assert judge_cilium_1_20([*PLATFORM, *policies], WORLD).of(WORKER) == exact(internet=True) | opened


def test_more_services_than_a_policy_has_rules(judge_cilium_1_20: CiliumJudge) -> None:
    """They become several policies, each valid and of its own priority, in which nothing is lost."""
    many = [ReachableService("Postgres", (f"db{i}",), (("TCP", 5000 + i),)) for i in range(60)]
    wide = ReachableService("Redis", ("cache",), tuple(("TCP", 7000 + i) for i in range(0, 100, 2)))
    policies = written(services=(*many, wide))
    more = pods("tenant-acme", {f"Postgres db{i}": postgres(f"db{i}") for i in range(60)})
    verdicts = judge_cilium_1_20([*PLATFORM, *policies], replace(WORLD, endpoints=WORLD.endpoints + more)).of(WORKER)
    expected = {f"Postgres db{i}": Reach(ports(5000 + i)) for i in range(60)}
    redis = {"Redis": Reach(ports(*range(7000, 7100, 2)))}
    assert verdicts == exact(internet=True) | {"Postgres main": NOTHING} | expected | redis
    assert [(one["metadata"]["name"], one["spec"].get("priority")) for one in policies] == [
        (f"{REL}-egress", None),
        (f"tenant-acme.{REL}-egress", 998),
        (f"tenant-acme.{REL}-egress-2", 999),
        (f"tenant-acme.{REL}-egress-3", 1000),
    ]
