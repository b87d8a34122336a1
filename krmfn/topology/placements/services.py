"""Managed services: the other ends of connections, looked up in the placement's own namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.results import did_you_mean
from krmfn.topology.checks.chartvalues import at
from krmfn.topology.checks.names import check_name
from krmfn.topology.releases import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Kind, Port
    from krmfn.declarations import App, Connection
    from krmfn.results import Result
    from krmfn.topology.known.kinds import Kinds
    from krmfn.topology.known.namespaces import AppKey, Namespace


class Service(NamedTuple):
    """A connection's other end, looked up: what it is called and who its users are.

    `values` are those of its declaration; None where another repository has it.
    """

    connection: Connection
    kind: Kind
    release: str
    users: tuple[str, ...]
    ports: tuple[Port, ...]
    values: dict[str, Any] | None


def find_service(
    connection: Connection, space: Namespace, placed: set[AppKey], kinds: Kinds, findings: list[Result]
) -> Service | None:
    """The service that a connection names, in the placement's own namespace.

    Args:
        connection: as declared.
        space: what its namespace declares.
        placed: the apps of it that run on a cluster.
        kinds: the catalog with what the input adds to it.
        findings: what is wrong is added here.
    """
    if connection.kind == CLUSTER:
        message = "a cluster is no managed service; to run an app on it, place the app there"
        findings.append(connection.origin.error("unknown-service", message, "to.kind"))
        return None
    kind = kinds.find(connection.kind, connection.origin, "to.kind")
    if kind is None:
        return None
    target = (connection.kind, connection.name)
    if space.is_broken(*target):
        return None
    problems = [*_out_of_reach(connection, space, placed), *_unknown_ports(connection, kind)]
    if connection.external:
        # The name of one that is declared is checked there. Here a dot would make another host name of it.
        problems += check_name(kind, connection.name, space.name, connection.origin, "to.name")
    findings.extend(problems)
    if problems:
        return None
    users = connection.users if connection.external else _declared_users(space.apps[target])
    values = None if connection.external else space.apps[target].values
    return Service(connection, kind, kind.prefix + connection.name, users, _ports(connection, kind), values)


def _out_of_reach(connection: Connection, space: Namespace, placed: set[AppKey]) -> Iterator[Result]:
    """Why the service is not one that this namespace has on the management plane."""
    target, origin, apps = (connection.kind, connection.name), connection.origin, space.apps
    if not connection.external and target not in apps:
        names = [name for kind, name in apps if kind == connection.kind]
        message = (
            f"no {connection.kind} {connection.name} is declared in this "
            f"namespace{did_you_mean(connection.name, names)}; "
            "declare it, or say external: true if another repository does"
        )
        yield origin.error("unknown-service", message, "to.name")
    elif connection.external and target in apps:
        message = f"{connection.kind} {connection.name} is declared in this namespace; remove external"
        yield origin.error("external-is-declared", message, "to.external")
    elif target in placed:
        message = (
            f"{connection.kind} {connection.name} runs on a cluster itself; a connection leads to a service on the "
            "management plane"
        )
        yield origin.error("service-is-placed", message, "to.name")
    if connection.users and not connection.external:
        message = "users are read from the service's own declaration; only an external one has them here"
        yield origin.error("users-without-external", message, "to.users")


def _declared_users(app: App) -> tuple[str, ...]:
    _, users = at(app.values or {}, ("users",))
    return tuple(users) if isinstance(users, dict) else ()


def _offered(kind: Kind) -> tuple[Port, ...]:
    """The client ports of the kind, each once, in the order of its Services; without any, those of its pods."""
    own = kind.members.ports if kind.members else ()
    return tuple(dict.fromkeys((*(port for service in kind.services for port in service.ports), *own)))


def _ports(connection: Connection, kind: Kind) -> tuple[Port, ...]:
    """The client ports of the kind, or those of them that the connection narrows them to."""
    return tuple(port for port in _offered(kind) if not connection.ports or port.port in connection.ports)


def _unknown_ports(connection: Connection, kind: Kind) -> Iterator[Result]:
    known = sorted({port.port for port in _offered(kind)})
    for index, number in enumerate(connection.ports):
        if number not in known:
            message = (
                f"{kind.kind} has {', '.join(map(str, known))}, not {number}"
                if known
                else f"{kind.kind} has no Service in its namespace, and so no ports; remove ports"
            )
            yield connection.origin.error("unknown-port", message, f"ports[{index}]")
