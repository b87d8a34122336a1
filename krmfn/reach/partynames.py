"""The party that a text names; an unknown name is an error that lists the nearest ones."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_network
from typing import TYPE_CHECKING

from krmfn.declarations import Network
from krmfn.lookalikes import meant
from krmfn.reach import parties
from krmfn.reach.apps import Management, app
from krmfn.reach.baseline import ancestors
from krmfn.reach.parties import CHILD, CHILDREN, NEIGHBOURS, OTHERS, SPACE, STRANGER, WELL_KNOWN
from krmfn.reach.spellings import ALIASES, NotThereError, called
from krmfn.reach.undeclared import address, well_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.reach.parties import Party
    from krmfn.reach.world import World

NEAREST, LONGEST = 5, 200
SPACES = {"namespace", "namespaces", "ns"}
NODES = {"node", "nodes", "nodeport", "nodeports"}
SPELLING = (
    f"write Kind/name, namespace/Kind/name, an address or a range of addresses, or one of {', '.join(WELL_KNOWN)}, "
    f"{OTHERS}, {CHILDREN}"
)


def sender(world: World, name: str, namespace: str = "") -> Party:
    """The party that FROM names; its namespace may be left out if only one tenant has the name.

    Args:
        world: the parties.
        name: as people type it: in any case, with the kind in the plural or left out, or the host name of a Service.
        namespace: only parties of this one count; empty for all.

    Raises:
        NotThereError: no party has that name, or several have it.
    """
    name = ALIASES.get(name.lower(), name)
    if found := _elsewhere(world, name, namespace):
        return found
    matching = called(name, [each for each in _named(world) if namespace in {"", each.namespace}])
    if len(matching) > 1:
        choices = ", ".join(each.full_name for each in matching)
        several = "is in several namespaces" if len({each.name for each in matching}) == 1 else "may be several"
        message = f'"{name}" {several}; write one of {choices}'
        raise NotThereError(message)
    return matching[0] if matching else _refuse(world, name, namespace)


def receiver(world: World, name: str, home: str) -> Party:
    """The party that TO names; without a namespace, it is in the sender's.

    Raises:
        NotThereError: no party has that name, or several have it.
    """
    name = ALIASES.get(name.lower(), name)
    if found := _elsewhere(world, name, home):
        return found
    everybody = _named(world)
    # What says its namespace, as a full name and a host name do, may be in any.
    at_home = called(name, [each for each in everybody if each.namespace == home])
    full = [each for each in called(name, everybody) if name.startswith(f"{each.namespace}/") or "." in name]
    if not home or len(at_home or full) > 1:
        return sender(world, name, home)
    return (at_home or full)[0] if at_home or full else _refuse(world, name, home)


def receivers(world: World, namespace: str) -> Iterator[Party]:
    """Everybody that a party of a tenant may be asked about: its own, the platform, and its neighbours.

    Of one that belongs to no tenant that is declared here, everybody who is declared.
    """
    space = world.spaces.get(namespace)
    if space is None:
        yield from _named(world)
        return
    yield from space.parties.values()
    yield from (_well_known(world, each, namespace, space.management.network) for each in WELL_KNOWN)
    yield from (_pods_of(world, each) for each in world.platform.opened if space.is_known)
    for above in ancestors(namespace) if space.is_known else ():
        yield from (each for owner in world.platform.modules if (each := _module(world, above, owner)))
    yield _neighbours(world, CHILDREN, namespace)
    yield _neighbours(world, OTHERS, namespace)


def _elsewhere(world: World, name: str, home: str) -> Party | None:
    """The party of a name that is not declared here; None if the name is declared."""
    space = world.spaces.get(home) or next(iter(world.spaces.values()), None)
    there = space.management if space else Management(world.platform, Network())
    lowered = name.lower()
    if lowered in WELL_KNOWN:
        return _well_known(world, lowered, home, there.network)
    if lowered in NEIGHBOURS:
        return _neighbours(world, lowered, home or _only_tenant(world, lowered))
    try:
        network = ip_network(name)
    except ValueError:
        pass
    else:
        return address(name, network, there.network)
    kind, _, namespace = lowered.partition("/")
    if kind in SPACES and namespace in _namespaces(world):
        return _pods_of(world, namespace)
    namespace, _, asked = lowered.partition("/") if name.count("/") > 1 else (home, "", lowered)
    owner = next((each for each in world.platform.modules if each.lower() == asked), "")
    space = world.spaces.get(namespace)
    if owner and namespace in _tenants(world) and not (space and owner in space.parties):
        return _module(world, namespace, owner)
    return None


def _only_tenant(world: World, name: str) -> str:
    """The one tenant that is declared here; its neighbours are meant where nobody says whose."""
    if len(world.spaces) == 1:
        return next(iter(world.spaces))
    message = f'whose "{name}"? Name the tenant: -n {next(iter(world.spaces), "NAMESPACE")}'
    raise NotThereError(message)


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
    if home and home not in _tenants(world):
        message = f'nothing is declared in namespace "{home}"; there is something in {", ".join(world.spaces)}'
        raise NotThereError(message)
    named = _named(world)
    names = Counter(each.name for each in named)
    known = [
        each.name if each.namespace == home or (not home and names[each.name] == 1) else each.full_name
        for each in named
    ]
    known += [each.full_name for each in named] if name.count("/") > 1 else []
    known += [f"{SPACE}/{each}" for each in _namespaces(world)] + [*WELL_KNOWN, OTHERS, CHILDREN]
    modules = [f"{each}/{owner}" for each in sorted(_tenants(world)) for owner in world.platform.modules]
    # Of modules a name alone may be meant: each tenant may have one.
    parts = name.lower().split("/")
    near = [each for each in modules if {*parts} <= {*each.lower().split("/")} and parts[-1] != each.split("/")[0]]
    near = near or sorted(f"{SPACE}/{each}" for each in _namespaces(world) if each.endswith(f"-{parts[0]}"))
    near = near or [ALIASES[each] for each in parts[-1:] if each in ALIASES] or _nearest(name, known)
    rest = f"the nearest {'is' if len(near) == 1 else 'are'} {', '.join(near)}" if near else SPELLING
    if "." in name and "/" not in name and not near:
        rest = f"krmfn looks no names up: ask for its address, or for world; else {SPELLING}"
    if parts[0] in NODES:
        clusters = ", ".join(each.full_name for each in named if each.name.startswith(f"{parties.CLUSTER}/"))
        rest = f"nodes of the management cluster are host, and those of a cluster stand for it: {clusters or 'none'}"
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
