"""Objects that are not krmfn's, beside the declarations: a tenant may add them only in its own namespaces (R14).

They are applied with the run's output. All in a folder in which a tenant writes counts as written by the tenant.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from krmfn.declarations import Role, role_of
from krmfn.declarations.hidden import inside
from krmfn.fieldpaths import join_path, path_of
from krmfn.fleet.beyond import beyond_a_tenant
from krmfn.fleet.declared import claimed, declarations
from krmfn.fleet.fleets import folder_of, is_definition
from krmfn.fleet.owners import listed
from krmfn.fleet.scopes import CLUSTER_WIDE
from krmfn.marks import LOCAL_CONFIG
from krmfn.resourcelist import annotations_of, identity, kind_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Result

OF_THE_BUILD = frozenset({"kustomize.config.k8s.io", "kpt.dev", "builtin"})
"""What the apiVersion of an object begins with that configures a build and is never applied."""


def foreign_objects(fleet: Fleet) -> Iterator[Result]:
    """Errors for objects that a tenant may not add: in other namespaces, or such that Flux acts with its own rights.

    One object in the folders of two runs is an error at both.
    """
    owners = {claim.namespace: run for run in fleet.runs for claim in claimed(run)}
    written: defaultdict[Identity, dict[str, Resource]] = defaultdict(dict)
    for run in fleet.runs:
        own = {claim.namespace for claim in claimed(run)}
        for item in _applied(run):
            written[identity(item)].setdefault(run.folder, item)
            is_tenants = not run.is_platform and folder_of(item) != run.folder
            hidden = next(inside(item), None) if is_tenants else None
            if hidden:
                yield _of_others(item, run, *hidden)
            elif is_tenants and kind_of(item) in CLUSTER_WIDE:
                yield _cluster_wide(item, run)
            elif not run.is_platform and identity(item).namespace not in own:
                yield from _foreign(item, run, owners)
            elif not run.is_platform and _is_tenants(item, run):
                beyond = [*beyond_a_tenant(item, run)]
                yield from beyond or _referring(item, run, owners)
    for found in written.values():
        for folder, item in found.items() if len(found) > 1 else ():
            others = listed(len(found) - 1, (other for other in found if other != folder))
            message = (
                f"is also in the folder of the run in {others}, so Flux would apply both in turn; keep it in one run"
            )
            yield origin_of(item).error("declared-twice", message, "metadata.name")


def _applied(run: Run) -> Iterator[Resource]:
    """The objects of a run that Flux applies as they are."""
    return filter(is_applied, run.items if run.config else ())


def is_applied(item: Resource) -> bool:
    """True for an object that Flux applies as it is."""
    is_ours = role_of(item) is Role.DECLARATION or is_definition(item)
    is_local = str(annotations_of(item).get(LOCAL_CONFIG, "false")) != "false"
    return not is_ours and not is_local and str(item.get("apiVersion")).partition("/")[0] not in OF_THE_BUILD


def _is_tenants(item: Resource, run: Run) -> bool:
    """True if a tenant may have written it, and krmfn does not replace it."""
    spaces = {each.object.namespace for each in declarations(run)} if role_of(item) is Role.GENERATED else set()
    return folder_of(item) != run.folder and identity(item).namespace not in spaces


def _of_others(item: Resource, run: Run, field: str, inner: Resource) -> Result:
    message = (
        f"Flux would apply this {inner.get('kind')} by itself, not as a part of the object around it, and tenants "
        f"write below {run.folder}; write it as a document of its own, separated by ---, so that it is checked, or "
        "remove it"
    )
    return origin_of(item).error("object-in-items", message, field)


def _cluster_wide(item: Resource, run: Run) -> Result:
    whatever = ", whatever namespace it names" if identity(item).namespace else ""
    message = (
        f"is cluster-wide{whatever}, so it is no tenant's, and tenants write below {run.folder}; remove it, or let the "
        f"platform put this into {run.folder} itself"
    )
    return origin_of(item).error("foreign-namespace", message, "kind")


def _referring(item: Resource, run: Run, owners: dict[str, Run]) -> Iterator[Result]:
    """An error for the first reference to an object in another run's namespace: a controller may follow it.

    CDI copies a disk from one namespace into another, for example, for whoever may read both, as Flux may.
    """
    for field, namespace in _references(item.get("spec"), "spec"):
        owner = owners.get(namespace)
        if owner is not None and owner.folder != run.folder:
            message = (
                f"refers to namespace {namespace}, which belongs to the run in {owner.folder}, and tenants write below "
                f"{run.folder}; remove it, or let the platform put this into {run.folder} itself"
            )
            yield origin_of(item).error("foreign-namespace", message, field)
            return


def _references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every field that names a namespace, with the name."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        field = join_path(path, path_of(key))
        if isinstance(each, str) and (key == "namespace" or str(key).endswith("Namespace")):
            yield field, each
        else:
            yield from _references(each, field)


def _foreign(item: Resource, run: Run, owners: dict[str, Run]) -> Iterator[Result]:
    namespace = identity(item).namespace
    owner = owners.get(namespace)
    is_tenants = folder_of(item) != run.folder
    if owner is not None:
        message = (
            f"namespace {namespace} belongs to the run in {owner.folder}, so nothing of this run may be in it; move it "
            "there, or remove it"
        )
        yield origin_of(item).error("foreign-namespace", message, "metadata.namespace")
    elif is_tenants and namespace:
        message = (
            f"namespace {namespace} is not this run's, and tenants write below {run.folder}; use the run's own "
            f"namespace, or let the platform put this into {run.folder} itself"
        )
        yield origin_of(item).error("foreign-namespace", message, "metadata.namespace")
    elif is_tenants:
        message = (
            "has no namespace, so it would be in one that Flux chooses, or cluster-wide, and tenants write "
            f"below {run.folder}; set the run's own namespace, or let the platform put this into "
            f"{run.folder} itself"
        )
        yield origin_of(item).error("foreign-namespace", message, "metadata.namespace")
