"""The party and the port that a text names; an unknown name is an error that lists the nearest ones."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from krmfn.declarations import Network
from krmfn.lookalikes import meant
from krmfn.reach import parties
from krmfn.reach.apps import Management, app
from krmfn.reach.baseline import ancestors
from krmfn.reach.parties import CHILD, CHILDREN, OTHERS, SPACE, STRANGER, WELL_KNOWN
from krmfn.reach.rules import LAST_PORT, PROTOCOLS
from krmfn.reach.undeclared import address, well_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.reach.parties import Party
    from krmfn.reach.world import World

NEAREST, LONGEST = 5, 200
SPELLING = (
    f"write Kind/name, namespace/Kind/name, an address or a range of addresses, or one of {', '.join(WELL_KNOWN)}, "
    f"{OTHERS}, {CHILDREN}"
)


class NotThereError(Exception):
    """No party has the name, or the port is invalid; the message says what there is."""


class AskedPort(NamedTuple):
    """A port in a question."""

    protocol: str
    number: int


def split(text: str) -> tuple[str, AskedPort | None]:
    """The name and the port of `Postgres/main:5432`, `10.0.0.1:53/UDP` or `[2001:db8::1]:443`.

    Raises:
        NotThereError: the port is invalid.
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
    """The party that FROM names; its namespace may be left out if only one tenant has the name.

    Raises:
        NotThereError: no party has that name, or several have it.
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
    """The party that TO names; without a namespace, it is in the sender's.

    Raises:
        NotThereError: no party has that name.
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
    yield from (_well_known(world, each, namespace, space.management.network) for each in WELL_KNOWN)
    yield from (_pods_of(world, each) for each in world.platform.opened if space.is_known)
    for above in ancestors(namespace):
        yield from (each for owner in world.platform.modules if (each := _module(world, above, owner)))
    yield _neighbours(world, CHILDREN, namespace)
    yield _neighbours(world, OTHERS, namespace)


def _elsewhere(world: World, name: str, home: str) -> Party | None:
    """The party of a name that is not declared here; None if the name is declared."""
    space = world.spaces.get(home) or next(iter(world.spaces.values()), None)
    there = space.management if space else Management(world.platform, Network())
    if name in WELL_KNOWN:
        return _well_known(world, name, home, there.network)
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


def _well_known(world: World, name: str, home: str, network: Network) -> Party:
    return world.kept(f"{name} of {home}", lambda: well_known(name, network))


def _module(world: World, namespace: str, owner: str) -> Party | None:
    """A module of a tenant; None if it is declared here."""
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
    """Pods of tenants that are not declared here: children of a tenant, or unrelated tenants."""
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
    known += [f"{SPACE}/{each}" for each in _namespaces(world)] + [*WELL_KNOWN, OTHERS, CHILDREN]
    near = _nearest(name, known)
    rest = f"the nearest are {', '.join(near)}" if near else SPELLING
    kind = name.rpartition("/")[0].rpartition("/")[2]
    podless = f"; nothing of kind {kind} runs as a pod" if kind in world.platform.podless else ""
    message = f'there is no "{name}" here{podless}; {rest}'
    raise NotThereError(message)


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names that look most like it, whatever their case; look-alikes in other letters come first."""
    from difflib import get_close_matches  # noqa: PLC0415  (only where a name is wrong)

    spelled = {each.lower(): each for each in known}
    close = get_close_matches(name[:LONGEST].lower(), spelled, n=NEAREST, cutoff=0.6)
    found = [meant(name, spelled.values()), *(spelled[each] for each in close)]
    return list(dict.fromkeys(filter(None, found)))
