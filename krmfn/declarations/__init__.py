"""What a user writes: parse() reads every declaration from the functionConfig and the items, with all findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.declarations.ambiguous import ambiguous
from krmfn.declarations.configuration import read as read_configuration
from krmfn.declarations.declared import (
    AppRef,
    Credential,
    Declarations,
    DeclaredApp,
    DeclaredCluster,
    DeclaredConnection,
    DeclaredMesh,
    DeclaredPlacement,
    DeclaredSide,
    Definition,
    KubeconfigRef,
    Profile,
)
from krmfn.declarations.objects import read_objects
from krmfn.declarations.options import Network, Options
from krmfn.declarations.ownership import declared_twice, misdirected, out_of_bounds
from krmfn.declarations.roles import Role, role_of, roles_of
from krmfn.declarations.validation import Validator
from krmfn.marks import OWNER, PLATFORM, home_of
from krmfn.resourcelist import annotations_of, identity, origin_of
from krmfn.results import File, ResultsError, gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.declarations.ownership import Namespaced
    from krmfn.resourcelist import Identity, Resource, ResourceList
    from krmfn.results import Origin, Result

__all__ = [
    "AppRef",
    "Credential",
    "Declarations",
    "DeclaredApp",
    "DeclaredCluster",
    "DeclaredConnection",
    "DeclaredMesh",
    "DeclaredPlacement",
    "DeclaredSide",
    "Definition",
    "KubeconfigRef",
    "Network",
    "Options",
    "Profile",
    "Role",
    "parse",
    "role_of",
]


def parse(given: ResourceList) -> Declarations:
    """Reads the functionConfig and the items; errors in the items are among the results.

    Raises:
        ResultsError: the functionConfig is wrong, or kustomize renamed declarations, so that further checks would be
            misleading. It has every finding.
    """
    validator = Validator.shipped()
    configuration, of_config = gathered(read_configuration(given.function_config, validator))
    misread = has_errors(of_config)
    findings = list(of_config)
    if given.function_config is not None:
        findings += ambiguous(given.function_config, configuration.options.origin)
    roles = roles_of(given.items)
    objects, of_items = gathered(read_objects(roles, validator, configuration.options.namespace))
    findings += of_items
    clusters = (*configuration.clusters, *objects.clusters)
    apps = (*configuration.apps, *objects.apps)
    findings += declared_twice(clusters, apps, objects)
    placements = (*configuration.placements, *objects.placements)
    namespaced: tuple[Namespaced, ...] = (*clusters, *apps, *placements, *configuration.meshes)
    foreign, outside = gathered(out_of_bounds(namespaced, configuration.options))
    findings += outside
    # If kustomize renamed a declaration, no reference to it would be found.
    if misread or any(each.code == "renamed" for each in of_items):
        raise ResultsError(findings)
    declared = {each.namespace for each in namespaced}
    declared |= {PLATFORM} if configuration.options.scope == "platform" else set()
    kept = given.with_items(_kept(roles, declared))
    findings += _generated_elsewhere(roles, declared)
    remaining = set(map(id, kept.items))
    return Declarations(
        options=configuration.options,
        clusters=clusters,
        apps=apps,
        placements=tuple(each for each in placements if each.namespace not in foreign),
        definitions=(*objects.definitions, *configuration.definitions),
        isolation_profiles=objects.of_kind("IsolationProfile"),
        component_profiles=objects.of_kind("ComponentProfile"),
        kept=kept,
        broken=objects.broken | misdirected(clusters, apps, foreign),
        earlier=tuple(item for item, role in roles if role is Role.GENERATED and id(item) not in remaining),
        existing=_existing(kept.items),
        results=in_order(findings),
        meshes=configuration.meshes,
    )


def _kept(roles: Iterable[tuple[Resource, Role]], namespaces: set[str]) -> Iterator[tuple[Resource, bool]]:
    """The items that are returned, each with True if it must not be applied to a cluster.

    Objects that an earlier run generated are not kept if this run has declarations of the same namespace (R3).
    """
    for item, role in roles:
        if role is not Role.GENERATED or _home(item) not in namespaces:
            yield item, role is Role.DECLARATION


def _generated_elsewhere(roles: Iterable[tuple[Resource, Role]], namespaces: set[str]) -> Iterator[Result]:
    for item, role in roles:
        if role is Role.GENERATED and _home(item) not in namespaces:
            message = (
                f"was generated for {annotations_of(item)[OWNER]}, but this run declares nothing in its namespace, so "
                "it is kept; delete it if its declaration is gone"
            )
            field = f'metadata.annotations["{OWNER}"]'
            yield origin_of(item).warning("generated-elsewhere", message, field)


def _home(item: Resource) -> str:
    """The namespace whose output contains a generated object."""
    found = identity(item)
    return home_of(found.namespace, found.name, annotations_of(item)[OWNER])


def _existing(kept: Iterable[Resource]) -> dict[Identity, Origin]:
    """The objects that the user wrote; of two with the same identity, the one in the first file."""
    found: dict[Identity, Origin] = {}
    for item in kept:
        if role_of(item) is Role.BYSTANDER:
            origin = origin_of(item)
            known = found.setdefault(identity(item), origin)
            if (origin.file or File("")) < (known.file or File("")):
                found[identity(item)] = origin
    return found
