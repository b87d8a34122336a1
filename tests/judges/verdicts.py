"""What Cilium's own policy engine lets one endpoint send to another, as values that tests compare.

``cilium/judge/judge.go`` says what the engine decides and what it leaves to others.
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

Ranges = tuple[tuple[int, int], ...]
ALL_PORTS: Ranges = ((1, 65535),)
ALL_TYPES: Ranges = ((0, 255),)

Kind = Literal[
    "pod",
    "host",  # the subject's own node
    "host-kube-apiserver",  # the same, where it runs an API server; a world has one of the two
    "remote-node",
    "kube-apiserver-node",  # a remote node that runs an API server
    "kube-apiserver",  # an API server that is on no node, at an address
    "cidr",  # an address or prefix outside
    "world",  # any address outside that no policy names
    "health",
    "ingress",
    "init",
    "unmanaged",
]


@dataclass(frozen=True)
class Endpoint:
    """Somebody in a world; pods have a namespace and labels, what is outside an address and perhaps DNS names."""

    name: str
    kind: Kind = "pod"
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ip: str = ""
    names: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = {"name": self.name, "kind": self.kind}
        if self.kind == "pod":
            told |= {"namespace": self.namespace, "labels": dict(self.labels)}
        return told | {"ip": self.ip, "names": list(self.names)}


@dataclass(frozen=True)
class World:
    """Everybody that Cilium knows of; the subjects are those whose egress is judged, towards all or towards ``peers``.

    ``any_cluster`` is Cilium without policyDefaultLocalCluster, the default before 1.19; a ``dual_stack`` one has IPv6
    as well as IPv4.
    """

    namespaces: Mapping[str, Mapping[str, str]]
    endpoints: tuple[Endpoint, ...]
    subjects: tuple[str, ...]
    peers: tuple[str, ...] | None = None
    cluster: str = "default"
    any_cluster: bool = False
    dual_stack: bool = False


class Reach(NamedTuple):
    """All that may pass, exactly: ranges of ports, and of ICMP types, in order and with gaps between them."""

    tcp: Ranges = ()
    udp: Ranges = ()
    sctp: Ranges = ()
    icmp: Ranges = ()
    icmpv6: Ranges = ()


NOTHING = Reach()
EVERYTHING = Reach(ALL_PORTS, ALL_PORTS, ALL_PORTS, ALL_TYPES, ALL_TYPES)


def ports(*wanted: int | tuple[int, int]) -> Ranges:
    """The ranges of these ports (or ICMP types), in the one form that two equal sets share."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted((one, one) if isinstance(one, int) else one for one in wanted):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return tuple(merged)


class Refusal(NamedTuple):
    """Who does not take a policy: the API server by its schema, Cilium by its rules, or this judge, who cannot tell."""

    policy: str
    by: Literal["schema", "rule", "judge"]
    message: str


class PolicyRefusedError(Exception):
    """There are no verdicts, for a cluster would not have these policies."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("\n".join(f"{policy} ({by}): {message}" for policy, by, message in refusals))
        self.refusals = tuple(refusals)


@dataclass(frozen=True)
class Verdicts:
    """``verdicts[subject, peer]`` is what the subject's egress allows.

    ``received[subject, peer]`` is what the peer's own ingress takes from the subject: a flow needs both.
    ``entries[subject]`` is what the subject costs in its policy map, of 16384, both directions together.
    """

    sent: Mapping[tuple[str, str], Reach]
    received: Mapping[tuple[str, str], Reach]
    entries: Mapping[str, int]

    def __getitem__(self, pair: tuple[str, str]) -> Reach:
        return self.sent[pair]

    def of(self, subject: str) -> dict[str, Reach]:
        """What one subject's egress allows to each peer."""
        return {peer: reach for (sender, peer), reach in self.sent.items() if sender == subject}


Ask = Callable[[str], str]


@contextmanager
def asking(program: Path) -> Iterator[Ask]:
    """The built program, running: it takes a question and gives the answer, both as lines of JSON."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        questions, answers = running.stdin, running.stdout
        assert questions
        assert answers

        # Several tests look at different sides of one answer.
        @lru_cache(maxsize=64)
        def ask(question: str) -> str:
            questions.write(f"{question}\n")
            questions.flush()
            answer = answers.readline()
            assert answer, f"{program} has ended with exit code {running.wait()}"
            return answer

        yield ask


class CiliumJudge(NamedTuple):
    """The engine of one version of Cilium; no answer depends on what it was asked before.

    ``definitions`` are the CRDs of policies that are not Cilium's own.
    """

    ask: Ask
    version: Literal["1.19", "1.20"]
    definitions: tuple[Mapping[str, Any], ...] = ()

    def __call__(self, policies: Iterable[Mapping[str, Any]], world: World, *, exhaustive: bool = False) -> Verdicts:
        """The verdicts in a world that has these policies; ``exhaustive`` takes no short cut.

        Raises PolicyRefusedError if a policy is invalid and ImpossibleWorldError if the world is.
        """
        question = {
            "cluster": world.cluster,
            "anyCluster": world.any_cluster,
            "dualStack": world.dual_stack,
            "policies": list(policies),
            "namespaces": {name: dict(labels) for name, labels in world.namespaces.items()},
            "endpoints": [endpoint.document() for endpoint in world.endpoints],
            "subjects": world.subjects,
            "peers": world.peers,
            "exhaustive": exhaustive,
            "definitions": self.definitions,
        }
        answer = json.loads(self.ask(json.dumps(question)))
        if answer["impossible"]:
            raise ImpossibleWorldError(answer["impossible"])
        if answer["refused"]:
            raise PolicyRefusedError([Refusal(**refusal) for refusal in answer["refused"]])
        sent, received = (
            {
                (subject, peer): _reach(verdict[direction])
                for subject, verdicts in answer["subjects"].items()
                for peer, verdict in verdicts["peers"].items()
            }
            for direction in ("egress", "ingress")
        )
        return Verdicts(sent, received, {name: found["entries"] for name, found in answer["subjects"].items()})


class ImpossibleWorldError(Exception):
    """A question that makes no sense: a mistake of the test."""


def _reach(found: Mapping[str, list[list[int]]]) -> Reach:
    return Reach(
        *(
            tuple((first, last) for first, last in found[protocol])
            for protocol in ("TCP", "UDP", "SCTP", "ICMP", "ICMPv6")
        )
    )
