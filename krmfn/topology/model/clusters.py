"""Clusters that apps can be placed on, and what their isolation profile comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from krmfn.results import Origin


class Posture(NamedTuple):
    """What an isolation profile means, decided once: nobody looks at the profile itself again.

    Attributes:
        name: the profile's, for messages and for the label that the guards read.
        scoped: whether the nodes reach declared connections only.
        withheld: whether the tenant gets no kubeconfig.
        hardened: whether pods are held to a Pod Security level that restricts anything.
        fenced_inside: whether something must be inside the cluster before any app is, so that it has a boundary.
        meshed: whether the cluster is one side of a mesh.
        internet: whether addresses outside the management cluster may be reached, and likewise the next three.
        volumes: what the platform opens for a volume while it is attached.
        monitoring: the tenant's monitoring.
        own_ingress: the tenant's ingress controller.
        pod_security: the level of the app namespaces; empty where the profile says none.
        quota: the `hard` of the ResourceQuota of every app namespace.
        limits: the items of the LimitRange of every app namespace.
        pins: chart values that a user may not contradict.
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

    @property
    def changes_release(self) -> bool:
        """Whether the release of a cluster with it is another than without."""
        return self.withheld or self.fenced_inside


class SecretKey(NamedTuple):
    """One key of a Secret in the release's own namespace."""

    name: str
    key: str


class Cluster(NamedTuple):
    """A cluster that apps can be placed on.

    Attributes:
        owner: `<Kind>/<name>` of its declaration.
        release: what `krmfn.dev/placed-on` says.
        addons: those that the platform runs in it; an existing cluster has none that krmfn knows of.
        managed: whether the platform runs it: created here, or the module cluster.
        created: whether its release is written here.
        cilium: whether its own network is Cilium.
        api_server_addresses: CIDRs of its own API server, as far as they were declared.
        prune: whether its deletion has been confirmed, so that Flux may delete it and what fences it (R8).
        boundary: the release that fences it inside; empty where nothing does.
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
