"""Ports for programs that must be told theirs before they start."""

from __future__ import annotations

import random
import socket
from itertools import islice
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 10_000
"""Below it are the ports of services that people install."""
HIGHEST = 65_535
FEWEST = 1_000

_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, none of them given before.

    The kernel gives none of them to an outgoing connection: between this choice and the start of a program, or while a
    program is restarted on its port, any connection of the machine could otherwise take it.
    Source: ip(7), ip_local_port_range.

    Raises:
        OSError: so many are not free.
    """
    first, last = (int(number) for number in RANGE.read_text(encoding="ascii").split())
    ports = free_of_connections(first, last)
    tried = (port for port in random.sample(ports, len(ports)) if port not in _given and _is_free(port))
    chosen = list(islice(tried, count))
    if len(chosen) < count:
        message = f"of the ports {ports[0]} to {ports[-1]} fewer than {count} are free"
        raise OSError(message)
    _given.update(chosen)
    return chosen


def free_of_connections(first: int, last: int) -> range:
    """The longer side of what outgoing connections use, from the first to the last port; all where no side is long."""
    below, above = range(LOWEST, first), range(last + 1, HIGHEST + 1)
    longer = max(below, above, key=len)
    return longer if len(longer) >= FEWEST else range(LOWEST, HIGHEST + 1)


def _is_free(port: int) -> bool:
    with socket.socket() as asked:
        # As servers do: a port whose last connections are still closing is free.
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
