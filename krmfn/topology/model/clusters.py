"""Clusters that apps can be placed on, and the posture that follows from their isolation profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin


class Posture(NamedTuple):
    """What an isolation profile means, decided once; later code does not read the profile itself.

    Attributes:
        name: the profile's name, for messages and for the label that the guards read.
        scoped: the nodes may reach only declared connections.
        withheld: the tenant gets no kubeconfig.
        hardened: the Pod Security level of the pods is baseline or restricted.
        fenced_inside: the cluster has a boundary: objects that must be inside it before any app.
        meshed: the cluster is one side of a mesh.
        internet: the nodes may reach addresses outside the management cluster.
        volumes: the nodes may reach what the platform opens for a volume while it is attached.
        monitoring: the nodes may reach the tenant's monitoring.
        own_ingress: the nodes may reach the tenant's ingress controller.
        pod_security: the level of the app namespaces; empty if the profile sets none.
        quota: `hard` of the ResourceQuota of every app namespace.
        limits: the items of the LimitRange of every app namespace.
        pins: chart values that a user may not contradict.
        origin: the user's profile; None for a shipped one.
        confirms: the fields that a later commit may loosen, as the profile itself confirms (R15).
    """

    name: str
    scoped: bool
    withheld: bool
    hardened: bool
    fenced_inside: bool
    meshed: bool
    internet: bool
    volumes: bool
    monitoring: bool
    own_ingress: bool
    pod_security: str
    quota: Mapping[str, Any]
    limits: tuple[Mapping[str, Any], ...]
    pins: dict[str, Any]
    origin: Origin | None = None
    confirms: frozenset[str] = frozenset()

    @property
    def changes_release(self) -> bool:
        """True if the posture changes the release of a cluster."""
        return self.withheld or self.fenced_inside


class SecretKey(NamedTuple):
    """One key of a Secret in the release's own namespace."""

    name: str
    key: str


class Cluster(NamedTuple):
    """A cluster that apps can be placed on.

    Attributes:
        owner: `<Kind>/<name>` of its declaration.
        release: the value of `krmfn.dev/placed-on`.
        addons: addons that the platform runs in it; for an existing cluster none are known.
        managed: the platform runs it: krmfn creates it, or it is the module cluster.
        created: krmfn writes its release.
        cilium: its own network is Cilium.
        api_server_addresses: CIDRs of its own API server, if declared.
        prune: its deletion is confirmed, so that Flux may delete it and its fences (R8).
        boundary: the name of the release of its boundary; empty if it has none.
        confirmation: the loosening that its declaration confirms, as `<from>-><to>` (R15); empty if none.
        next: the posture that a later commit may therefore give it.
    """

    origin: Origin
    name: str
    namespace: str
    owner: str
    release: str
    kubeconfig: SecretKey
    posture: Posture
    addons: frozenset[str]
    managed: bool
    created: bool
    cilium: bool
    api_server_addresses: tuple[str, ...]
    prune: bool
    boundary: str
    confirmation: str = ""
    next: Posture | None = None
