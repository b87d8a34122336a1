"""What people type for a party and a port: any case, plurals, names alone, host names, addresses of the web."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.namedtuple import NamedTuple
from krmfn.reach.endpoints import API_SERVER, WORLD
from krmfn.reach.parties import DNS_NAME
from krmfn.reach.rules import LAST_PORT, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from krmfn.reach.parties import Party

ALIASES = {
    "internet": WORLD,
    "kube-dns": DNS_NAME,
    "coredns": DNS_NAME,
    "apiserver": API_SERVER,
    "api-server": API_SERVER,
}
API_SERVICE = re.compile(r"kubernetes\.default(\.svc(\.[a-z0-9.-]+)?)?\.?")
"""The host name of the API server's Service."""
BEHIND_API_SERVICE = {443: 6443}
"""The port of the API servers behind a port of their Service."""
KINDS_OF_RELEASES = {"hr", "helmrelease", "svc", "service"}
"""Kinds before the name of a release or of a Service, as kubectl takes them."""
SCHEMES = {"http": 80, "https": 443}
"""Of an address of the web, the port that it does not say."""
PORT_NAME = re.compile(r"(?=[a-z0-9-]*[a-z])[a-z0-9-]{1,15}")
"""The name of a port of a Service (RFC 6335)."""


class NotThereError(Exception):
    """No party has the name, or the port is invalid; the message says what there is."""


class AskedPort(NamedTuple):
    """A port in a question; one that is asked for by the name of a Service's port has no number yet."""

    protocol: str
    number: int
    name: str = ""

    def of(self, party: Party) -> AskedPort:
        """The port with its number.

        Raises:
            NotThereError: no Service of the party has a port of that name.
        """
        if not self.name:
            return self
        for each in party.offers:
            if each.name == self.name:
                return AskedPort(each.protocol, each.port)
        known = ", ".join(f"{each.name} ({each.port}/{each.protocol})" for each in party.offers if each.name)
        has = f"has the ports {known}" if known else "has no port that krmfn knows by name; write its number"
        raise NotThereError(f'"{self.name}" is no port of {party.name}; it {has}')


def split(text: str) -> tuple[str, AskedPort | None]:
    """The name and the port of `Postgres/main:5432`, `10.0.0.1:53/UDP`, `[2001:db8::1]:443` or `https://pypi.org/`.

    Raises:
        NotThereError: the port is invalid.
    """
    name, port = _divided(text)
    if not API_SERVICE.fullmatch(name.lower()):
        return name, port
    return API_SERVER, port._replace(number=BEHIND_API_SERVICE.get(port.number, port.number)) if port else None


def _divided(text: str) -> tuple[str, AskedPort | None]:
    scheme, is_web, rest = text.partition("://")
    if is_web:
        name, port = _divided(rest.partition("/")[0].rpartition("@")[2])
        number = SCHEMES.get(scheme.lower())
        return name, port or (AskedPort("TCP", number) if number else None)
    if text.startswith("["):
        name, closing, rest = text[1:].partition("]")
        found = rest.removeprefix(":") if closing else ""
        return name, _port(found) if found else None
    if text.count(":") != 1:
        return text, None
    name, _, found = text.partition(":")
    return name, _port(found)


def _port(text: str) -> AskedPort:
    number, _, protocol = text.partition("/")
    found = (protocol or "TCP").upper()
    if PORT_NAME.fullmatch(text):
        return AskedPort(found, 0, text)
    is_number = number.isascii() and number.isdecimal() and len(number) <= len(str(LAST_PORT))
    if not is_number or not 1 <= int(number) <= LAST_PORT or found not in PROTOCOLS:
        message = f'"{text}" is not a port; write a number from 1 to {LAST_PORT}, and /UDP or /SCTP if it is not TCP'
        raise NotThereError(message)
    return AskedPort(found, int(number))


def called(text: str, everybody: Sequence[Party]) -> list[Party]:
    """The parties that a text may name; those that are called exactly so, or else those that somebody may mean."""
    exact = [each for each in everybody if text in {each.full_name, each.name}]
    if exact:
        return exact
    *above, name = text.lower().split("/")
    kinds, namespace = _singular(above[-1]) if above else set(), above[0] if len(above) > 1 else ""
    loose = [
        each for each in everybody if _is_called(each, kinds, name) and (not namespace or each.namespace == namespace)
    ]
    # A name alone may stand after its namespace.
    loose = loose or [each for each in everybody if above == [each.namespace] and _is_called(each, (), name)]
    if not loose and (not kinds or kinds & KINDS_OF_RELEASES):
        loose = [
            each for each in everybody if name in _releases(each) and (not namespace or each.namespace == namespace)
        ]
    loose = loose or [each for each in everybody if _has_host(each, text.rstrip("."))]
    # A kind alone is enough if there is one of it.
    return loose or ([] if above else [each for each in everybody if _kind(each) in _singular(name)])


def _is_called(party: Party, kinds: Iterable[str], name: str) -> bool:
    kind, _, own = party.name.lower().partition("/")
    return own == name and (not kinds or kind in kinds)


def _kind(party: Party) -> str:
    return party.name.lower().partition("/")[0]


def _releases(party: Party) -> set[str]:
    """The names of a party's release, and of its Services."""
    release = party.cluster.release if party.cluster and not party.inside else party.release
    return {release, *(host.partition(".")[0] for offer in party.offers for host in offer.hosts)}


def _singular(kind: str) -> set[str]:
    """A kind as kubectl takes it: in the plural, and with its group."""
    plain = kind.partition(".")[0]
    return {plain, *(plain.removesuffix(each) for each in ("s", "es")), re.sub("ies$", "y", plain)}


def _has_host(party: Party, text: str) -> bool:
    """True for the name of a Service of the party, whole or as a pod of any namespace may shorten it."""
    hosts = [host for offer in party.offers for host in offer.hosts]
    return "." in text and any(f"{host}.".startswith(f"{text}.") for host in hosts)
