"""Rules about all declarations of a run: each is declared once, and in a namespace of this run (R14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.declarations.declared import (
    BrokenKey,
    DeclaredApp,
    DeclaredCluster,
    DeclaredMesh,
    DeclaredPlacement,
)
from krmfn.lookalikes import meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.declarations.objects import DeclaredObjects
    from krmfn.declarations.options import Options
    from krmfn.results import Origin, Result, Rule

    Namespaced = DeclaredCluster | DeclaredApp | DeclaredPlacement | DeclaredMesh

SYSTEM = ("kube-", "cozy-")
"""Prefixes of the names of the platform's own namespaces."""


def declared_twice(
    clusters: Iterable[DeclaredCluster], apps: Iterable[DeclaredApp], objects: DeclaredObjects
) -> Iterator[Result]:
    """An error for each of several declarations with the same identity, in the functionConfig or the items."""
    seen: dict[tuple[str, str, str], list[Origin]] = {}
    for cluster in clusters:
        seen.setdefault(("Kubernetes", cluster.namespace, cluster.name), []).append(cluster.origin)
    for app in apps:
        seen.setdefault((app.kind, app.namespace, app.name), []).append(app.origin)
    for placement in objects.placements:
        written = placement.origin.resource
        whole = placement.origin._replace(field="")
        seen.setdefault((written.kind, written.namespace, written.name), []).append(whole)
    for profile in objects.profiles:
        seen.setdefault((profile.origin.resource.kind, "", profile.name), []).append(profile.origin)
    for (kind, namespace, name), origins in seen.items():
        if len(origins) > 1:
            known = sorted({_where(origin) for origin in origins if origin.file or origin.field})
            where = f": {' and '.join(known)}" if len(known) > 1 else f" ({len(origins)} times)"
            message = f"{kind} {namespace}{'/' if namespace else ''}{name} is declared more than once{where}; keep one"
            yield from (
                origin.error("declared-twice", message, "" if origin.field else "metadata.name") for origin in origins
            )


def misdirected(
    clusters: Iterable[DeclaredCluster], apps: Iterable[DeclaredApp], foreign: frozenset[str]
) -> frozenset[BrokenKey]:
    """Declarations in a wrong namespace: they are not reported as missing in the right one as well."""
    of_apps = {BrokenKey(app.kind, "", app.name) for app in apps if app.namespace in foreign}
    return frozenset(
        of_apps | {BrokenKey("Kubernetes", "", each.name) for each in clusters if each.namespace in foreign}
    )


def out_of_bounds(declared: Iterable[Namespaced], options: Options) -> Rule[frozenset[str]]:
    """The namespaces of another tenant or of the platform, with an error for each declaration in one (R14)."""
    foreign: set[str] = set()
    for each in declared:
        message = ""
        if each.namespace.startswith(SYSTEM):
            message = f"namespace {each.namespace} belongs to the platform, not to a tenant; use the tenant's namespace"
        elif each.namespace and options.bound_to and each.namespace not in options.bound_to:
            own = ", ".join(sorted(options.bound_to))
            near = meant(each.namespace, options.bound_to)
            hint = f'; did you mean "{near}"?' if near else ""
            message = (
                f"namespace {each.namespace} is outside this run, which may declare only in {own}{hint}"
                f"; move it to the run of {each.namespace}, or add "
                "that namespace to spec.namespaces of the ComputePlane"
            )
        if message:
            foreign.add(each.namespace)
            if each.origin.resource == options.origin.resource:
                yield each.origin.error("foreign-namespace", message, "namespace")
            else:
                yield each.origin._replace(field="").error("foreign-namespace", message, "metadata.namespace")
    return frozenset(foreign)


def _where(origin: Origin) -> str:
    place = origin.file.path if origin.file else str(origin.resource)
    return f"{origin.field} of {place}" if origin.field else f"in {place}"
