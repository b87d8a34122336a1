"""Connections: managed services that placed apps connect to, looked up in the placement's own namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.lookalikes import did_you_mean
from krmfn.topology.checks.chartvalues import at
from krmfn.topology.checks.conditions import holds, spelt
from krmfn.topology.checks.names import check_name
from krmfn.topology.known.namespaces import AppKey
from krmfn.topology.model.connections import Connection
from krmfn.topology.releases import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from krmfn.catalog import Kind, Port
    from krmfn.declarations import DeclaredApp, DeclaredConnection, DeclaredPlacement
    from krmfn.results import Result, Rule
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import Namespace


def connections_of(
    placement: DeclaredPlacement, space: Namespace, placed: frozenset[AppKey], kinds: Kinds
) -> Rule[tuple[Connection, ...]]:
    """The connections of a placement's apps.

    Args:
        placement: as declared.
        space: the declarations of its namespace.
        placed: the apps of the namespace that run on a cluster.
        kinds: the catalog, with the definitions in the input.
    """
    found: list[Connection] = []
    for declared in placement.connections:
        connection = yield from _connection(declared, space, placed, kinds)
        found += [connection] if connection else []
    yield from _connected_twice(placement)
    return tuple(found)


def _connection(
    declared: DeclaredConnection, space: Namespace, placed: frozenset[AppKey], kinds: Kinds
) -> Rule[Connection | None]:
    if declared.kind == CLUSTER:
        message = "a cluster is not a managed service; to run an app on it, place the app there"
        yield declared.origin.error("unknown-service", message, "to.kind")
        return None
    kind = yield from kinds.find(declared.kind, declared.origin, "to.kind")
    if kind is None or space.is_broken(declared.kind, declared.name):
        return None
    app = None if declared.external else space.apps.get(AppKey(declared.kind, declared.name))
    values = (app.values or {}) if app else None
    there = kind._replace(services=tuple(each for each in kind.services if holds(each.when, values) is not False))
    problems = [*_out_of_reach(declared, space, placed), *_unknown_ports(declared, there, kind)]
    if declared.external:
        # A declared service's name is checked at its declaration. An external one's is checked here: with a dot it
        # would give the host name of something else.
        problems += check_name(kind, declared.name, space.name, declared.origin, "to.name")
    yield from problems
    if problems:
        return None
    return Connection(
        origin=declared.origin,
        kind=there,
        name=declared.name,
        release=kind.prefix + declared.name,
        ports=_ports(declared, there),
        external=declared.external,
        users=_declared_users(app) if app else declared.users,
        values=values,
        credentials=declared.credentials,
    )


def _out_of_reach(connection: DeclaredConnection, space: Namespace, placed: frozenset[AppKey]) -> Iterator[Result]:
    """Errors if the service is not on the management plane in this namespace."""
    target, origin, apps = AppKey(connection.kind, connection.name), connection.origin, space.apps
    if not connection.external and target not in apps:
        hint = did_you_mean(connection.name, space.names_of(connection.kind))
        hint = hint or space.of_another_kind(connection.name, connection.kind)
        message = (
            f"no {connection.kind} {connection.name} is declared in this "
            f"namespace{hint}; declare it, or set external: true if another "
            "repository declares it"
        )
        yield origin.error("unknown-service", message, "to.name")
    elif connection.external and target in apps:
        message = f"{connection.kind} {connection.name} is declared in this namespace; remove external"
        yield origin.error("external-is-declared", message, "to.external")
    elif target in placed:
        message = (
            f"{connection.kind} {connection.name} runs on a cluster itself, but a connection can only lead to a "
            "service on the management plane"
        )
        yield origin.error("service-is-placed", message, "to.name")
    if connection.users and not connection.external:
        message = "users are read from the service's own declaration; set them here only for an external service"
        yield origin.error("users-without-external", message, "to.users")


def _declared_users(app: DeclaredApp) -> Collection[str]:
    _, users = at(app.values or {}, ("users",))
    return users if isinstance(users, dict) else ()


def _offered(kind: Kind) -> tuple[Port, ...]:
    """The client ports of the kind, without duplicates: those of its Services in order, then those of its pods."""
    own = kind.members.ports if kind.members else ()
    return tuple(dict.fromkeys((*(port for service in kind.services for port in service.ports), *own)))


def _ports(connection: DeclaredConnection, kind: Kind) -> tuple[Port, ...]:
    """The client ports of the kind; if the connection lists ports, only those."""
    return tuple(port for port in _offered(kind) if not connection.ports or port.port in connection.ports)


def _unknown_ports(connection: DeclaredConnection, there: Kind, kind: Kind) -> Iterator[Result]:
    """Errors for ports that the service does not have as declared (`there`); `kind` has all possible ports."""
    known = sorted({port.port for port in _offered(there)})
    switched_off: dict[int, str] = {}
    for each in kind.services:
        for port in each.ports:
            switched_off.setdefault(port.port, spelt(each.when))
    for index, number in enumerate(connection.ports):
        if number not in known and number in switched_off:
            message = (
                f"{kind.kind} {connection.name} has no port {number} as it is declared, because its Service exists "
                f"only if {switched_off[number]}; set that in its values, or remove the port"
            )
            yield connection.origin.error("unknown-port", message, f"ports[{index}]")
        elif number not in known:
            message = (
                f"{kind.kind} has no port {number}, only {', '.join(map(str, known))}"
                if known
                else f"{kind.kind} has no Service in its namespace, and so no ports; remove ports"
            )
            yield connection.origin.error("unknown-port", message, f"ports[{index}]")


def _connected_twice(placement: DeclaredPlacement) -> Iterator[Result]:
    seen: set[AppKey] = set()
    for connection in placement.connections:
        key = AppKey(connection.kind, connection.name)
        if key in seen:
            message = f"{connection.kind} {connection.name} has two connections here; put all its credentials into one"
            yield connection.origin.error("connected-twice", message, "to")
        seen.add(key)
