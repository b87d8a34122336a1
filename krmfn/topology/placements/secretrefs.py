"""Secret references: which keys of which Secrets a placed app gets, and where; never a value (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.catalog import is_by_user, join
from krmfn.lookalikes import did_you_mean, some
from krmfn.namedtuple import NamedTuple
from krmfn.topology.checks.conditions import holds, spelt
from krmfn.topology.checks.names import is_object_name
from krmfn.topology.checks.targetpaths import shadow, split
from krmfn.topology.model.releases import ValuesReference
from krmfn.topology.model.targets import LITERAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.catalog import Credentials
    from krmfn.declarations import Credential, DeclaredApp
    from krmfn.results import Result, Rule
    from krmfn.topology.model.connections import Connection
    from krmfn.topology.model.targets import Target


class _Offer(NamedTuple):
    """Keys of a Secret, and its name."""

    name: str
    entry: Credentials


def references(connection: Connection, app: DeclaredApp, target: Target) -> Rule[tuple[ValuesReference, ...]]:
    """A placed app's references to a service's Secrets; they are resolved on the management cluster, never here."""
    found: list[ValuesReference] = []
    for credential in connection.credentials:
        offer = yield from _offer(connection, credential, target)
        problem = shadow(credential.target_path, app.values or {})
        if str(next(iter(split(credential.target_path)), "")).startswith("_"):
            message = "keys starting with an underscore are reserved for the platform; choose another path"
            yield credential.origin.error("reserved-value", message, "targetPath")
        if problem:
            yield credential.origin.error("shadowed-credential", f"{app.kind} {app.name} {problem}", "targetPath")
        if offer:
            found.append(ValuesReference(offer.name, credential.key, credential.target_path, target.has(LITERAL)))
        if offer and not target.has(LITERAL) and not _is_plain(connection, credential, offer.entry):
            message = (
                f"before Flux {target.since(LITERAL)} a Secret's value is read like helm --set: only digits, true, "
                "false or null become another type, and a comma, a brace, a bracket or a backslash can set other "
                "values; keep them out of this Secret, or raise Flux and spec.target.flux"
            )
            yield credential.origin.warning("credential-not-literal", message, "targetPath")
    return tuple(found)


def _is_plain(connection: Connection, credential: Credential, entry: Credentials) -> bool:
    """True if the chart makes the value, of at least 16 letters and digits: any reader takes it as it is."""
    user = credential.user or credential.key
    words = {credential.key, *(("user",) if user in connection.users else ())}
    if connection.values is None or words.isdisjoint(entry.generated):
        return False
    said = connection.values.get("users")
    own = said.get(user) if isinstance(said, dict) else None
    return not (isinstance(own, dict) and own.get("password"))


def _offer(connection: Connection, credential: Credential, target: Target) -> Rule[_Offer | None]:
    """The Secret that has the key; if there is none, an error that lists what exists."""
    kind, origin = connection.kind, credential.origin
    if not kind.credentials:
        message = f"{kind.kind} has no credential Secret. {kind.note}".strip()
        yield origin.error("no-credentials", message, "key")
        return None
    if credential.user and credential.user not in connection.users:
        yield origin.error("unknown-user", _users_message(connection, credential.user), "user")
        return None
    offered = [
        _Offer(join(entry.secret, release=connection.release, name=connection.name, user=credential.user), entry)
        for entry in kind.credentials
        if is_by_user(entry.secret) == bool(credential.user)
    ]
    fitting = [
        each
        for each in offered
        if _has(each.entry, connection, credential.key) and credential.secret in {"", each.name}
    ]
    match fitting:
        case [_Offer(name=name)] if not is_object_name(name):
            message = (
                f"the Secret would be named {name}, which Kubernetes refuses, so the platform creates none for this "
                "user; rename the user"
            )
            yield origin.error("invalid-name", message, "user")
        case [offer]:
            yield from _made(connection, credential, offer, target)
            return offer
        case []:
            yield _no_such_key(connection, credential, offered)
        case _:
            choice = " or ".join(each.name for each in fitting)
            message = f"more than one Secret has the key {credential.key}; set secret to {choice}"
            yield origin.error("ambiguous-credential", message, "secret")
    return None


def _made(connection: Connection, credential: Credential, offer: _Offer, target: Target) -> Iterator[Result]:
    """Results if the platform does not create the Secret, or may leave the key empty, for the service as declared."""
    origin, entry, owner = credential.origin, offer.entry, f"{connection.kind.kind} {connection.name}"
    about = f"key {credential.key} of Secret {offer.name}"
    if entry.feature and not target.has(entry.feature):
        message = f"{about} {target.too_old(entry.feature)}, or take another credential"
        yield origin.error("needs-newer-cozystack", message, "key")
        return
    there = holds(entry.when, connection.values)
    if there is False:
        message = (
            f"{about} has a value only if {spelt(entry.when)}, but {owner} does not set that; set it in its values, "
            "or remove this credential"
        )
        yield origin.error("credential-not-made", message, "key")
    elif there is None:
        message = (
            f"{about} has a value only if {spelt(entry.when)}, which krmfn cannot check here; make sure that {owner} "
            "sets it, or the app's release never becomes ready"
        )
        yield origin.warning("credential-uncertain", message, "key")
    elif entry.late:
        late = join(entry.late, release=connection.release, name=connection.name)
        message = (
            f"{about} has no value until {owner} runs and HelmRelease {late} is upgraded once more, which does not "
            "happen by itself; then annotate it with reconcile.fluxcd.io/requestedAt and forceAt, or use another "
            "credential"
        )
        yield origin.warning("credential-late", message, "key")


def _has(entry: Credentials, connection: Connection, key: str) -> bool:
    return any(key in connection.users if word == "user" else key == word for word in entry.keys)


def _keys(entry: Credentials, connection: Connection) -> tuple[str, ...]:
    return tuple(key for word in entry.keys for key in (connection.users if word == "user" else (word,)))


def _no_such_key(connection: Connection, credential: Credential, offered: list[_Offer]) -> Result:
    origin, names = credential.origin, dict.fromkeys(each.name for each in offered)
    if credential.secret and credential.secret not in names:
        message = (
            f"{connection.kind.kind} {connection.name} has no Secret {credential.secret}; it has "
            f"{some(names) or 'none without a user'}"
        )
        return origin.error("unknown-secret", message, "secret")
    keys = [key for each in offered for key in _keys(each.entry, connection)]
    by_user = [word for entry in connection.kind.credentials if is_by_user(entry.secret) for word in entry.keys]
    if any("user" in each.entry.keys for each in offered):
        return origin.error("unknown-user", _users_message(connection, credential.key), "key")
    hint = f"; with user set, the keys are {', '.join(by_user)}" if by_user and not credential.user else ""
    has = f"has {some(keys)}" if keys else "has no Secret of its own"
    message = (
        f"{connection.kind.kind} {connection.name} {has}, not "
        f"{credential.key}{did_you_mean(credential.key, keys)}{hint}"
    )
    return origin.error("unknown-credential-key", message, "key")


def _users_message(connection: Connection, name: str) -> str:
    declared = some(connection.users) or "none"
    where = "to.users lists" if connection.external else f"{connection.kind.kind} {connection.name} declares"
    return f"{name} is not a user; {where} {declared}{did_you_mean(name, connection.users)}"
