"""Clusters that apps can be placed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from krmfn.results import Origin
    from krmfn.topology.model.postures import Posture


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
