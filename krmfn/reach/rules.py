"""Rules: what a policy allows or denies, to whom and on which ports, whatever kind of policy it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from krmfn.namedtuple import NamedTuple
from krmfn.reach.selectors import any_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from krmfn.reach.endpoints import Endpoint
    from krmfn.reach.selectors import Truth

    Ranges: TypeAlias = tuple[tuple[int, int], ...]

PROTOCOLS = ("TCP", "UDP", "SCTP")
LAST_PORT = 65535
EVERY_PORT = ((1, LAST_PORT),)
ADMIN, NORMAL, BASELINE = range(3)
"""The tiers of policies, in the order in which they decide."""
ACCEPT, DENY, PASS = "Accept", "Deny", "Pass"


class Selector(Protocol):
    """Selects endpoints."""

    def selects(self, endpoint: Endpoint, /) -> Truth: ...


class Policy(NamedTuple):
    """The policy of a rule.

    Attributes:
        author: `krmfn`, `platform`, or `repository` for one that somebody wrote beside the declarations.
        source: where the platform's policy is published; `says` is what it is for.
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    author: str = "repository"
    source: str = ""
    says: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Rule(NamedTuple):
    """One rule of a policy.

    Attributes:
        field: where it is in the policy's spec, such as `egress[3]`.
        action: ACCEPT, DENY or PASS.
        ingress: it is about what the subject receives, not about what it sends.
        subjects: whose traffic it decides.
        peers: the other side; None for everybody, whatever it is.
        ports: by protocol; None for everything. A protocol without ports is not decided by this rule.
        is_certain: False if the rule has ports that krmfn cannot read, so that it may decide less than is said here.
        closes: what no rule allows is denied where this rule's policy selects the subject.
        tier: an earlier tier decides first.
        order: within the tiers ADMIN and BASELINE the first rule decides; in NORMAL a deny wins.
    """

    policy: Policy
    field: str
    action: str
    ingress: bool
    subjects: Selector
    peers: tuple[Selector, ...] | None
    ports: Mapping[str, Ranges] | None = None
    is_certain: bool = True
    closes: bool = True
    tier: int = NORMAL
    order: tuple[int, int] = (0, 0)

    def concerns(self, peer: Endpoint) -> Truth:
        found: Truth = True if self.peers is None else any_of(each.selects(peer) for each in self.peers)
        return found if found is False or self.is_certain else None

    def covers(self, protocol: str) -> Ranges:
        return EVERY_PORT if self.ports is None else self.ports.get(protocol, ())
