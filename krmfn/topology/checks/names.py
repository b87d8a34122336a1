"""Names: what Kubernetes, Helm and the platform accept, and names that two objects would share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.lookalikes import difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.catalog import Kind
    from krmfn.results import Origin, Result
    from krmfn.topology.model.releases import Release

_DNS_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_DNS_1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_TENANT = re.compile(r"[a-z][a-z0-9]*")
LABEL_LENGTH = 63
OBJECT_LENGTH = 253
RELEASE_LENGTH = 53
"""Helm's limit for a release's name; the platform applies it to prefix plus name
(docs/platform.md#release-of-an-app)."""


def name_field(origin: Origin) -> str:
    """The field of a declaration's name: `name` if it is inline, else `metadata.name`."""
    return "name" if origin.field else "metadata.name"


def is_object_name(name: str) -> bool:
    """True if it is a DNS subdomain (labels separated by dots), as the names of most objects must be."""
    return len(name) <= OBJECT_LENGTH and all(
        _DNS_1123.fullmatch(label) and len(label) <= LABEL_LENGTH for label in name.split(".")
    )


def spec_field(origin: Origin, field: str) -> str:
    """The path of a field of a declaration's spec, for an inline declaration or an object of its own."""
    return field if origin.field else f"spec.{field}"


def check_name(kind: Kind, name: str, namespace: str, origin: Origin, field: str) -> Iterator[Result]:
    """Refuses names that the platform's API would refuse, with its checks in the same order."""
    if kind.kind == "Tenant" and not _TENANT.fullmatch(name):
        message = (
            "tenant names must start with a lowercase letter and contain only lowercase letters and digits; dashes "
            "are not allowed"
        )
        yield origin.error("invalid-name", message, field)
    elif not _DNS_1035.fullmatch(name):
        message = (
            "must start with a lowercase letter, have only lowercase letters, digits and dashes, and not end with a "
            "dash"
        )
        yield origin.error("invalid-name", message + difference(name), field)
    elif not _DNS_1123.fullmatch(kind.prefix + name):
        message = (
            f"the release would be named {kind.prefix}{name}, which Kubernetes refuses; correct the prefix of "
            f"{kind.kind}"
        )
        yield origin.error("invalid-name", message, field)
    if kind.name and name != kind.name:
        yield origin.error(
            "invalid-name",
            f'a tenant has only one {kind.kind}, which must be named "{kind.name}"; rename or remove this one',
            field,
        )
    yield from check_length((kind.prefix, name), RELEASE_LENGTH, "Helm release", origin, field)
    if kind.kind == "Tenant":
        inner = name if (name, namespace) == ("root", "tenant-root") else f"{namespace}-{name}"
        parts = (inner,) if inner == name else (namespace, "-", name)
        yield from check_length(parts, LABEL_LENGTH, "tenant namespace", origin, field)


def check_home(kind: Kind, namespace: str, origin: Origin) -> Iterator[Result]:
    """Refuses a kind outside the only namespace that its chart allows."""
    if kind.namespace and namespace != kind.namespace:
        message = (
            f"{kind.kind} belongs to the platform, and its chart runs only in {kind.namespace}; declare it there, or "
            "remove it"
        )
        yield origin.error("wrong-namespace", message, "namespace" if origin.field else "metadata.namespace")


def check_cluster_name(name: str, origin: Origin, field: str) -> Iterator[Result]:
    """Checks the name of a cluster that krmfn does not create: it becomes part of object names, and a label's value."""
    if not _DNS_1123.fullmatch(name):
        message = "must be lowercase letters, digits and dashes, and begin and end with a letter or digit"
        yield origin.error("invalid-name", message, field)
    yield from check_length((name,), LABEL_LENGTH, "cluster", origin, field)


def check_length(parts: tuple[str, ...], limit: int, what: str, origin: Origin, field: str) -> Iterator[Result]:
    """Refuses a name that is too long, and shows its parts; names are never shortened with a hash."""
    name = "".join(parts)
    if len(name) > limit:
        made = " + ".join(f'"{part}" ({len(part)})' for part in parts if part)
        message = (
            f"the {what} would be named {name}, which has {len(name)} characters, but only {limit} are allowed: "
            f"{made}; shorten one part"
        )
        yield origin.error("name-too-long", message, field)


def check_collisions(releases: Iterable[Release], addon_releases: Iterable[tuple[str, str]]) -> Iterator[Result]:
    """Errors for declarations whose releases would share a name, like `Kubernetes nodes-x` and `KubernetesNodes x`.

    Args:
        releases: all releases of one namespace.
        addon_releases: names that the platform gives to a cluster's addons, each with the cluster's name.
    """
    named = [(release.name, release.owner, release.origin) for release in releases]
    yield from shared_names(named, "{owners} would both get the HelmRelease {name}; rename one")
    taken = dict(addon_releases)
    for name, _, origin in named:
        if name in taken:
            message = f"the HelmRelease {name} belongs to cluster {taken[name]}; rename this one"
            yield origin.error("name-collision", message, name_field(origin))


def shared_names(named: Iterable[tuple[str, str, Origin]], message: str) -> Iterator[Result]:
    """An error at each of several declarations that would get the same name.

    Args:
        named: the name, its owner, and the owner's declaration.
        message: the message, with placeholders {owners} and {name}.
    """
    by_name: dict[str, list[tuple[str, Origin]]] = {}
    for name, owner, origin in named:
        by_name.setdefault(name, []).append((owner, origin))
    for name, same in by_name.items():
        owners = " and ".join(sorted(owner for owner, _ in same))
        for _, origin in same if len(same) > 1 else ():
            yield origin.error("name-collision", message.format(owners=owners, name=name), name_field(origin))
