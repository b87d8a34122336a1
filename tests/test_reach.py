"""`krmfn reach`: who can talk to whom, by which rule, and which line would change it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.reach.world import world_of
from krmfn.reach.answers import on_all_ports, on_port
from krmfn.reach.endpoints import Endpoint, entity
from krmfn.reach.partynames import receiver, sender
from krmfn.reach.policies import Policies
from krmfn.reach.rules import ACCEPT, ADMIN, DENY, PASS, Policy, Rule, Selector
from krmfn.reach.selectors import EntitySelector, NameSelector, PodSelector, UnknownSelector
from krmfn.reach.spellings import split
from krmfn.reach.verdicts import ReachVerdict, at, either, everything
from tests.command_line import run_in
from tests.declarations import app, cluster, placed, plane
from tests.history import LAST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.command_line import Text
    from tests.history import History

ROOT = Path(__file__).parents[1]
CHART = "objectsChart: {chartRef: {kind: OCIRepository, name: objects, namespace: cozy-system}}"
KINDS = (
    "kinds: [{kind: N8n, prefix: n8n-, chartRef: {kind: OCIRepository, name: n8n, namespace: cozy-public}}, "
    "{kind: Gadget, prefix: gadget-, chartRef: {kind: OCIRepository, name: gadget, namespace: cozy-public}}]"
)
DEFAULTS = f"{{{CHART}, {KINDS}, network: {{apiServerAddresses: [203.0.113.10]}}}}"
TO_MAIN = "  connections:\n  - to: {kind: Postgres, name: main}\n"
FILES = {
    "plane.yaml": plane(DEFAULTS),
    "box.yaml": cluster("box", spec="{isolationProfile: sandbox}"),
    "open.yaml": cluster("open"),
    "apps.yaml": "---\n".join(
        (
            app("Postgres", "main", "{users: {flows: {}}}"),
            app("Postgres", "other"),
            app("Gadget", "odd"),
            app("N8n", "flows"),
            app("N8n", "free"),
        )
    ),
    "flows.yaml": placed("N8n", "flows", "box", TO_MAIN),
    "free.yaml": placed("N8n", "free", "open"),
}
"""A sandbox and an open cluster, an app on each, two databases, and an app of a kind that is not shipped."""


@cache
def schema() -> Draft202012Validator:
    found = json.loads((ROOT / "docs/reach.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def write(folder: Path, files: Mapping[str, str | None]) -> Path:
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    return write(tmp_path, FILES)


def ask(folder: Path, *question: str) -> Text:
    return run_in(folder, "reach", *question)


def told(folder: Path, *question: str) -> Any:
    """The answer as JSON, which fits its schema."""
    answer = ask(folder, *question, "--output", "json")
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    schema().validate(document)
    return document


VERDICTS = {
    # A sandbox's nodes reach what its apps declare, what every cluster needs, and the internet.
    ("Kubernetes/box", "Postgres/main:5432"): "allowed",
    ("Kubernetes/box", "Postgres/main:5432/UDP"): "denied",
    ("Kubernetes/box", "Postgres/main:8000"): "denied",
    ("Kubernetes/box", "Postgres/other:5432"): "denied",
    ("Kubernetes/box", "Gadget/odd:80"): "denied",
    ("Kubernetes/box", "KamajiControlPlane/kubernetes-box:6443"): "allowed",
    ("Kubernetes/box", "Kubernetes/box"): "allowed",
    ("Kubernetes/box", "Kubernetes/open"): "denied",
    ("Kubernetes/box", "dns:53/UDP"): "allowed",
    ("Kubernetes/box", "dns:9153"): "denied",
    ("Kubernetes/box", "world:443"): "allowed",
    ("Kubernetes/box", "host:10250"): "denied",
    ("Kubernetes/box", "kube-apiserver:6443"): "denied",
    ("Kubernetes/box", "203.0.113.10:6443"): "denied",
    ("Kubernetes/box", "203.0.113.11:6443"): "allowed",
    ("Kubernetes/box", "203.0.113.0/24:6443"): "unknown",
    ("Kubernetes/box", "169.254.169.254:80"): "denied",
    ("Kubernetes/box", "[2001:db8::1]:443"): "allowed",
    ("Kubernetes/box", "10.96.0.1:443"): "unknown",
    ("Kubernetes/box", "other-tenants"): "denied",
    ("Kubernetes/box", "child-tenants"): "denied",
    ("Kubernetes/box", "tenant-root/Etcd/etcd:2379"): "denied",
    ("Kubernetes/box", "Namespace/cozy-keycloak"): "denied",
    # An open cluster's reach what the platform leaves open.
    ("Kubernetes/open", "Postgres/other:8000"): "allowed",
    ("Kubernetes/open", "Gadget/odd"): "allowed",
    ("Kubernetes/open", "Kubernetes/box"): "allowed",
    ("Kubernetes/open", "tenant-root/Etcd/etcd:2379"): "allowed",
    ("Kubernetes/open", "tenant-root/Ingress/ingress:443"): "allowed",
    ("Kubernetes/open", "Namespace/cozy-keycloak"): "allowed",
    ("Kubernetes/open", "child-tenants"): "allowed",
    ("Kubernetes/open", "other-tenants"): "denied",
    ("Kubernetes/open", "host:10250"): "denied",
    ("Kubernetes/open", "169.254.169.254:80"): "allowed",
    # An app passes the policies inside its cluster, and then those around its nodes.
    ("N8n/flows", "Postgres/main:5432"): "allowed",
    ("N8n/flows", "Postgres/main:5433"): "denied",
    ("N8n/flows", "Postgres/other:5432"): "denied",
    ("N8n/flows", "dns:53"): "allowed",
    ("N8n/flows", "world:443"): "allowed",
    ("N8n/flows", "10.96.0.1:443"): "denied",
    ("N8n/flows", "kube-apiserver:6443"): "denied",
    ("N8n/flows", "host:10250"): "denied",
    ("N8n/flows", "N8n/free"): "denied",
    ("N8n/free", "Postgres/other:5432"): "allowed",
    ("N8n/free", "N8n/flows"): "unknown",
    # Nobody on the management cluster is held, but for what the platform itself closes.
    ("Postgres/main", "Postgres/other:5432"): "allowed",
    ("Postgres/main", "other-tenants:5432"): "denied",
    ("Postgres/main", "kube-apiserver:6443"): "unknown",
    ("world", "Postgres/main:5432"): "allowed",
    ("tenant-acme/Gadget/odd", "Postgres/main"): "allowed",
}


def test_verdicts(acme: Path) -> None:
    """Workers, pods inside, services, other tenants, the internet, API servers, nodes, DNS and addresses."""
    world = world_of(side(Question((acme,), None, (), Remembered()), Disk()))

    def verdict(source: str, target: str) -> str:
        start = sender(world, source)
        name, port = split(target)
        end = receiver(world, name, start.namespace)
        return (
            on_port(world, start, end, port.protocol, port.number) if port else on_all_ports(world, start, end)
        ).verdict

    assert {question: verdict(*question) for question in VERDICTS} == VERDICTS


def test_the_answer_for_a_person(acme: Path) -> None:
    """The verdict first, then each policy that decides, why, and the line that would change it."""
    assert ask(acme, "N8n/flows", "Postgres/main:5432").stdout.splitlines() == [
        "allowed: tenant-acme/N8n/flows (inside Kubernetes/box) -> Postgres/main on 5432/TCP",
        "  inside Kubernetes/box: CiliumNetworkPolicy n8n-flows/krmfn-connections egress[0]",
        "    the connection of N8n/flows to Postgres/main opens it",
        "    flows.yaml:8:5 Placement/flows spec.connections[0]",
        "  on the management cluster: CiliumNetworkPolicy tenant-acme/kubernetes-box-egress egress[4]",
        "    the connection to Postgres/main opens it",
        "    flows.yaml:8:5 Placement/flows spec.connections[0]",
        "  and 4 more (--output json has all)",
    ]


def test_one_answer_as_json(acme: Path) -> None:
    """The policy, its rule, and file and line of the declaration that would change it."""
    found = told(acme, "Kubernetes/box", "Postgres/other:5432")
    assert found == {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Reach",
        "namespace": "tenant-acme",
        "from": "Kubernetes/box",
        "to": "Postgres/other",
        "port": "5432",
        "protocol": "TCP",
        "verdict": "denied",
        "plane": "management",
        "because": [
            {
                "plane": "management",
                "policy": {
                    "apiVersion": "cilium.io/v2",
                    "kind": "CiliumNetworkPolicy",
                    "namespace": "tenant-acme",
                    "name": "kubernetes-box-egress",
                    "author": "krmfn",
                },
                "rule": "egressDeny[0]",
                "declaration": {
                    "apiVersion": "krmfn.dev/v1alpha1",
                    "kind": "Placement",
                    "namespace": "tenant-acme",
                    "name": "flows",
                    "field": "spec.connections",
                    "file": "flows.yaml",
                    "line": 7,
                },
                "says": "no placement on Kubernetes/box has a connection to Postgres/other; add one to its "
                "spec.connections",
            }
        ],
    }


def test_what_the_answer_says_changes_it(acme: Path) -> None:
    """The line that opens a connection, removed, closes it; the connection that is missing, added, opens it."""
    opens = told(acme, "N8n/flows", "Postgres/main:5432")["because"][0]["declaration"]
    assert (opens["file"], opens["field"], opens["line"]) == ("flows.yaml", "spec.connections[0]", 8)
    lines = FILES["flows.yaml"].splitlines(keepends=True)
    write(acme, {"flows.yaml": "".join(lines[:6])})
    denied = told(acme, "N8n/flows", "Postgres/main:5432")
    assert denied["verdict"] == "denied"
    adds = denied["because"][0]["declaration"]
    assert (adds["kind"], adds["name"], adds["field"]) == ("Placement", "flows", "spec.connections")
    write(acme, {"flows.yaml": FILES["flows.yaml"]})
    assert told(acme, "N8n/flows", "Postgres/main:5432")["verdict"] == "allowed"
    profile = told(acme, "Kubernetes/open", "Postgres/other:5432")["because"][0]["declaration"]
    assert (profile["name"], profile["field"]) == ("open", "spec.isolationProfile")
    write(acme, {"open.yaml": cluster("open", spec="{isolationProfile: sandbox}")})
    assert told(acme, "Kubernetes/open", "Postgres/other:5432")["verdict"] == "denied"


def test_without_a_port_all_ports_are_told(acme: Path) -> None:
    """The verdict is the best of any port, and the ports that are not denied are listed."""
    found = told(acme, "Kubernetes/box", "KamajiControlPlane/kubernetes-box")
    assert (found["verdict"], found["port"], found["protocol"]) == ("allowed", "*", "*")
    assert [(each["port"], each["protocol"], each["verdict"]) for each in found["ports"]] == [
        ("6443", "TCP", "allowed"),
        ("8132", "TCP", "allowed"),
        ("50001", "TCP", "allowed"),
    ]
    first, *_ = ask(acme, "Kubernetes/box", "dns").stdout.splitlines()
    assert first == "allowed: tenant-acme/Kubernetes/box -> dns on 53/TCP, 53/UDP; denied on every other port"


def test_without_to_everybody_is_told(acme: Path) -> None:
    """A list of answers: each of the tenant's own, the platform, and other tenants; no pair is left out."""
    found = told(acme, "Kubernetes/box")
    assert {each["kind"] for each in found} == {"Reach"}
    reached = {each["to"]: each["verdict"] for each in found}
    assert {"Postgres/main", "Postgres/other", "Gadget/odd", "N8n/flows", "world", "dns", "kube-apiserver"} < set(
        reached
    )
    assert {"host", "child-tenants", "other-tenants", "tenant-root/Etcd/etcd"} < set(reached)
    assert reached["Postgres/other"] == "denied"
    lines = ask(acme, "Kubernetes/box").stdout.splitlines()
    assert lines[0] == "tenant-acme/Kubernetes/box ->"
    assert [line.split() for line in lines if " Postgres/main " in line] == [
        ["allowed", "Postgres/main", "5432/TCP", "flows.yaml:8:5"]
    ]
    assert lines[-1].startswith("  denied   Kubernetes/open, ")
    assert "Postgres/other" in lines[-1]


def test_without_from_everybody_asks(acme: Path) -> None:
    """All pairs; and with `any`, everybody who reaches one."""
    pairs = told(acme)
    senders = {each["from"] for each in pairs}
    assert senders == {
        "Kubernetes/box",
        "Kubernetes/open",
        "Postgres/main",
        "Postgres/other",
        "Gadget/odd",
        "N8n/flows",
        "N8n/free",
    }
    assert {each["verdict"] for each in pairs} == {"allowed", "denied", "unknown"}
    reaching = {each["from"]: each["verdict"] for each in told(acme, "any", "Postgres/other:5432")}
    assert {name for name, verdict in reaching.items() if verdict == "denied"} == {"Kubernetes/box", "N8n/flows"}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (("Postgres/mian",), 'there is no "Postgres/mian" here; the nearest are Postgres/main'),
        (("k8ss/box", "world"), 'there is no "k8ss/box" here'),
        (("Kubernetes/box", "tenant-acme/Postgres/mian"), "the nearest are tenant-acme/Postgres/main"),
        (("Kubernetes/box", "nobody"), "write Kind/name, namespace/Kind/name, an address"),
        (("Kubernetes/box", "pypi.org:443"), "krmfn looks no names up: ask for its address, or for world"),
        (("Kubernetes/box", "wrld"), "the nearest is world"),
        (("Kubernetes/box", "10.0.0.300"), 'there is no "10.0.0.300" here'),
        (("Kubernetes/box", "Namespace/tenant-nobody"), 'there is no "Namespace/tenant-nobody" here'),
        (("Kubernetes/box", "Tenant/dev"), "nothing of kind Tenant runs as a pod"),
        (("Kubernetes/box", "Postgres/main:0"), '"0" is not a port'),
        (("Kubernetes/box", "Postgres/main:65536"), '"65536" is not a port'),
        (
            ("Kubernetes/box", "Postgres/main:https"),
            '"https" is no port of Postgres/main; it has the ports postgres (5432',
        ),
        (("Kubernetes/box", "world:https"), "it has no port that krmfn knows by name; write its number"),
        (("Kubernetes/box", "Postgres/main:53/ICMP"), '"53/ICMP" is not a port'),
        (("Kubernetes/box", "Postgres/main", "--to", "HEAD"), "--to needs --from"),
        (("--path", "nowhere"), "nowhere does not exist"),
    ],
)
def test_what_is_not_there(acme: Path, question: tuple[str, ...], says: str) -> None:
    """The nearest names that are there, or how a name is written; exit 2, and nothing on stdout."""
    answer = ask(acme, *question)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert says in answer.stderr


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        (("n8n/flows", "postgres/main:5432"), ("N8n/flows", "Postgres/main")),
        (("flows", "main:postgres"), ("N8n/flows", "Postgres/main")),
        (("tenant-acme/kuberneteses/BOX", "postgreses.apps.cozystack.io/main"), ("Kubernetes/box", "Postgres/main")),
        (("flows", "postgres-main-rw.tenant-acme.svc.cozy.local:5432"), ("N8n/flows", "Postgres/main")),
        (("flows", "postgresql://flows@postgres-main-rw.tenant-acme.svc:5432/db"), ("N8n/flows", "Postgres/main")),
        (("flows", "https://203.0.113.9/x"), ("N8n/flows", "203.0.113.9")),
        (("flows", "Internet"), ("N8n/flows", "world")),
        (("flows", "coredns:53/UDP"), ("N8n/flows", "dns")),
        (("-n", "tenant-acme", "flows", "main"), ("N8n/flows", "Postgres/main")),
        (("tenant-acme/flows", "tenant-acme/main"), ("N8n/flows", "Postgres/main")),
    ],
)
def test_what_people_type(acme: Path, question: tuple[str, ...], pair: tuple[str, str]) -> None:
    """Any case, plurals, names alone, names of Services and of their ports, addresses of the web, kubectl's -n."""
    found = told(acme, *question)
    assert (found["from"], found["to"]) == pair


def test_any_asks_for_the_one_that_is_there(tmp_path: Path) -> None:
    """Everybody of a fleet is asked about the one party that has the name, though most tenants have none of it."""
    files = {"acme.yaml": app("Postgres", "main"), "blue.yaml": app("Redis", "queue", namespace="tenant-blue")}
    write(tmp_path, files)
    assert [each["from"] for each in told(tmp_path, "any", "Redis/queue")] == ["Postgres/main"]
    assert told(tmp_path, "-n", "tenant-blue", "any", "Redis/queue") == []


def test_a_name_in_two_namespaces_needs_one(tmp_path: Path) -> None:
    """FROM that two tenants have is refused with both; TO without a namespace is the sender's own."""
    for tenant in ("acme", "blue"):
        folder = tmp_path / tenant
        folder.mkdir()
        namespace = f"tenant-{tenant}"
        write(folder, {"plane.yaml": plane("{}", namespace), "main.yaml": app("Postgres", "main", namespace=namespace)})
    assert (
        '"Postgres/main" is in several namespaces; write one of tenant-acme/Postgres/main'
        in ask(tmp_path, "Postgres/main").stderr
    )
    assert told(tmp_path, "tenant-acme/Postgres/main", "tenant-blue/Postgres/main:5432")["verdict"] == "denied"
    assert told(tmp_path, "tenant-acme/Postgres/main", "Postgres/main:5432")["to"] == "Postgres/main"


def test_what_is_sound_is_answered(tmp_path: Path) -> None:
    """A namespace with errors is left out, and said to be; the others are answered, with exit code 1."""
    write(tmp_path, {**FILES, "bad.yaml": cluster("bad", spec="{isolationProfile: nothing}", namespace="tenant-bad")})
    answer = ask(tmp_path, "Kubernetes/box", "Postgres/main:5432")
    assert answer.returncode == 1
    assert answer.stdout.startswith("allowed: ")
    assert "[unknown-profile]" in answer.stderr
    assert "krmfn reach: answered without tenant-bad" in answer.stderr


def test_texts_of_users_change_no_terminal(tmp_path: Path) -> None:
    """A name in the question may hold escape codes; what is printed of it has none."""
    write(tmp_path, FILES)
    answer = ask(tmp_path, "Kubernetes/\x1b[31mbox", "world")
    assert answer.returncode == 2
    assert 'there is no "Kubernetes/?[31mbox" here' in answer.stderr


def test_policies_beside_the_declarations_count(acme: Path) -> None:
    """A policy that somebody wrote may close what the platform opens; one that cannot be read makes all unknown."""
    policy = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "no-main", "namespace": "tenant-acme"},
        "spec": {
            "endpointSelector": {},
            "egressDeny": [{"toEndpoints": [{"matchLabels": {"apps.cozystack.io/application.name": "main"}}]}],
        },
    }
    write(acme, {"policy.yaml": json.dumps(policy)})
    denied = told(acme, "Kubernetes/open", "Postgres/main:5432")
    assert denied["verdict"] == "denied"
    assert denied["because"][0]["policy"]["author"] == "repository"
    assert denied["because"][0]["declaration"]["file"] == "policy.yaml"
    assert told(acme, "Kubernetes/open", "Postgres/other:5432")["verdict"] == "allowed"
    policy["spec"] = {"endpointSelector": {}, "egressDeny": [{"toCIDR": ["nowhere"]}]}
    write(acme, {"policy.yaml": json.dumps(policy)})
    assert told(acme, "Kubernetes/open", "Postgres/main:5432")["verdict"] == "unknown"


def beside(spec: dict[str, Any]) -> str:
    """A NetworkPolicy that somebody wrote."""
    names = {"name": "beside", "namespace": "tenant-acme"}
    return json.dumps({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": names, "spec": spec})


ANY_POD = PodSelector(())


def rule(action: str, *, order: int, sure: bool) -> Rule:
    """A rule of the tier ADMIN for all pods, about a peer that is known or not."""
    peers = None if sure else (UnknownSelector("serviceName"),)
    policy = Policy("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "", "a")
    return Rule(policy, "", action, False, ANY_POD, peers, closes=False, tier=ADMIN, order=(0, order))  # noqa: FBT003


def test_what_may_be_passed_on_is_not_known() -> None:
    """A Pass that may apply leaves the verdict to the rules after it, and a later Deny decides only if it does not."""
    pod = Endpoint(labels={"app": "a"})
    for sure, verdict in ((True, ReachVerdict.ALLOWED), (False, ReachVerdict.UNKNOWN)):
        rules = (rule(PASS, order=1, sure=sure), rule(DENY, order=2, sure=True))
        assert at(Policies(rules).sent(pod, pod), "TCP", 80).verdict is verdict


def test_a_starting_pod_and_a_node_are_no_pods_like_others() -> None:
    """What starts receives nothing until a rule allows it; a node reaches its own pods, whatever a rule denies."""
    pod, starting, node = Endpoint(labels={"app": "a"}), entity("init"), entity("host")
    without = Policies(())
    assert at(without.received(pod, pod), "TCP", 80).verdict is ReachVerdict.ALLOWED
    assert at(without.received(starting, pod), "TCP", 80).verdict is ReachVerdict.DENIED
    assert at(without.sent(starting, pod), "TCP", 80).verdict is ReachVerdict.DENIED
    denying = Rule(Policy("cilium.io/v2", "CiliumNetworkPolicy", "a", "a"), "", DENY, True, ANY_POD, None, closes=True)  # noqa: FBT003
    for sender_, verdict in ((pod, ReachVerdict.DENIED), (entity("remote-node"), ReachVerdict.DENIED)):
        assert at(Policies([denying]).received(pod, sender_), "TCP", 80).verdict is verdict
    assert at(Policies([denying]).received(pod, node), "TCP", 80).verdict is ReachVerdict.ALLOWED


def test_a_name_is_no_entity() -> None:
    """A rule about the DNS name `world` says nothing about a rule for the entity `world`, whichever is asked first."""
    pod, internet = Endpoint(labels={"app": "a"}), entity("world")
    policy = Policy("cilium.io/v2", "CiliumNetworkPolicy", "a", "a")
    peers: dict[str, tuple[Selector]] = {"http": (NameSelector("world"),), "https": (EntitySelector("world"),)}
    rules = [
        Rule(policy, field, ACCEPT, False, ANY_POD, peers[field], {"TCP": ((port, port),)})  # noqa: FBT003
        for field, port in (("http", 80), ("https", 443))
    ]
    for those in (rules, rules[::-1]):
        decided = Policies(those).sent(pod, internet)
        assert at(decided, "TCP", 80).verdict is ReachVerdict.DENIED
        assert at(decided, "TCP", 443).verdict is ReachVerdict.ALLOWED


def test_of_several_ways_an_unknown_one_is_not_denied() -> None:
    """A sender takes the way that is open; if one may be, nobody knows."""
    denied, unknown = everything(ReachVerdict.DENIED), everything(ReachVerdict.UNKNOWN)
    for ways in ((denied, unknown), (unknown, denied)):
        assert at(either(ways), "TCP", 80).verdict is ReachVerdict.UNKNOWN


def test_a_private_address_is_known_where_all_networks_are(acme: Path) -> None:
    """Where pods, Services or nodes may still have it, policies know it by labels, and nobody knows the answer."""
    pods, others = "podCIDRs: [10.244.0.0/16]", "serviceCIDRs: [10.96.0.0/16], nodeCIDRs: [192.168.0.0/24]"
    for networks, verdict in ((pods, "unknown"), (f"{pods}, {others}", "allowed")):
        write(acme, {"plane.yaml": plane(DEFAULTS.replace("network: {", f"network: {{{networks}, "))})
        assert told(acme, "Kubernetes/open", "172.16.0.5:443")["verdict"] == verdict


def test_objects_of_any_shape_stand_beside_the_declarations(acme: Path) -> None:
    """What is no policy is no matter, whatever it is."""
    write(acme, {"odd.yaml": "apiVersion: v1\nkind: [NetworkPolicy]\nspec: [1]\n"})
    assert told(acme, "Kubernetes/box", "Postgres/main:5432")["verdict"] == "allowed"


def test_what_is_not_known_is_told_first(acme: Path) -> None:
    """Without the API servers' addresses nobody knows whether they are the internet, and the field to set is named."""
    write(acme, {"plane.yaml": plane(f"{{{CHART}, {KINDS}}}")})
    found = told(acme, "Kubernetes/box", "kube-apiserver:6443")
    assert found["verdict"] == "unknown"
    assert found["because"][0]["declaration"]["field"] == "spec.network.apiServerAddresses"
    assert found["because"][0]["declaration"]["file"] == "plane.yaml"
    write(acme, {"plane.yaml": plane(f"{{{CHART}, {KINDS}, network: {{apiServerAddresses: []}}}}")})
    assert told(acme, "Kubernetes/box", "kube-apiserver:6443")["verdict"] == "denied"


def test_on_plain_flux_nobody_knows_what_else_is_there(tmp_path: Path) -> None:
    """Without the platform its policies are not there either, and nothing is allowed because nobody closes it."""
    write(
        tmp_path,
        {
            "plane.yaml": plane(f"{{target: {{cozystack: none}}, {KINDS}}}"),
            "odd.yaml": app("Gadget", "odd") + "---\n" + app("Gadget", "even"),
        },
    )
    found = told(tmp_path, "Gadget/odd", "Gadget/even:80")
    assert found["verdict"] == "unknown"
    assert "krmfn does not know what other policies are there" in [each["says"] for each in found["because"]]
    # A port by its name may be any.
    for port, verdict in ((80, "allowed"), ("web", "unknown")):
        spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}]}
        write(tmp_path, {"policy.yaml": beside({**spec, "egress": [{"ports": [{"port": port}]}]})})
        assert told(tmp_path, "Gadget/odd", "Gadget/even:80")["verdict"] == verdict
    # A selector of pods selects nobody else.
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}
    write(tmp_path, {"policy.yaml": beside(spec)})
    assert told(tmp_path, "world", "Gadget/even:80")["verdict"] == "denied"


def test_a_change_opens_and_closes(history: History) -> None:
    """What a later revision opens and closes, pair by pair and port by port."""
    history.commit({**FILES})
    history.commit(
        {
            "flows.yaml": FILES["flows.yaml"].replace("name: main}", "name: other}"),
            "open.yaml": cluster("open", spec="{isolationProfile: sandbox}"),
        }
    )
    document = told(history.root, *LAST)
    assert (document["kind"], document["from"], document["to"]) == ("ReachChange", "HEAD~1", "HEAD")
    opened = {(each["from"], each["to"], each["port"]) for each in document["opened"]}
    closed = {(each["from"], each["to"], each["port"]) for each in document["closed"]}
    assert {("N8n/flows", "Postgres/other", "5432"), ("Kubernetes/box", "Postgres/other", "5432")} == opened
    assert ("N8n/flows", "Postgres/main", "5432") in closed
    assert ("Kubernetes/open", "Postgres/main", "*") in closed
    assert not any(each["verdict"] == "allowed" for each in document["closed"])
    lines = ask(history.root, "N8n/flows", *LAST).stdout.splitlines()
    assert lines == [
        "krmfn reach: HEAD~1 -> HEAD",
        "  opened  tenant-acme/N8n/flows -> Postgres/other on 5432/TCP  flows.yaml:8:5",
        "  closed  tenant-acme/N8n/flows -> Postgres/main on 5432/TCP  flows.yaml:7:3",
        "1 opened, 1 closed",
    ]
    assert told(history.root, "--from", "HEAD")["opened"] == []
    assert ask(history.root, "--from", "HEAD").stdout.splitlines()[-1] == "nothing is opened or closed"


def test_a_change_that_opens_nearly_everything_is_a_line_for_each_pair(history: History) -> None:
    """A fence that goes opens all ports but those that were open; a reader is told these few."""
    history.commit({**FILES})
    history.commit({"box.yaml": FILES["box.yaml"].replace("isolationProfile: sandbox", "isolationProfile: standard")})
    lines = ask(history.root, "Kubernetes/box", "Postgres/main", *LAST).stdout.splitlines()
    assert lines[1:] == [
        "  opened  tenant-acme/Kubernetes/box -> Postgres/main on every port but 5432/TCP  box.yaml:6:8",
        "1 opened, 0 closed",
    ]


def test_who_is_gone_is_out_of_reach(history: History) -> None:
    """What is declared in one revision only was reached, or will be; nobody has to be in both."""
    history.commit({**FILES})
    apps = "---\n".join((app("Postgres", "main", "{users: {flows: {}}}"), app("N8n", "flows"), app("N8n", "free")))
    history.commit({"apps.yaml": apps})
    closed = told(history.root, "Kubernetes/open", "Postgres/other", *LAST)["closed"]
    assert [(each["to"], each["verdict"], each["because"]) for each in closed] == [("Postgres/other", "denied", [])]
    answer = ask(history.root, "Kubernetes/open", "Postgres/nobody", *LAST)
    assert (answer.returncode, answer.stdout) == (2, "")


def test_of_nothing_it_says_so(tmp_path: Path) -> None:
    """An empty answer is not silence: the folder may be the wrong one."""
    assert run_in(tmp_path, "reach").stdout == "no cluster and no app is declared here\n"
