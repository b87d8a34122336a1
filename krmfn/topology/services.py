"""Connections of placed apps: which pods, which ports, which keys of which Secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.catalog import join
from krmfn.results import did_you_mean
from krmfn.topology.apps import CLUSTER
from krmfn.topology.records import ValuesReference
from krmfn.topology.targetpaths import shadow, split
from krmfn.topology.values import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Credentials, Kind, Port
    from krmfn.declarations import App, Connection, Credential
    from krmfn.results import Result
    from krmfn.topology.apps import Rules
    from krmfn.topology.kinds import Kinds
    from krmfn.topology.namespaces import AppKey, Namespace


class Service(NamedTuple):
    """A connection's other end, looked up: what it is called and who its users are."""

    connection: Connection
    kind: Kind
    release: str
    users: tuple[str, ...]
    ports: tuple[Port, ...]


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
    origin, apps = connection.origin, space.apps
    before = len(findings)
    if not connection.external and target not in apps:
        names = [name for other, name in apps if other == connection.kind]
        message = (
            f"no {connection.kind} {connection.name} is declared in this "
            f"namespace{did_you_mean(connection.name, names)}; "
            "declare it, or say external: true if another repository does"
        )
        findings.append(origin.error("unknown-service", message, "to.name"))
    elif connection.external and target in apps:
        message = f"{connection.kind} {connection.name} is declared in this namespace; remove external"
        findings.append(origin.error("external-is-declared", message, "to.external"))
    elif target in placed:
        message = (
            f"{connection.kind} {connection.name} runs on a cluster itself; a connection leads to a service on the "
            "management plane"
        )
        findings.append(origin.error("service-is-placed", message, "to.name"))
    if connection.users and not connection.external:
        message = "users are read from the service's own declaration; only an external one has them here"
        findings.append(origin.error("users-without-external", message, "to.users"))
    ports = _ports(connection, kind, findings)
    if len(findings) > before:
        return None
    users = connection.users if connection.external else _declared_users(apps[target])
    return Service(connection, kind, kind.prefix + connection.name, users, ports)


def _declared_users(app: App) -> tuple[str, ...]:
    _, users = at(app.values or {}, ("users",))
    return tuple(users) if isinstance(users, dict) else ()


def _ports(connection: Connection, kind: Kind, findings: list[Result]) -> tuple[Port, ...]:
    """The client ports of the kind, or those of them that the connection narrows them to."""
    offered = tuple(dict.fromkeys(port for service in kind.services for port in service.ports))
    known = sorted({port.port for port in offered})
    for index, number in enumerate(connection.ports):
        if number not in known:
            message = (
                f"{kind.kind} has {', '.join(map(str, known))}, not {number}"
                if known
                else f"{kind.kind} has no Service in its namespace, and so no ports; remove ports"
            )
            findings.append(connection.origin.error("unknown-port", message, f"ports[{index}]"))
    return tuple(port for port in offered if not connection.ports or port.port in connection.ports)


def references(service: Service, app: App, rules: Rules) -> Iterator[ValuesReference]:
    """The references to a service's Secrets that a placed app gets: resolved on the management cluster, never here."""
    target, findings = rules.target, rules.findings
    for credential in service.connection.credentials:
        secret = _secret(service, credential, findings)
        problem = shadow(credential.target_path, app.values or {})
        if problem:
            message = f"{app.kind} {app.name} {problem}"
            findings.append(credential.origin.error("shadowed-credential", message, "targetPath"))
        if secret:
            yield ValuesReference(secret, credential.key, credential.target_path, target.has("valuesFrom[].literal"))
        if secret and not target.has("valuesFrom[].literal"):
            message = (
                f"before Flux {target.since('valuesFrom[].literal')} a Secret's value is read like helm --set: "
                "one that is all digits, "
                "true, false or null changes its type, and a comma, a brace, a bracket or a backslash breaks "
                "out of its path; "
                "keep them out of this Secret"
            )
            findings.append(credential.origin.warning("credential-not-literal", message, "targetPath"))


def check_paths(services: list[Service], findings: list[Result]) -> None:
    """Two credentials at one path of the values, or one inside the other: the later would silently win."""
    seen: list[tuple[tuple[str | int, ...], Credential]] = []
    for service in services:
        for credential in service.connection.credentials:
            steps = split(credential.target_path)
            for other_steps, other in seen:
                shorter = min(len(steps), len(other_steps))
                if steps[:shorter] == other_steps[:shorter]:
                    message = (
                        f"{other.target_path} is set by another credential ({other.origin.field}); give each its "
                        "own path"
                    )
                    findings.append(credential.origin.error("credential-path-taken", message, "targetPath"))
            seen.append((steps, credential))


def _secret(service: Service, credential: Credential, findings: list[Result]) -> str:
    """The name of the Secret that has the key, or nothing and a result that says what there is."""
    kind, origin = service.kind, credential.origin
    if not kind.credentials:
        message = f"{kind.kind} has no credential Secret. {kind.note}".strip()
        findings.append(origin.error("no-credentials", message, "key"))
        return ""
    if credential.user and credential.user not in service.users:
        findings.append(origin.error("unknown-user", _users_message(service, credential.user), "user"))
        return ""
    offered = {
        join(entry.secret, release=service.release, name=service.connection.name, user=credential.user): entry
        for entry in kind.credentials
        if ("user" in entry.secret) == bool(credential.user)
    }
    names = [
        name
        for name, entry in offered.items()
        if credential.key in _keys(entry, service) and credential.secret in {"", name}
    ]
    match names:
        case [name]:
            return name
        case []:
            findings.append(_no_such_key(service, credential, offered))
        case _:
            message = f"more than one Secret has the key {credential.key}; say secret: {' or '.join(names)}"
            findings.append(origin.error("ambiguous-credential", message, "secret"))
    return ""


def _keys(entry: Credentials, service: Service) -> tuple[str, ...]:
    return tuple(key for word in entry.keys for key in (service.users if word == "user" else (word,)))


def _no_such_key(service: Service, credential: Credential, offered: dict[str, Credentials]) -> Result:
    origin = credential.origin
    if credential.secret and credential.secret not in offered:
        message = (
            f"{service.kind.kind} {service.connection.name} has no Secret {credential.secret}; it has "
            f"{', '.join(offered) or 'none without a user'}"
        )
        return origin.error("unknown-secret", message, "secret")
    keys = [key for entry in offered.values() for key in _keys(entry, service)]
    by_user = [word for entry in service.kind.credentials if "user" in entry.secret for word in entry.keys]
    if any("user" in entry.keys for entry in offered.values()):
        return origin.error("unknown-user", _users_message(service, credential.key), "key")
    hint = f"; with user: its keys are {', '.join(by_user)}" if by_user and not credential.user else ""
    has = f"has {', '.join(keys)}" if keys else "has no Secret of its own"
    message = (
        f"{service.kind.kind} {service.connection.name} {has}, not "
        f"{credential.key}{did_you_mean(credential.key, keys)}{hint}"
    )
    return origin.error("unknown-credential-key", message, "key")


def _users_message(service: Service, name: str) -> str:
    declared = ", ".join(service.users) or "none"
    where = (
        "to.users lists" if service.connection.external else f"{service.kind.kind} {service.connection.name} declares"
    )
    return f"{name} is no user: {where} {declared}{did_you_mean(name, service.users)}"
