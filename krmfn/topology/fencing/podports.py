"""The pod ports that connections reach, which a policy around nodes opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.topology.model.connections import Connection


class PodPort(NamedTuple):
    """A port of pods, and the label of the pods that serve it if not all pods of the app do."""

    protocol: str
    number: int
    pods: tuple[str, str]


def reached_ports(connections: Iterable[Connection]) -> dict[str, set[PodPort]]:
    """The pod ports of each service that the connections use."""
    reached: dict[str, set[PodPort]] = {}
    for connection in connections:
        ports = {PodPort(port.protocol, port.target_port, port.pods) for port in connection.ports}
        if ports:
            reached.setdefault(connection.owner, set()).update(ports)
    return reached
