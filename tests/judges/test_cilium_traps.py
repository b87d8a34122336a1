"""What Cilium makes of policies that look right, and what the judge refuses to judge.

docs/decisions/031-traps-in-cilium-policies.md is the table of them.
"""

from dataclasses import replace
from typing import Any, Literal

import pytest

from tests.judges.acme import APP, NS, REL, WORKER, app, pods, postgres, vm
from tests.judges.policies import (
    OPEN_TO_ALL,
    OPEN_TO_ALL_BY_KUBERNETES,
    Resource,
    ccnp,
    cnp,
    not_in,
    port,
    to_ports,
)
from tests.judges.verdicts import (
    ALL_TYPES,
    EVERYTHING,
    NOTHING,
    CiliumJudge,
    Endpoint,
    ImpossibleWorldError,
    PolicyRefusedError,
    Reach,
    World,
    asking,
    ports,
)
from tests.tools.programs import program

TRAPS = World(
    {"tenant-acme": {"team": "red"}, "tenant-red": {"team": "red"}, "tenant-blue": {"team": "blue"}},
    (
        *pods(
            "tenant-acme",
            {
                WORKER: vm(REL),
                "main": postgres("main"),
                "plain": {"app": "web"},
                "main of others": app("Kafka", "main"),
            },
        ),
        *pods("tenant-red", {"red": {"app": "web"}}),
        *pods("tenant-blue", {"blue": {"app": "web"}}),
        Endpoint("own node", "host", ip="192.0.2.1"),
        Endpoint("other node", "remote-node", ip="192.0.2.2"),
        Endpoint("outside", "cidr", ip="198.51.100.1"),
        Endpoint("documentation", "cidr", ip="203.0.113.9"),
    ),
    (WORKER,),
)
EVERYBODY = [one.name for one in TRAPS.endpoints]


def denying(*rules: Resource, **spec: Any) -> Resource:
    return cnp("denying", to={"kubevirt.io": "virt-launcher"}, egressDeny=list(rules), **spec)


def denied(judge: CiliumJudge, rule: Resource, world: World = TRAPS) -> set[str]:
    """Who is out of reach of a worker that may reach all but what one rule denies; the others are wholly in reach."""
    verdicts = judge([OPEN_TO_ALL, denying(rule)], world).of(WORKER)
    assert set(verdicts.values()) <= {EVERYTHING, NOTHING}
    return {peer for peer, reach in verdicts.items() if reach == NOTHING}


def test_notin_matches_who_lacks_the_key(judge_cilium: CiliumJudge) -> None:
    """A deny of all kinds but one takes the pods that have no kind."""
    rule = {"toEndpoints": [{"matchExpressions": [not_in(f"{APP}kind", "Postgres", "Kubernetes")]}]}
    assert denied(judge_cilium, rule) == {"plain", "main of others"}


def test_a_selector_without_a_namespace_is_of_the_policys_own(judge_cilium: CiliumJudge) -> None:
    """A selector of a CiliumNetworkPolicy that names no namespace means its own."""
    rule = {"toEndpoints": [{"matchLabels": {"app": "web"}}]}
    assert denied(judge_cilium, rule) == {"plain"}


def test_a_selector_with_a_label_of_namespaces_is_of_all_that_have_it(judge_cilium: CiliumJudge) -> None:
    """A selector with a label of namespaces means every namespace that has it, the policy's own included."""
    rule = {"toEndpoints": [{"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.team": "red", "app": "web"}}]}
    assert denied(judge_cilium, rule) == {"plain", "red"}


@pytest.mark.parametrize(
    ("any_cluster", "exists", "expected"),
    [
        (False, False, {"red", "blue"}),
        (False, True, {"red", "blue"}),
        (True, False, {"red", "blue", "own node", "other node", "outside", "documentation"}),
        (True, True, {"red", "blue"}),
    ],
)
def test_other_namespaces_need_exists(
    judge_cilium: CiliumJudge, *, any_cluster: bool, exists: bool, expected: set[str]
) -> None:
    """Where selectors are not bound to the own cluster, NotIn alone takes the internet and the nodes as well.

    From 1.20 on also the pods of the namespaces that it lists: it takes the identity that stands for the whole cluster.
    """
    if judge_cilium.version == "1.20" and any_cluster and not exists:
        expected = set(EVERYBODY)
    expressions = [not_in(NS, "tenant-acme"), *([{"key": NS, "operator": "Exists"}] if exists else [])]
    rule = {"toEndpoints": [{"matchExpressions": expressions}]}
    assert denied(judge_cilium, rule, replace(TRAPS, any_cluster=any_cluster)) == expected


@pytest.mark.parametrize("entity", ["cluster", "all"])
def test_a_deny_of_the_entity_cluster_takes_every_pod(judge_cilium: CiliumJudge, entity: str) -> None:
    """No allow can carve anything out of it: the own control plane, siblings and DNS are gone."""
    outside = {"outside", "documentation"} if entity == "cluster" else set()
    assert denied(judge_cilium, {"toEntities": [entity]}) == set(EVERYBODY) - outside


def test_a_cidr_never_means_a_pod_or_a_node(judge_cilium: CiliumJudge) -> None:
    """A deny of their addresses has no effect on them."""
    world = replace(TRAPS, endpoints=tuple(replace(one, ip=one.ip or "10.244.0.7") for one in TRAPS.endpoints))
    assert denied(judge_cilium, {"toCIDR": ["10.244.0.0/16", "192.0.2.0/24"]}, world) == set()


def test_a_cidr_of_everything_but_one_closes_the_internet_only(judge_cilium: CiliumJudge) -> None:
    """0.0.0.0/0 with an exception closes the world but that, and neither pods nor nodes."""
    rule = {"toCIDRSet": [{"cidr": "0.0.0.0/0", "except": ["203.0.113.0/24"]}]}
    assert denied(judge_cilium, rule) == {"outside"}


def test_the_longest_prefix_that_a_policy_names_is_who_is_outside(judge_cilium: CiliumJudge) -> None:
    """An address has one identity, by its longest prefix; a shorter one selects it too, an exception leaves it out."""
    rule = {"toCIDRSet": [{"cidr": "203.0.113.0/24", "except": ["203.0.113.8/31"]}]}
    assert denied(judge_cilium, rule) == set()
    assert denied(judge_cilium, {"toCIDR": ["203.0.0.0/16", "203.0.112.0/23", "10.0.0.0/8"]}) == {"documentation"}


@pytest.mark.parametrize("kind", ["host-kube-apiserver", "kube-apiserver-node", "kube-apiserver"])
def test_an_api_server_is_one_wherever_it_runs(
    judge_cilium: CiliumJudge, kind: Literal["host-kube-apiserver", "kube-apiserver-node", "kube-apiserver"]
) -> None:
    """The entity kube-apiserver selects it on the own node, on another and on none; only the last is of the world."""
    others = tuple(one for one in TRAPS.endpoints if one.kind != "host")
    world = replace(TRAPS, endpoints=(*others, Endpoint("API", kind, ip="198.51.100.7")))
    assert denied(judge_cilium, {"toEntities": ["kube-apiserver"]}, world) == {"API"}
    of_the_world = {"outside", "documentation"} | ({"API"} if kind == "kube-apiserver" else set())
    assert denied(judge_cilium, {"toEntities": ["world"]}, world) == of_the_world
    by_address = denied(judge_cilium, {"toCIDR": ["198.51.100.7/32"]}, world)
    assert by_address == ({"API"} if kind == "kube-apiserver" else set())


SERVICE = {"toServices": [{"k8sService": {"serviceName": "main", "namespace": "tenant-acme"}}]}


def test_a_deny_of_a_service_denies_nothing(judge_cilium: CiliumJudge) -> None:
    """Its toServices has no effect."""
    assert denied(judge_cilium, SERVICE) == set()


@pytest.mark.parametrize("peers", [SERVICE, {}], ids=["a service", "nobody"])
def test_a_deny_of_ports_without_peers_is_for_everyone(judge_cilium: CiliumJudge, peers: Resource) -> None:
    """Ports with no peers, or with peers that have no effect, are denied to the whole world."""
    verdicts = judge_cilium([OPEN_TO_ALL, denying({**peers, "toPorts": to_ports(port(5432))})], TRAPS)
    assert verdicts.of(WORKER) == dict.fromkeys(EVERYBODY, EVERYTHING._replace(tcp=ports((1, 5431), (5433, 65535))))


@pytest.mark.parametrize("rule", [{}, {"toEndpoints": []}], ids=["an empty rule", "an empty list"])
def test_a_deny_of_an_empty_list_denies_nothing(judge_cilium: CiliumJudge, rule: Resource) -> None:
    """It is accepted and has no effect: never emit one."""
    assert denied(judge_cilium, rule) == set()


@pytest.mark.parametrize(
    ("rule", "reach"),
    [
        (port(0), EVERYTHING._replace(tcp=())),
        (port(0, "ANY"), EVERYTHING._replace(tcp=(), udp=(), sctp=())),
        (port(0, until=99), EVERYTHING._replace(tcp=ports((100, 65535)))),
        (port(1, until=65535), EVERYTHING._replace(tcp=())),
        (port(80, "UDP"), EVERYTHING._replace(udp=ports((1, 79), (81, 65535)))),
    ],
)
def test_port_zero_is_every_port_of_the_protocol(judge_cilium: CiliumJudge, rule: Resource, reach: Reach) -> None:
    """Port 0 alone is all of the protocol; with endPort, Cilium 1.19 reads a range and 1.20 all ports."""
    if judge_cilium.version == "1.20" and "endPort" in rule and rule["port"] == "0":
        reach = EVERYTHING._replace(tcp=())
    peers = {"toEndpoints": [{"matchLabels": {"app": "web"}}]}
    verdicts = judge_cilium([OPEN_TO_ALL, denying({**peers, "toPorts": to_ports(rule)})], TRAPS)
    assert verdicts[WORKER, "plain"] == reach


def test_icmp_is_denied_by_type_or_with_the_whole_peer(judge_cilium: CiliumJudge) -> None:
    """A deny of all ports leaves ICMP open; one of a type closes that type."""
    to_plain: Resource = {"toEndpoints": [{"matchLabels": {"app": "web"}}]}
    every_port = to_plain | {"toPorts": to_ports(port(0, "ANY"))}
    assert judge_cilium([OPEN_TO_ALL, denying(every_port)], TRAPS)[WORKER, "plain"] == Reach(
        icmp=ALL_TYPES, icmpv6=ALL_TYPES
    )
    echo = to_plain | {"icmps": [{"fields": [{"family": "IPv4", "type": 8}]}]}
    assert judge_cilium([OPEN_TO_ALL, denying(every_port, echo)], TRAPS)[WORKER, "plain"] == Reach(
        icmp=ports((0, 7), (9, 255)), icmpv6=ALL_TYPES
    )
    assert "plain" in denied(judge_cilium, to_plain)


@pytest.mark.parametrize("zero", [0, "EchoReply"])
def test_type_zero_is_every_type_of_its_family(judge_cilium: CiliumJudge, zero: int | str) -> None:
    """As port 0 is every port: a deny of the echo reply closes all of ICMP, and an allow of it opens all."""
    rule = {"toEndpoints": [{"matchLabels": {"app": "web"}}], "icmps": [{"fields": [{"family": "IPv4", "type": zero}]}]}
    assert judge_cilium([OPEN_TO_ALL, denying(rule)], TRAPS)[WORKER, "plain"] == EVERYTHING._replace(icmp=())
    assert judge_cilium([cnp("allowing", egress=[rule])], TRAPS)[WORKER, "plain"] == Reach(icmp=ALL_TYPES)


def test_a_policy_that_only_denies_closes_everything(judge_cilium: CiliumJudge) -> None:
    """Without any allow nothing works, unless the policy says that it is no default deny."""
    rule = {"toEndpoints": [{"matchLabels": {"app": "web"}}]}
    assert set(judge_cilium([denying(rule)], TRAPS).of(WORKER).values()) == {NOTHING}
    opened = judge_cilium([denying(rule, enableDefaultDeny={"egress": False})], TRAPS).of(WORKER)
    assert opened == dict.fromkeys(EVERYBODY, EVERYTHING) | {"plain": NOTHING}


def test_without_policies_everything_passes(judge_cilium: CiliumJudge) -> None:
    """Cilium's default enforcement: who no policy selects is free, and so is who only another namespace's selects."""
    stranger = cnp("deny", "tenant-red", egressDeny=[{"toEntities": ["all"]}])
    assert set(judge_cilium([], TRAPS).of(WORKER).values()) == {EVERYTHING}
    assert set(judge_cilium([stranger], TRAPS).of(WORKER).values()) == {EVERYTHING}


def test_a_receivers_ingress_is_told_apart(judge_cilium: CiliumJudge) -> None:
    """What the peer takes stands beside what the subject may send, by any of the three kinds of policies."""
    guard = cnp("guard", to={"app": "web"}, ingress=[{"fromEndpoints": [{}], "toPorts": to_ports(port(80))}])
    wide = ccnp("wide", to={NS: "tenant-red"}, ingressDeny=[{"fromEntities": ["all"]}])
    kubernetes = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "blue", "namespace": "tenant-blue"},
        "spec": {
            "podSelector": {},
            "ingress": [
                {
                    "from": [{"namespaceSelector": {"matchLabels": {"team": "red"}}}],
                    "ports": [{"port": 8080, "endPort": 8090, "protocol": "TCP"}],
                }
            ],
        },
    }
    verdicts = judge_cilium([guard, wide, kubernetes], TRAPS)
    assert set(verdicts.of(WORKER).values()) == {EVERYTHING}
    assert verdicts.received[WORKER, "plain"] == Reach(tcp=ports(80))
    assert verdicts.received[WORKER, "red"] == NOTHING
    assert verdicts.received[WORKER, "blue"] == Reach(tcp=ports((8080, 8090)))
    assert verdicts.received[WORKER, "main"] == EVERYTHING


def test_no_policy_guards_nodes_and_the_outside(judge_cilium: CiliumJudge) -> None:
    """Whoever is no pod takes everything, even where a policy's selector is empty and denies all."""
    policy = ccnp("deny", to={}, ingressDeny=[{"fromEntities": ["all"]}])
    received = judge_cilium([policy], TRAPS).received
    kinds = {one.name: one.kind for one in TRAPS.endpoints}
    assert received == {(WORKER, peer): NOTHING if kind == "pod" else EVERYTHING for peer, kind in kinds.items()}


def test_names_outside_open_what_they_resolve_to(judge_cilium: CiliumJudge) -> None:
    """A toFQDNs allows the address that has the name, and a rule on DNS counts as allowing DNS."""
    world = replace(
        TRAPS,
        endpoints=(
            *TRAPS.endpoints,
            Endpoint("postgres", "cidr", ip="10.96.0.7", names=("postgres-main-rw.tenant-acme.svc.cozy.local",)),
        ),
    )
    by_name = cnp(
        "by-name",
        egress=[
            {
                "toFQDNs": [{"matchName": "postgres-main-rw.tenant-acme.svc.cozy.local"}],
                "toPorts": to_ports(port(5432)),
            },
            {
                "toEndpoints": [{"matchLabels": {"app": "web"}}],
                "toPorts": [{"ports": [port(53, "UDP")], "rules": {"dns": [{"matchPattern": "*"}]}}],
            },
        ],
    )
    verdicts = judge_cilium([by_name], world)
    expected = {"postgres": Reach(tcp=ports(5432)), "plain": Reach(udp=ports(53))}
    assert {peer: reach for peer, reach in verdicts.of(WORKER).items() if reach != NOTHING} == expected


EVERY = {"toEntities": ["all"]}
REFUSED: list[tuple[str, Resource, str, str]] = [
    ("an empty NotIn", denying({"toEndpoints": [{"matchExpressions": [not_in(NS)]}]}), "rule", "values"),
    (
        "41 ports",
        denying({**EVERY, "toPorts": to_ports(*(port(number) for number in range(1, 42)))}),
        "rule",
        "too many ports, the max is 40",
    ),
    (
        "endpoints and entities in one rule",
        denying({**EVERY, "toEndpoints": [{}]}),
        "rule",
        "is not supported yet",
    ),
    ("names in a deny", denying({"toFQDNs": [{"matchName": "example.org"}]}), "schema", "unknown fields found"),
    (
        "an L7 rule in a deny",
        denying({**EVERY, "toPorts": [{"ports": [port(80)], "rules": {"http": [{}]}}]}),
        "schema",
        "unknown fields found",
    ),
    ("ICMP among ports", denying({**EVERY, "toPorts": to_ports(port(8, "ICMP"))}), "schema", "Unsupported value"),
    (
        "41 types of ICMP",
        denying({**EVERY, "icmps": [{"fields": [{"type": number} for number in range(41)]}]}),
        "schema",
        "must have at most 40 items",
    ),
    ("a misspelt field", denying({"toEndpoint": [{}]}), "schema", "unknown fields found"),
    (
        "a misspelt field in a selector",
        denying({"toEndpoints": [{"matchExpressions": [{"key": "a", "operator": "Exists", "value": "b"}]}]}),
        "schema",
        "spec.egressDeny[0].toEndpoints[0].matchExpressions[0].value",
    ),
    ("a port beyond the last", denying({**EVERY, "toPorts": to_ports(port(65536))}), "rule", "port"),
    ("a CIDR that is none", denying({"toCIDR": ["10.0.0.0/33"]}), "schema", "10.0.0.0/33"),
    (
        "a misspelt field of a NetworkPolicy",
        {**OPEN_TO_ALL_BY_KUBERNETES, "spec": {"podSelector": {}, "egres": []}},
        "schema",
        'unknown field "spec.egres"',
    ),
    ("a service in an allow", cnp("x", egress=[SERVICE]), "judge", "toServices"),
    ("a named port", cnp("x", egress=[{"toPorts": to_ports({"port": "http"})}]), "judge", "named port http"),
    ("nodes", cnp("x", egress=[{"toNodes": [{}]}]), "judge", "toNodes"),
    ("a group of CIDRs", cnp("x", egress=[{"toCIDRSet": [{"cidrGroupRef": "x"}]}]), "judge", "cidrGroupRef"),
    ("a kind of Cilium 1.20", {**OPEN_TO_ALL, "kind": "ClusterNetworkPolicy"}, "judge", "no network policy of Cilium"),
    ("no namespace", {**OPEN_TO_ALL, "metadata": {"name": "x"}}, "schema", "no namespace"),
]


@pytest.mark.parametrize(("policy", "by", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_policy_that_no_cluster_would_have_is_refused(
    judge_cilium: CiliumJudge, policy: Resource, by: str, message: str
) -> None:
    """Who refuses it and why is told, and there are no verdicts."""
    with pytest.raises(PolicyRefusedError) as caught:
        judge_cilium([policy], TRAPS)
    (refusal,) = caught.value.refusals
    assert refusal.by == by
    assert message in refusal.message
    assert policy["metadata"]["name"] in refusal.policy


def test_no_answer_depends_on_another_question(judge_cilium: CiliumJudge) -> None:
    """A program that was asked of other clusters first says the same as one that was not."""
    meshed = [cnp("x", egress=[{"toEndpoints": [{"matchExpressions": [not_in(NS, "tenant-acme")]}]}])]
    api = [cnp("x", egress=[{"toEntities": ["kube-apiserver", "cluster"]}])]
    others = tuple(one for one in TRAPS.endpoints if one.kind != "host")
    questions: dict[str, tuple[list[Resource], World]] = {
        "an ordinary one": (api, TRAPS),
        "another cluster": (api, replace(TRAPS, cluster="elsewhere")),
        "an API server on the own node": (
            api,
            replace(TRAPS, endpoints=(*others, Endpoint("API", "host-kube-apiserver"))),
        ),
        "selectors of any cluster": (meshed, replace(TRAPS, any_cluster=True)),
        "the same of the own": (meshed, TRAPS),
    }
    found = []
    for order in (list(questions), list(questions)[::-1]):
        with asking(program({"1.19": "cilium-judge", "1.20": "cilium-judge-1.20"}[judge_cilium.version])) as ask:
            judge = judge_cilium._replace(ask=ask)
            found.append({name: judge(*questions[name]) for name in order})
    assert found[0] == found[1]
    assert found[0]["selectors of any cluster"] != found[0]["the same of the own"]


def test_a_world_that_cannot_be_is_no_question(judge_cilium: CiliumJudge) -> None:
    """A typing error in a test must not become a verdict."""
    for broken, reason in (
        (replace(TRAPS, subjects=("nobody",)), "no endpoint is called"),
        (replace(TRAPS, subjects=("outside",)), "no pod"),
        (replace(TRAPS, peers=("nobody",)), "no endpoint is called"),
        (replace(TRAPS, namespaces={}), "unknown namespace"),
        (replace(TRAPS, endpoints=(*TRAPS.endpoints, TRAPS.endpoints[0])), "two endpoints are called"),
        (replace(TRAPS, endpoints=(*TRAPS.endpoints, Endpoint("x", "host-kube-apiserver"))), "own node either is"),
        (replace(TRAPS, cluster=""), "no name"),
    ):
        with pytest.raises(ImpossibleWorldError, match=reason):
            judge_cilium([OPEN_TO_ALL], broken)
    with pytest.raises(ImpossibleWorldError, match="is there twice"):
        judge_cilium([OPEN_TO_ALL, OPEN_TO_ALL], TRAPS)
    with pytest.raises(ImpossibleWorldError, match="a policy divides it"):
        judge_cilium(
            [denying({"toCIDR": ["203.0.113.9/32"]})],
            replace(TRAPS, endpoints=(*TRAPS.endpoints, Endpoint("net", "cidr", ip="203.0.113.0/24"))),
        )
