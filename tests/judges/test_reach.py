"""`krmfn reach` says what Cilium's own engine says, on both planes, and knows what it does not know."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

import pytest

from krmfn import function
from krmfn.catalog import Catalog
from krmfn.reach.endpoints import NAMESPACE, NAMESPACE_LABELS, Endpoint, entity, outside
from krmfn.reach.partynames import receiver
from krmfn.reach.policies import Policies
from krmfn.reach.reading import rules_of
from krmfn.reach.routes import route
from krmfn.reach.rules import LAST_PORT, PROTOCOLS
from krmfn.reach.selectors import PodSelector
from krmfn.reach.verdicts import ReachVerdict, at, both
from krmfn.reach.world import RunOutput, World
from tests.judges import verdicts
from tests.judges.acme import PLATFORM_PODS
from tests.judges.policies import OPEN_TO_ALL, OPEN_TO_ALL_BY_KUBERNETES
from tests.judges.surroundings import WORKERS, Surroundings
from tests.judges.test_egress import SWEEPS, Sweep, apps, declared, policies
from tests.judges.test_egress import at as moved
from tests.judges.test_inside import JUDGED, POLICIES, boundary
from tests.judges.written import INPUTS, given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from krmfn.reach.rules import Rule
    from krmfn.resourcelist import Resource
    from tests.judges.verdicts import CiliumJudge, Ranges, Verdicts

QUESTIONS = 10_000
SEED = 20_261_129
ENTITIES = {
    "host": ("host",),
    "remote-node": ("remote-node",),
    "kube-apiserver-node": ("remote-node", "kube-apiserver"),
    "health": ("health",),
    "ingress": ("ingress",),
    "init": ("init",),
    "unmanaged": ("unmanaged",),
}


class Network(NamedTuple):
    """A network that both engines are asked about: its policies and everybody in it."""

    plane: str
    policies: list[Resource]
    world: verdicts.World
    version: str


class Question(NamedTuple):
    """One packet: who sends it to whom, on which port."""

    network: int
    sender: str
    receiver: str
    protocol: str
    port: int


@cache
def networks() -> tuple[Network, ...]:
    """Every cluster of every input, with the platform's policies, without, and beside policies that allow all."""
    found: list[Network] = []
    for sweep in (each.values[0] for each in SWEEPS):
        around = Surroundings(sweep.cluster, sweep.apps)
        opened = [moved(around.cluster.namespace, each) for each in (OPEN_TO_ALL, OPEN_TO_ALL_BY_KUBERNETES)]
        opened[1]["metadata"]["name"] = "open-to-all-by-kubernetes"
        version = "1.20" if sweep.cluster_wide else "1.19"
        found += (
            Network("management", [*sweep.policies, *others], around.world, version)
            for others in ([around.attached()], [*around.platform(), around.attached()], [*around.platform(), *opened])
        )
    for case, here in JUDGED:
        inside = [each for each in boundary(case, here.name) if each["kind"] in POLICIES]
        found.append(Network("inside", inside, here.world, "1.19"))
    return tuple(found)


def questions() -> Iterator[Question]:
    """As many for each network; half of the ports are at an edge of a rule."""
    chosen = random.Random(SEED)  # noqa: S311  (the same questions in every run)
    edges = [_edges(each.policies) for each in networks()]
    for i in range(QUESTIONS):
        index = i % len(networks())
        here = networks()[index].world
        protocol = chosen.choice(PROTOCOLS)
        port = chosen.choice(edges[index]) if chosen.random() < 0.5 else chosen.randint(1, LAST_PORT)
        subject, peer = chosen.choice(here.subjects), chosen.choice(here.endpoints).name
        yield Question(index, subject, peer, protocol, port)


def _edges(manifests: Iterable[Resource]) -> list[int]:
    numbers = {
        edge
        for each in manifests
        for rule in rules_of(each)
        for ranges in (rule.ports or {}).values()
        for low, high in ranges
        for edge in (low - 1, low, high, high + 1)
    }
    return sorted(each for each in {*numbers, 1, LAST_PORT} if 1 <= each <= LAST_PORT)


def known(endpoint: verdicts.Endpoint, world: verdicts.World) -> Endpoint:
    """The endpoint as krmfn is told of it, with nothing left open."""
    if endpoint.kind == "pod":
        around = {f"{NAMESPACE_LABELS}{key}": value for key, value in world.namespaces[endpoint.namespace].items()}
        return Endpoint(labels={**endpoint.labels, NAMESPACE: endpoint.namespace, **around})
    if endpoint.kind in ENTITIES:
        return entity(*ENTITIES[endpoint.kind])
    there = outside(ip_network(endpoint.ip), names=endpoint.names)
    return there._replace(entities=there.entities | {"kube-apiserver"}) if endpoint.kind == "kube-apiserver" else there


@pytest.fixture(scope="module")
def judged(judge_cilium_1_19: CiliumJudge, judge_cilium_1_20: CiliumJudge) -> Callable[[int], Verdicts]:
    """What Cilium's engine says of a network."""
    judges = {"1.19": judge_cilium_1_19, "1.20": judge_cilium_1_20}

    @cache
    def found(index: int) -> Verdicts:
        network = networks()[index]
        return judges[network.version](network.policies, network.world)

    return found


def passes(found: Verdicts, sender: str, receiver: str, protocol: str, port: int) -> bool:
    """Whether a packet gets through by Cilium's engine: the sender's egress and the receiver's ingress."""
    pair = sender, receiver
    return all(_has(getattr(each[pair], protocol.lower()), port) for each in (found.sent, found.received))


def _has(ranges: Ranges, port: int) -> bool:
    return any(low <= port <= high for low, high in ranges)


def test_ten_thousand_questions(judged: Callable[[int], Verdicts]) -> None:
    """Each answer is that of Cilium's engine; none is unknown, for everything is told."""
    read = [Policies(rule for each in network.policies for rule in rules_of(each)) for network in networks()]
    ends = [{each.name: known(each, network.world) for each in network.world.endpoints} for network in networks()]
    counts: Counter[tuple[str, str]] = Counter()
    wrong: list[tuple[Question, ReachVerdict]] = []
    for asked in questions():
        here, everybody = read[asked.network], ends[asked.network]
        start, end = everybody[asked.sender], everybody[asked.receiver]
        verdict = at(both(here.sent(start, end), here.received(end, start)), asked.protocol, asked.port).verdict
        says = passes(judged(asked.network), *asked[1:])
        counts[networks()[asked.network].plane, verdict] += 1
        if verdict is not (ReachVerdict.ALLOWED if says else ReachVerdict.DENIED):
            wrong.append((asked, verdict))
    assert wrong == []
    assert counts.total() == QUESTIONS
    assert set(counts) == {(plane, verdict) for plane in ("management", "inside") for verdict in ("allowed", "denied")}
    assert min(counts.values()) > 100


def test_what_is_not_told_is_unknown(judge_cilium_1_19: CiliumJudge) -> None:
    """With a label hidden, allowed and denied hold whatever the label is, and unknown is where it matters."""
    chosen = random.Random(SEED)  # noqa: S311  (as above)
    counts: Counter[tuple[ReachVerdict, bool]] = Counter()
    for network in chosen.sample([each for each in networks() if each.version == "1.19"], 40):
        read = [rule for each in network.policies for rule in rules_of(each)]
        pods = [each for each in network.world.endpoints if each.kind == "pod" and each.labels]
        for pod in chosen.sample(pods, 5):
            hidden = chosen.choice(sorted(pod.labels))
            values = {"nobody's", *_values(read, hidden)}
            told = {key: value for key, value in pod.labels.items() if key != hidden}
            variants = [told, *({**told, hidden: value} for value in sorted(values))]
            twins = tuple(
                verdicts.Endpoint(f"twin {i}", "pod", pod.namespace, labels) for i, labels in enumerate(variants)
            )
            world = network.world
            subject = chosen.choice(world.subjects)
            asked = verdicts.World(
                world.namespaces,
                (*world.endpoints, *twins),
                (subject,),
                tuple(each.name for each in twins),
                dual_stack=world.dual_stack,
            )
            engine = judge_cilium_1_19(network.policies, asked)
            start = next(known(each, world) for each in world.endpoints if each.name == subject)
            end = known(verdicts.Endpoint("twin", "pod", pod.namespace, told), world)
            end = end._replace(unsure=frozenset({hidden}))
            here = Policies(read)
            decided = both(here.sent(start, end), here.received(end, start))
            for protocol in PROTOCOLS:
                for port in chosen.sample(_edges(network.policies), 4):
                    says = {passes(engine, subject, each.name, protocol, port) for each in twins}
                    verdict = at(decided, protocol, port).verdict
                    differs = len(says) > 1
                    counts[verdict, differs] += 1
                    allowed = verdict is ReachVerdict.ALLOWED
                    assert verdict is ReachVerdict.UNKNOWN or says == {allowed}, (pod, hidden, protocol, port)
    # Unknown may also be said where every value comes to the same: two rules that ask for one label are not joined.
    assert {verdict for verdict, _ in counts} == set(ReachVerdict)
    assert counts[ReachVerdict.UNKNOWN, True] > 20


def _values(rules: Iterable[Rule], key: str) -> set[str]:
    """The values that selectors ask a label for."""
    selectors = [
        selector
        for rule in rules
        for selector in ((rule.subjects, *(rule.peers or ())))
        if isinstance(selector, PodSelector)
    ]
    return {
        value for selector in selectors for each in selector.requirements if each.key == key for value in each.values
    }


class Named(NamedTuple):
    """A name as krmfn is asked for it, and all whom the tests' own picture has for it."""

    name: str
    endpoints: tuple[str, ...]


def named(sweep: Sweep, around: Surroundings, here: Iterable[str]) -> Iterator[Named]:
    """Whom a cluster's nodes may be asked about, by name, as the tests' picture has them."""
    own, world = around.cluster.namespace, around.world
    everybody = {each.name: each for each in world.endpoints}

    def pods(namespace: str) -> tuple[str, ...]:
        return tuple(name for name, each in everybody.items() if each.kind == "pod" and each.namespace == namespace)

    release = sweep.cluster.release
    yield Named(f"KamajiControlPlane/{release}", (f"own control plane ({own})",))
    for kind, name in {*sweep.cluster.services, *sweep.apps}:
        found = [f"{kind} {name} {i} ({own})" for i in range(2)] + [f"{kind} {name} ({own})"]
        existing = tuple(each for each in found if each in everybody)
        # Some inputs declare an app in another namespace, or place it on the cluster itself.
        if existing and f"{kind}/{name}" in here:
            yield Named(f"{kind}/{name}", existing)
    yield Named("dns", ("kube-dns (kube-system)",))
    yield Named("host", ("own node", "other node", "node with an API server"))
    yield Named("world", ("internet",))
    yield Named("other-tenants", pods("tenant-stranger"))
    yield Named("child-tenants", pods(f"{own}-dev"))
    for namespace in {each.namespace for each in PLATFORM_PODS} - {"cozy-grafana-operator"}:
        yield Named(f"Namespace/{namespace}", pods(namespace))
    for above in around.ancestors:
        yield Named(f"{above}/Etcd/etcd", (f"etcd ({above})",))
        yield Named(f"{above}/Ingress/ingress", (f"ingress ({above})",))
        yield Named(f"{above}/Monitoring/monitoring", (f"vminsert ({above})", f"vlinsert ({above})"))


def test_names_stand_for_what_the_platform_runs(judge_cilium_1_19: CiliumJudge, judge_cilium_1_20: CiliumJudge) -> None:
    """A question by name has the answer that Cilium gives for each pod that the tests' own picture has of it."""
    judges = {False: judge_cilium_1_19, True: judge_cilium_1_20}
    chosen = random.Random(SEED)  # noqa: S311  (as above)
    counts: Counter[ReachVerdict] = Counter()
    for path in INPUTS:
        for cluster in declared(path):
            sweep = Sweep(cluster, apps(path), policies(path))
            around = Surroundings(cluster, sweep.apps)
            engine = judges[sweep.cluster_wide]([*sweep.policies, *around.platform(), around.attached()], around.world)
            expansion = function.expand(given(path))
            assert expansion.declared
            assert expansion.topology
            world = World([RunOutput(expansion.declared, expansion.topology, expansion.generated)], Catalog.shipped())
            space = world.spaces[cluster.namespace]
            nodes = next(
                each
                for each in space.parties.values()
                if each.cluster and each.pods and each.cluster.release == cluster.release
            )
            management = [each.name for each in space.parties.values() if each.within is None]
            for name, endpoints in named(sweep, around, management):
                party = receiver(world, name, cluster.namespace)
                way = route(world, nodes, party).decided
                # Behind a Service's port is another of the pods, and some ports are of some of the pods only.
                elsewhere = {(each.protocol, each.port) for each in party.offers if each.port != each.target}
                elsewhere |= {port for each in party.pods for port in each.serves if len(party.pods) > 1}
                for protocol in PROTOCOLS:
                    for port in (*chosen.sample(_edges(sweep.policies), 3), 80, 5432):
                        if (protocol, port) in elsewhere:
                            continue
                        verdict = at(way, protocol, port).verdict
                        counts[verdict] += 1
                        says = {passes(engine, WORKERS[0], each, protocol, port) for each in endpoints}
                        agreed = {ReachVerdict.ALLOWED: {True}, ReachVerdict.DENIED: {False}}.get(verdict, says)
                        assert says == agreed, (str(path), name, protocol, port, verdict)
    assert set(counts) == set(ReachVerdict)
    assert counts[ReachVerdict.ALLOWED] > 500
    assert counts[ReachVerdict.UNKNOWN] < counts.total() / 5
