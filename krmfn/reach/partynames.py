"""Asking: which party a text names, and on which port; what is not there is an error that names the nearest ones."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from krmfn.declarations import Network
from krmfn.lookalikes import meant
from krmfn.reach import parties
from krmfn.reach.apps import Management, app
from krmfn.reach.baseline import ancestors
from krmfn.reach.parties import CHILD, CHILDREN, OTHERS, SPACE, STRANGER, WORDS
from krmfn.reach.rules import LAST_PORT, PROTOCOLS
from krmfn.reach.undeclared import address, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.reach.parties import Party
    from krmfn.reach.world import World

NEAREST, LONGEST = 5, 200
SPELLING = (
    f"write Kind/name, namespace/Kind/name, an address or a range of addresses, or one of {', '.join(WORDS)}, "
    f"{OTHERS}, {CHILDREN}"
)


class NotThereError(Exception):
    """Nobody has that name, or it is no port; the message names what is there."""


class AskedPort(NamedTuple):
    """A port that somebody asks for."""

    protocol: str
    number: int


def split(text: str) -> tuple[str, AskedPort | None]:
    """The name and the port of `Postgres/main:5432`, `10.0.0.1:53/UDP` or `[2001:db8::1]:443`.

    Raises:
        NotThereError: the port is none.
    """
    if text.startswith("["):
        name, closing, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if closing else ""
        return name, _port(port) if port else None
    if text.count(":") != 1:
        return text, None
    name, _, port = text.partition(":")
    return name, _port(port)


def _port(text: str) -> AskedPort:
    number, _, protocol = text.partition("/")
    found = (protocol or "TCP").upper()
    is_number = number.isascii() and number.isdecimal() and len(number) <= len(str(LAST_PORT))
    if not is_number or not 1 <= int(number) <= LAST_PORT or found not in PROTOCOLS:
        message = f'"{text}" is not a port; write a number from 1 to {LAST_PORT}, and /UDP or /SCTP if it is not TCP'
        raise NotThereError(message)
    return AskedPort(found, int(number))


def sender(world: World, name: str) -> Party:
    """Who is asked about in the place of FROM: the namespace may be left out if one tenant alone has the name.

    Raises:
        NotThereError: nobody has that name, or several have.
    """
    if found := _elsewhere(world, name, ""):
        return found
    matching = [each for each in _named(world) if name in {each.full_name, each.name}]
    if len(matching) > 1:
        choices = ", ".join(each.full_name for each in matching)
        message = f'"{name}" is in several namespaces; write one of {choices}'
        raise NotThereError(message)
    return matching[0] if matching else _refuse(world, name, "")


def receiver(world: World, name: str, home: str) -> Party:
    """Who is asked about in the place of TO; without a namespace it is in that of the sender.

    Raises:
        NotThereError: nobody has that name.
    """
    if found := _elsewhere(world, name, home):
        return found
    for each in _named(world):
        if name == each.full_name or (name == each.name and each.namespace == home):
            return each
    if not home:
        return sender(world, name)
    return _refuse(world, name, home)


def receivers(world: World, namespace: str) -> Iterator[Party]:
    """Everybody that a party of a tenant may be asked about: its own, the platform, and its neighbours."""
    space = world.spaces[namespace]
    yield from space.parties.values()
    yield from (_word(world, each, namespace, space.management.network) for each in WORDS)
    yield from (_pods_of(world, each) for each in world.platform.opened if space.is_known)
    for above in ancestors(namespace):
        yield from (each for owner in world.platform.modules if (each := _module(world, above, owner)))
    yield _neighbours(world, CHILDREN, namespace)
    yield _neighbours(world, OTHERS, namespace)


def _elsewhere(world: World, name: str, home: str) -> Party | None:
    """Whom a name stands for if it is no declared object's; None if it is."""
    space = world.spaces.get(home) or next(iter(world.spaces.values()), None)
    there = space.management if space else Management(world.platform, Network())
    if name in WORDS:
        return _word(world, name, home, there.network)
    if name in {OTHERS, CHILDREN} and home:
        return _neighbours(world, name, home)
    try:
        network = ip_network(name)
    except ValueError:
        pass
    else:
        return address(name, network, there.network)
    kind, _, namespace = name.partition("/")
    if kind == SPACE and namespace in _namespaces(world):
        return _pods_of(world, namespace)
    namespace, _, owner = name.partition("/") if name.count("/") > 1 else (home, "", name)
    space = world.spaces.get(namespace)
    if owner in world.platform.modules and namespace in _tenants(world) and not (space and owner in space.parties):
        return _module(world, namespace, owner)
    return None


def _word(world: World, name: str, home: str, network: Network) -> Party:
    return world.kept(f"{name} of {home}", lambda: word(name, network))


def _module(world: World, namespace: str, owner: str) -> Party | None:
    """A module of a tenant; None if it is declared here, and so among the tenant's own."""
    space = world.spaces.get(namespace)
    if space and owner in space.parties:
        return space.parties[owner]
    there = space.management if space else next(iter(world.spaces.values())).management
    kind, _, release = owner.partition("/")
    return world.kept(
        f"{namespace}/{owner}",
        lambda: app(owner, namespace, release, world.catalog.kind(kind), there),
    )


def _neighbours(world: World, name: str, home: str) -> Party:
    """Pods of tenants that nobody declares here: children of a tenant, or tenants that are neither above nor below."""
    namespace = f"{home}-{CHILD}" if name == CHILDREN else STRANGER
    return world.kept(f"{name} of {home}", lambda: parties.pods_of(namespace, name))


def _pods_of(world: World, namespace: str) -> Party:
    return world.kept(f"{SPACE}/{namespace}", lambda: parties.pods_of(namespace))


def _named(world: World) -> list[Party]:
    return [party for space in world.spaces.values() for party in space.parties.values()]


def _tenants(world: World) -> set[str]:
    return {each for namespace in world.spaces for each in (namespace, *ancestors(namespace))}


def _namespaces(world: World) -> set[str]:
    return {*_tenants(world), *world.platform.opened, "kube-system"}


def _refuse(world: World, name: str, home: str) -> Party:
    named = _named(world)
    names = Counter(each.name for each in named)
    known = [
        each.name if each.namespace == home or (not home and names[each.name] == 1) else each.full_name
        for each in named
    ]
    known += [each.full_name for each in named] if name.count("/") > 1 else []
    known += [f"{SPACE}/{each}" for each in _namespaces(world)] + [*WORDS, OTHERS, CHILDREN]
    near = _nearest(name, known)
    rest = f"the nearest are {', '.join(near)}" if near else SPELLING
    kind = name.rpartition("/")[0].rpartition("/")[2]
    podless = f"; nothing of kind {kind} runs as a pod" if kind in world.platform.podless else ""
    message = f'"{name}" is not here{podless}; {rest}'
    raise NotThereError(message)


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names that look most like it, whatever their case; look-alikes in other letters come first."""
    from difflib import get_close_matches  # noqa: PLC0415  (only where a name is wrong)

    spelled = {each.lower(): each for each in known}
    close = get_close_matches(name[:LONGEST].lower(), spelled, n=NEAREST, cutoff=0.6)
    found = [meant(name, spelled.values()), *(spelled[each] for each in close)]
    return list(dict.fromkeys(filter(None, found)))
