"""What a user writes: parse() reads every declaration, wherever it stands, and collects every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.declarations.configuration import read as read_configuration
from krmfn.declarations.items import Items
from krmfn.declarations.options import Options
from krmfn.declarations.records import (
    App,
    AppRef,
    Cluster,
    Connection,
    Credential,
    Declarations,
    Definition,
    Mesh,
    MeshedCluster,
    Placement,
    Profile,
)
from krmfn.declarations.roles import PLATFORM_OWNERS, Role, role_of, roles_of
from krmfn.declarations.scalars import ambiguous
from krmfn.declarations.validation import Validator
from krmfn.resourcelist import OWNER, annotations_of, identity, origin_of
from krmfn.results import File, ResultsError, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Identity, Resource, ResourceList
    from krmfn.results import Origin, Result

__all__ = [
    "App",
    "AppRef",
    "Cluster",
    "Connection",
    "Credential",
    "Declarations",
    "Definition",
    "Mesh",
    "MeshedCluster",
    "Options",
    "Placement",
    "Profile",
    "Role",
    "parse",
    "role_of",
]


PLATFORM = ""
"""Instead of a namespace, of what the platform output holds."""


def parse(given: ResourceList) -> Declarations:
    """Reads the functionConfig and the items; the errors that the items hold are among the results.

    Raises:
        ResultsError: with every finding, when what all else depends on is wrong: the functionConfig, or names.
    """
    findings: list[Result] = []
    validator = Validator()
    configuration = read_configuration(given.function_config, validator, findings)
    misread = has_errors(findings)
    if given.function_config is not None:
        findings.extend(ambiguous(given.function_config, configuration.options.origin))
    items = Items(validator, findings)
    roles = roles_of(given.items)
    for item, role in roles:
        items.read(item, role)
    clusters = (*configuration.clusters, *items.clusters)
    apps = (*configuration.apps, *items.apps)
    findings.extend(_declared_twice(clusters, apps, items))
    if misread or items.renamed:
        raise ResultsError(findings)
    placements = (*configuration.placements, *items.placements)
    namespaces = {each.namespace for each in clusters}
    namespaces |= {each.namespace for each in apps} | {each.namespace for each in placements}
    namespaces |= {each.namespace for each in configuration.meshes}
    namespaces |= {PLATFORM} if configuration.options.scope == "platform" else set()
    kept = given.with_items(_kept(roles, namespaces, findings))
    remaining = set(map(id, kept.items))
    return Declarations(
        options=configuration.options,
        clusters=clusters,
        apps=apps,
        placements=placements,
        definitions=(*items.definitions, *configuration.definitions),
        isolation_profiles=tuple(items.isolation_profiles),
        component_profiles=tuple(items.component_profiles),
        kept=kept,
        broken=frozenset(items.broken),
        earlier=tuple(item for item, role in roles if role is Role.GENERATED and id(item) not in remaining),
        existing=_existing(kept.items),
        results=in_order(findings),
        meshes=configuration.meshes,
    )


def _kept(
    roles: Iterable[tuple[Resource, Role]], namespaces: set[str], findings: list[Result]
) -> Iterator[tuple[Resource, bool]]:
    """The items that go back, and whether they stay out of a cluster.

    What an earlier run generated goes where something of its namespace is declared again (R3).
    """
    for item, role in roles:
        if role is not Role.GENERATED:
            yield item, role is Role.DECLARATION
        elif _home(item) not in namespaces:
            yield item, False
            message = (
                f"generated for {annotations_of(item)[OWNER]}, and nothing in its namespace is declared here, "
                "so it stays as it is; delete it if its declaration is gone"
            )
            field = f'metadata.annotations["{OWNER}"]'
            findings.append(origin_of(item).warning("generated-elsewhere", message, field))


def _home(item: Resource) -> str:
    """The namespace whose output holds a generated object; a cluster-scoped one of a tenant is `<namespace>.<name>`."""
    _, _, namespace, name = identity(item)
    is_platforms = annotations_of(item)[OWNER].partition("/")[0] in PLATFORM_OWNERS
    return namespace or (PLATFORM if is_platforms else name.partition(".")[0])


def _existing(kept: Iterable[Resource]) -> dict[Identity, Origin]:
    """What the user wrote; of two that are one to Kubernetes, the one in the first file."""
    found: dict[Identity, Origin] = {}
    for item in kept:
        if role_of(item) is Role.BYSTANDER:
            origin = origin_of(item)
            known = found.setdefault(identity(item), origin)
            if (origin.file or File("")) < (known.file or File("")):
                found[identity(item)] = origin
    return found


def _declared_twice(clusters: Iterable[Cluster], apps: Iterable[App], items: Items) -> Iterator[Result]:
    """Two declarations of one identity, wherever they stand."""
    seen: dict[tuple[str, ...], list[Origin]] = {}
    for cluster in clusters:
        seen.setdefault(("Kubernetes", cluster.namespace, cluster.name), []).append(cluster.origin)
    for app in apps:
        seen.setdefault((app.kind, app.namespace, app.name), []).append(app.origin)
    for placement in items.placements:
        if placement.origin.resource.kind == "Placement":
            seen.setdefault(("Placement", *placement.origin.resource[2:]), []).append(
                placement.origin._replace(field="")
            )
    for profile in (*items.isolation_profiles, *items.component_profiles):
        seen.setdefault((profile.origin.resource.kind, "", profile.name), []).append(profile.origin)
    for (kind, namespace, name), origins in seen.items():
        if len(origins) > 1:
            known = sorted({_where(origin) for origin in origins if origin.file or origin.field})
            where = f": {' and '.join(known)}" if len(known) > 1 else f" ({len(origins)} times)"
            message = f"{kind} {namespace}{'/' if namespace else ''}{name} is declared more than once{where}; keep one"
            yield from (
                origin.error("declared-twice", message, "" if origin.field else "metadata.name") for origin in origins
            )


def _where(origin: Origin) -> str:
    place = origin.file.path if origin.file else str(origin.resource)
    return f"{origin.field} of {place}" if origin.field else f"in {place}"
