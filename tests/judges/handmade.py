"""Egress policies made by hand, for what no shipped kind has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.topology.fencing.mapsize import PODS
from krmfn.topology.model import peers
from krmfn.topology.model.fences import EgressPolicy, Opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.topology.model.fences import Fence
    from krmfn.topology.model.peers import Ports


class ReachableService(NamedTuple):
    """Pods of managed services of one kind, and the target ports on which they may be reached."""

    kind: str
    names: tuple[str, ...]
    ports: Ports


def egress_policy(  # noqa: PLR0913  (one argument a thing that a profile says)
    fence: Fence,
    services: Iterable[ReachableService],
    *,
    internet: bool = True,
    volumes: bool = False,
    monitoring: tuple[str, ...] = (),
    ingress: tuple[str, ...] = (),
    closed_addresses: tuple[str, ...] = (),
    caches: tuple[str, ...] = (),
    cluster_wide: bool = False,
    pods: int = PODS,
) -> EgressPolicy:
    """A policy as krmfn would make it for a cluster that reaches these; each service has so many pods."""
    around = [
        (peers.VMINSERT, peers.VMINSERT_PORTS, monitoring),
        (peers.VLINSERT, peers.VLINSERT_PORTS, monitoring),
        (peers.INGRESS, peers.INGRESS_PORTS, ingress),
    ]
    openings = (
        Opening(peers.control_plane(fence.release), "", ports=peers.CONTROL_PLANE_PORTS),
        Opening(peers.nodes(fence.release), ""),
        Opening(peers.DNS, "", (peers.DNS_NAMESPACE,), peers.DNS_PORTS),
        *([Opening(peers.Peer(cidrs=caches), "", ports=peers.DNS_PORTS, pods=len(caches))] if caches else []),
        *([Opening(peers.WORLD, "")] if internet else []),
        *(
            Opening(peers.managed_apps(each.kind, each.names), "", ports=each.ports, pods=pods * len(each.names))
            for each in services
        ),
        *(Opening(peer, "", where, ports, PODS * len(where)) for peer, ports, where in around if where),
        *([Opening(peers.NFS_SERVER, "", (peers.VOLUMES_NAMESPACE,), by_platform=True)] if volumes else []),
    )
    return EgressPolicy(fence, openings, closed_addresses, "Handmade.", cluster_wide)
