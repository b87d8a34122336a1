"""The Cilium judge says what was found by hand, port by port (docs/decisions/030-shape-of-the-egress-policy.md)."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.judges.acme import API_VIP, APP, GROUPS, NS, REL, WORKER, WORLD, pods, postgres
from tests.judges.policies import (
    OPEN_TO_ALL,
    OPEN_TO_ALL_BY_KUBERNETES,
    PLATFORM,
    Resource,
    cnp,
    not_in,
    port,
    to_ports,
)
from tests.judges.verdicts import ALL_TYPES, EVERYTHING, NOTHING, CiliumJudge, Endpoint, Ranges, Reach, ports

Table = dict[str, Reach]

MY_WORKERS = {"kubevirt.io": "virt-launcher", "cluster.x-k8s.io/cluster-name": REL}
MY_CONTROL_PLANE = {"kamaji.clastix.io/name": REL}
KUBE_DNS = {NS: "kube-system", "k8s:k8s-app": "kube-dns"}


def all_but(protocol: str, *allowed: int) -> list[Resource]:
    """The complement of some ports, which is how a deny says "only these"."""
    gaps = [(low + 1, high - 1) for low, high in pairwise([0, *sorted(allowed), 65536]) if low + 1 < high]
    return [port(low, protocol, until=None if low == high else high) for low, high in gaps]


def final(*declared: str, internet: bool = True, vip: bool = True) -> Resource:
    """The policy of docs/decisions/030-shape-of-the-egress-policy.md, for the Postgres that are declared."""
    foreign = [not_in("kamaji.clastix.io/name", REL), not_in("cluster.x-k8s.io/cluster-name", REL)]
    group, kind, name = (f"{APP}{part}" for part in ("group", "kind", "name"))
    main = {
        "matchLabels": {group: "apps.cozystack.io", kind: "Postgres"},
        "matchExpressions": [{"key": name, "operator": "In", "values": list(declared)}],
    }
    own_namespace: list[Resource] = [{"matchExpressions": foreign}]
    if declared:
        own_namespace = [
            {"matchExpressions": [not_in(kind, "Postgres"), *foreign]},
            {"matchExpressions": [not_in(group, "apps.cozystack.io"), *foreign]},
            {"matchLabels": {kind: "Postgres"}, "matchExpressions": [not_in(name, *declared), *foreign]},
        ]
    own_namespace.append(
        {
            "matchLabels": {"cluster.x-k8s.io/cluster-name": REL},
            "matchExpressions": [not_in("kubevirt.io", "virt-launcher"), not_in("kamaji.clastix.io/name", REL)],
        }
    )
    none_of_udp_and_sctp = [port(0, "UDP"), port(0, "SCTP")]
    carved_out = [{"matchLabels": MY_CONTROL_PLANE}, {"matchLabels": KUBE_DNS}, *([main] if declared else [])]
    return cnp(
        "kubernetes-my-sandbox",
        to=MY_WORKERS,
        egress=[
            {"toEndpoints": carved_out[:1], "toPorts": to_ports(port(6443), port(8132), port(50001))},
            {"toEndpoints": [{"matchLabels": MY_WORKERS}]},
            {"toEndpoints": [{"matchLabels": KUBE_DNS}], "toPorts": to_ports(port(53, "UDP"), port(53))},
            *([{"toEntities": ["world"]}] if internet else []),
            *([{"toEndpoints": [main], "toPorts": to_ports(port(5432))}] if declared else []),
        ],
        egressDeny=[
            {"toEndpoints": own_namespace},
            {
                "toEndpoints": [
                    {
                        "matchExpressions": [
                            {"key": NS, "operator": "Exists"},
                            not_in(NS, "kube-system", "tenant-acme"),
                        ]
                    },
                    {"matchLabels": {NS: "kube-system"}, "matchExpressions": [not_in("k8s:k8s-app", "kube-dns")]},
                ]
            },
            {
                "toEntities": [
                    *("health", "host", "ingress", "init", "kube-apiserver", "remote-node", "unmanaged"),
                    *([] if internet else ["world"]),
                ]
            },
            *([{"toCIDR": [f"{API_VIP}/32"]}] if vip else []),
            *(
                [{"toEndpoints": [main], "toPorts": to_ports(*all_but("TCP", 5432), *none_of_udp_and_sctp)}]
                if declared
                else []
            ),
            {
                "toEndpoints": carved_out[:1],
                "toPorts": to_ports(*all_but("TCP", 6443, 8132, 50001), *none_of_udp_and_sctp),
            },
            {
                "toEndpoints": [{"matchLabels": KUBE_DNS}],
                "toPorts": to_ports(*all_but("TCP", 53), *all_but("UDP", 53), port(0, "SCTP")),
            },
            {"toEndpoints": carved_out, "icmps": [{"fields": [{"family": "IPv4", "type": 8}]}]},
        ],
    )


def told(groups: Mapping[str, Reach]) -> Table:
    """What a table by groups says of each endpoint; a group that it does not name is out of reach."""
    assert groups.keys() <= GROUPS.keys()
    return {one.name: groups.get(group, NOTHING) for group, members in GROUPS.items() for one in members}


TODAY = dict.fromkeys(
    GROUPS.keys() - {"sibling tenant and system pods", "nodes", "reserved"},
    EVERYTHING,
)
OLD_FORMULA = dict.fromkeys(
    TODAY.keys() - {"others in the own namespace", "descendant", "API server on no node"},
    EVERYTHING,
)


def narrowed(tcp: Ranges, udp: Ranges = (), *, ping: bool = False) -> Reach:
    """What is left of a carved-out pod: its ports and, where the platform allows the pod, all of ICMP but the echo."""
    return Reach(tcp, udp, icmp=ports((0, 7), (9, 255)) if ping else (), icmpv6=ALL_TYPES if ping else ())


def final_table(*, platform: bool, internet: bool) -> Table:
    return told(
        {
            "own control plane": narrowed(ports(6443, 8132, 50001), ping=platform),
            "sibling and KubernetesNodes workers": EVERYTHING,
            "kube-dns": narrowed(ports(53), ports(53), ping=platform),
            "Postgres main": narrowed(ports(5432), ping=platform),
            **({"internet": EVERYTHING} if internet else {}),
        }
    )


def test_today_a_worker_reaches_all_but_other_tenants_and_nodes(judge_cilium: CiliumJudge) -> None:
    """The platform's policies alone leave open every port of ancestors' services, the API VIP and the descendants."""
    assert judge_cilium(PLATFORM, WORLD).of(WORKER) == told(TODAY)


def test_today_receivers_filter_nothing(judge_cilium: CiliumJudge) -> None:
    """Each pod takes everything from a worker, the ancestor's etcd too: only the sender's egress separates tenants."""
    received = judge_cilium(PLATFORM, WORLD).received
    starting = {(WORKER, "pod that is starting"): NOTHING}
    assert received == dict.fromkeys(received, EVERYTHING) | starting


def test_the_first_formula_leaves_the_management_of_the_cluster_and_the_platform_open(
    judge_cilium: CiliumJudge,
) -> None:
    """Denying by kind and name in the own namespace and its descendants' is not enough: the policy's first version."""
    kind, name = f"{APP}kind", f"{APP}name"
    old = cnp(
        "old",
        to=MY_WORKERS,
        egressDeny=[
            {
                "toEndpoints": [
                    {"matchExpressions": [not_in(kind, "Kubernetes", "Postgres")]},
                    {"matchLabels": {kind: "Kubernetes"}, "matchExpressions": [not_in(name, "my-sandbox")]},
                    {"matchLabels": {kind: "Postgres"}, "matchExpressions": [not_in(name, "main")]},
                ]
            },
            {
                "toEndpoints": [
                    {
                        "matchLabels": {"k8s:io.cilium.k8s.namespace.labels.tenant.cozystack.io/tenant-acme": ""},
                        "matchExpressions": [not_in(NS, "tenant-acme")],
                    }
                ]
            },
            {"toEntities": ["kube-apiserver"]},
        ],
    )
    cut_off = {"own control plane without lineage": NOTHING}
    assert judge_cilium([*PLATFORM, old], WORLD).of(WORKER) == told(OLD_FORMULA) | cut_off


@pytest.mark.parametrize("internet", [True, False], ids=["open", "closed"])
@pytest.mark.parametrize("platform", [True, False], ids=["with the platform's policies", "without"])
def test_the_final_policy_leaves_exactly_the_declared(
    judge_cilium: CiliumJudge, *, platform: bool, internet: bool
) -> None:
    """Every port, protocol and ICMP type of every peer, with and without the platform's policies and the internet."""
    policies = [*(PLATFORM if platform else []), final("main", internet=internet)]
    assert judge_cilium(policies, WORLD).of(WORKER) == final_table(platform=platform, internet=internet)


def test_without_anything_declared_the_final_policy_leaves_no_service(judge_cilium: CiliumJudge) -> None:
    """The form of the own namespace's deny that has no kind to except."""
    expected = final_table(platform=True, internet=True) | {"Postgres main": NOTHING}
    assert judge_cilium([*PLATFORM, final()], WORLD).of(WORKER) == expected


def test_a_service_is_judged_as_the_pod_and_the_port_behind_it(judge_cilium: CiliumJudge) -> None:
    """A Service that maps 80 to 5432 is open, one that maps 5432 to 8000 is not, nor the metrics on 9187."""
    tcp = judge_cilium([*PLATFORM, final("main")], WORLD)[WORKER, "Postgres main"].tcp
    assert tcp == ports(5432)


def test_without_its_address_the_api_vip_is_the_internet(judge_cilium: CiliumJudge) -> None:
    """Denying the entity kube-apiserver closes API servers on nodes and off them, not a VIP before them."""
    verdicts = judge_cilium([*PLATFORM, final("main", vip=False)], WORLD)
    assert verdicts[WORKER, "API VIP"] == EVERYTHING
    assert verdicts[WORKER, "API server on no node"] == NOTHING


@pytest.mark.parametrize("later", [OPEN_TO_ALL, OPEN_TO_ALL_BY_KUBERNETES], ids=["Cilium", "Kubernetes"])
def test_a_deny_beats_every_later_allow(judge_cilium: CiliumJudge, later: Resource) -> None:
    """A policy that allows all opens nothing that the final policy closes, nodes and API servers included."""
    verdicts = judge_cilium([*PLATFORM, final("main", internet=False), later], WORLD)
    assert verdicts.of(WORKER) == final_table(platform=True, internet=False)


def test_the_platforms_label_for_the_api_server_opens_nothing(judge_cilium: CiliumJudge) -> None:
    """It opens port 6443 of every node and of other tenants' pods; the final policy denies them all the same."""
    labelled = tuple(
        replace(one, labels={**one.labels, "policy.cozystack.io/allow-to-apiserver": "true"})
        if one.name == WORKER
        else one
        for one in WORLD.endpoints
    )
    world = replace(WORLD, endpoints=labelled)
    today = judge_cilium(PLATFORM, world)
    assert today[WORKER, "node with an API server"] == EVERYTHING
    for name in ("own node", "other node", "sibling tenant's Postgres main", "other pod of kube-system"):
        assert today[WORKER, name] == Reach(tcp=ports(6443)), name
    verdicts = judge_cilium([*PLATFORM, final("main")], world)
    assert verdicts.of(WORKER) == final_table(platform=True, internet=True)


def test_intervals_say_the_same_as_every_port(judge_cilium: CiliumJudge) -> None:
    """The judge looks up one port in each interval on which the engine's own map is constant: no verdict is lost."""
    odd = cnp("odd", egressDeny=[{"toPorts": to_ports(port(1000, until=1337), port(7, "UDP"), port(65535, "SCTP"))}])
    policies = [*PLATFORM, final("main"), odd]
    assert judge_cilium(policies, WORLD) == judge_cilium(policies, WORLD, exhaustive=True)


PLATFORMS_OWN = {"1.19": 1, "1.20": 0}
"""What the platform's fromEntities cost for each who is meant: one entry, and from 1.20 on one for all of them."""


def entries(judge: CiliumJudge, policies: list[Resource], more: tuple[Endpoint, ...]) -> int:
    return judge(policies, replace(WORLD, endpoints=WORLD.endpoints + more, peers=(WORKER,))).entries[WORKER]


@pytest.mark.parametrize(("narrow", "denied"), [(True, 30), (False, 0)], ids=["its port", "all its ports"])
def test_a_declared_pod_costs_entries(judge_cilium: CiliumJudge, *, narrow: bool, denied: int) -> None:
    """The complement of one port costs 30 entries for each pod that differs from the others in a label."""
    each = denied + PLATFORMS_OWN[judge_cilium.version] + 2
    policy = final("main")
    if not narrow:
        allows, denies = policy["spec"]["egress"], policy["spec"]["egressDeny"]
        del allows[-1]["toPorts"]
        denies.remove(
            next(rule for rule in denies if "toPorts" in rule and rule["toEndpoints"] == allows[-1]["toEndpoints"])
        )
    instances = pods("tenant-acme", {f"main-{i}": postgres("main", instance=str(i)) for i in range(10)})
    alike = pods("tenant-acme", {f"twin-{i}": instances[0].labels for i in range(10)})
    none, ten, twenty = (
        entries(judge_cilium, [*PLATFORM, policy], more) for more in ((), instances, instances + alike)
    )
    assert (ten - none, twenty - ten) == (10 * each, 0)


@pytest.mark.parametrize("platform", [True, False], ids=["with the platform's policies", "without"])
def test_every_pod_of_the_management_cluster_costs_entries(judge_cilium: CiliumJudge, *, platform: bool) -> None:
    """The deny of every other namespace is one entry an identity, the platform's fromEntities: cluster is another."""
    policies = [*(PLATFORM if platform else []), final("main")]
    each = 1 + (PLATFORMS_OWN[judge_cilium.version] if platform else 0)
    more = pods("tenant-other", {f"pod-{i}": {"instance": str(i)} for i in range(10)})
    assert entries(judge_cilium, policies, more) - entries(judge_cilium, policies, ()) == 10 * each


def test_a_prefix_that_a_policy_names_costs_entries(judge_cilium: CiliumJudge) -> None:
    """Each named prefix is an identity, whoever is there: its deny, and the platform's ingress from the world."""
    nobody_there = replace(WORLD, endpoints=tuple(one for one in WORLD.endpoints if one.name != "API VIP"))
    without, with_it = (
        judge_cilium([*PLATFORM, final("main", vip=vip)], nobody_there).entries[WORKER] for vip in (False, True)
    )
    assert with_it - without == 1 + PLATFORMS_OWN[judge_cilium.version]
