"""A port that a program was told stays its own until it listens."""

from __future__ import annotations

import socket

import pytest

from tests.engine import ports
from tests.engine.ports import RANGE, free_of_connections, free_ports


def test_no_connection_takes_a_port_that_was_given() -> None:
    """The kernel gives a connection a port of its own range: no port is chosen from there."""
    first, last = (int(number) for number in RANGE.read_text(encoding="ascii").split())
    given = free_ports(50)
    assert len(set(given)) == 50
    assert all(port < first or port > last for port in given), (first, last, given)


def test_a_port_is_given_once() -> None:
    """A program that has not bound its port yet does not lose it to the next."""
    assert set(free_ports(200)).isdisjoint(free_ports(200))


def test_a_port_that_is_listened_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a machine's ports those are left out that other programs listen on; where none is left that is said."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        taken = listening.getsockname()[1]
        monkeypatch.setattr(ports, "free_of_connections", lambda _first, _last: range(taken, taken + 1))
        with pytest.raises(OSError, match=f"of the ports {taken} to {taken} fewer than 1 are free"):
            free_ports(1)
    assert free_ports(1) == [taken]


def test_a_machine_whose_connections_use_all_ports_still_has_some_to_give() -> None:
    """Of the two sides of the range the longer one; all ports where neither has a thousand."""
    assert free_of_connections(32_768, 60_999) == range(10_000, 32_768)
    assert free_of_connections(1_024, 40_000) == range(40_001, 65_536)
    assert free_of_connections(1_024, 65_535) == range(10_000, 65_536)
