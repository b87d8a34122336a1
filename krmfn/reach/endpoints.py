"""Endpoints: who sends and receives, as policies tell them apart: by labels, entity, address or DNS name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

NAMESPACE = "io.kubernetes.pod.namespace"
NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
"""Cilium's label for a pod's namespace, and its prefix for the labels of that namespace."""
WORLD, HOST, REMOTE_NODE, API_SERVER = "world", "host", "remote-node", "kube-apiserver"
"""Cilium's entities that a question may name."""
STARTING = "init"
GUARDED = frozenset({"health", "ingress", STARTING})
"""Entities that Cilium enforces policies on, as on pods."""


class Endpoint(NamedTuple):
    """A sender or receiver in a network: pods with the same labels, an entity, or addresses outside.

    Attributes:
        labels: of a pod: its own, and those of its namespace with Cilium's prefix; without Cilium's source (`k8s:`).
        entities: Cilium's entities; empty for a pod.
        network: the addresses, if it is outside; without it, outside is any public address that no policy names.
        names: the DNS names by which a client looks up the addresses outside.
        unsure: labels that it may have or not, and whose values are not known.
        is_open: it may have any other label.
        settled: labels that an open endpoint surely does not have.
        foreign: labels with their values that an open endpoint surely does not have; it may have other values.
        is_anybody: nothing is known, so that every selector may select it.
    """

    labels: Mapping[str, str] = {}
    entities: frozenset[str] = frozenset()
    network: IPv4Network | IPv6Network | None = None
    names: tuple[str, ...] = ()
    unsure: frozenset[str] = frozenset()
    is_open: bool = False
    settled: frozenset[str] = frozenset()
    foreign: frozenset[tuple[str, str]] = frozenset()
    is_anybody: bool = False

    @property
    def is_pod(self) -> bool:
        return not self.entities and not self.is_anybody

    @property
    def is_guarded(self) -> bool:
        """True if policies apply to what it receives and sends."""
        return self.is_pod or self.is_anybody or bool(self.entities & GUARDED)

    def may_have(self, label: str) -> bool:
        """True if it is not known whether it has a label that is not in `labels`."""
        if label in self.unsure:
            return True
        return self.is_open and label not in self.settled and not label.startswith((NAMESPACE, NAMESPACE_LABELS))


def entity(*names: str) -> Endpoint:
    return Endpoint(entities=frozenset(names))


def outside(network: IPv4Network | IPv6Network | None = None, *, names: tuple[str, ...] = ()) -> Endpoint:
    """Addresses outside of the network that the policies are for."""
    return Endpoint(entities=frozenset({WORLD}), network=network, names=names)


ANYBODY = Endpoint(is_anybody=True)
