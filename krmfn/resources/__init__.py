"""Manifests: each emitter spells out one output kind; EMITTERS is also the output order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.resourcelist import (
    INDEX_ANNOTATIONS,
    OWNER,
    PACKAGE_PATH,
    PATH_ANNOTATIONS,
    annotated,
    annotations_of,
    file_of,
    identity,
    origin_of,
)
from krmfn.resources import ciliumnetworkpolicy, clustermesh, clusternetworkpolicy, configmap, helmrelease
from krmfn.results import File, raise_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from krmfn.declarations import Declarations
    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result
    from krmfn.topology import Tenant, Topology

    Emitted = tuple[Resource, Origin]

EMITTERS: tuple[Callable[[Tenant], Iterator[Emitted]], ...] = (
    configmap.emit,
    ciliumnetworkpolicy.emit,
    clusternetworkpolicy.emit,
    helmrelease.emit,
    clustermesh.emit,
)


def emit(topology: Topology, declared: Declarations) -> tuple[Resource, ...]:
    """Every object that the platform comes to, or the tenants, tenant by tenant.

    Args:
        topology: what there will be.
        declared: with the items that go back; a generated object's place in a file is never theirs.

    Raises:
        ResultsError: when one would overwrite what the user wrote, or is larger than Kubernetes takes.
    """
    taken = {file_of(item) for item in declared.kept.items}
    emitted = list(_platform(topology) if topology.platform else _tenants(topology))
    raise_errors([*topology.results, *_overwritten(emitted, declared), *_too_large(emitted)])
    return tuple(_filed(resource, origin, taken) for resource, origin in emitted)


def _tenants(topology: Topology) -> Iterator[Emitted]:
    for tenant in topology.tenants.values():
        for emitter in EMITTERS:
            yield from emitter(tenant)


def _platform(topology: Topology) -> Iterator[Emitted]:
    from krmfn.resources import clusterroles, guards  # noqa: PLC0415  (loaded only by the one run that needs them)

    if topology.platform:
        yield from guards.emit(topology.platform)
        yield from clusterroles.emit(topology.platform)


def _overwritten(emitted: Iterable[Emitted], declared: Declarations) -> Iterator[Result]:
    """An object that the user wrote is never overwritten silently (R3)."""
    for resource, origin in emitted:
        _, kind, _, name = generated = identity(resource)
        written = declared.existing.get(generated)
        if written:
            place = f" in {written.file.path}" if written.file else ""
            message = (
                f"{annotations_of(resource)[OWNER]} becomes the {kind} {name}, and the input has one of that "
                f"name{place}; remove it, or rename the declaration"
            )
            field = "name" if origin.field else "metadata.name"
            yield origin.error("would-overwrite", message, field)


def _too_large(emitted: Iterable[Emitted]) -> Iterator[Result]:
    """Helm keeps a release in one Secret, and etcd an object in one request: what does not fit fails on each try."""
    for resource, origin in emitted:
        if resource["kind"] == "HelmRelease" and "krmfn.dev/boundary" in resource["metadata"].get("labels", {}):
            from krmfn.resources import size  # noqa: PLC0415  (loaded only with a boundary)

            stored = size.release_bytes(resource["spec"]["values"]["objects"])
            for what, bytes_, limit in (
                ("as a Helm release", stored, size.LIMIT),
                ("as an object", size.object_bytes(resource), size.OBJECT_LIMIT),
            ):
                if bytes_ > limit:
                    message = (
                        f"its boundary would take {bytes_} bytes {what}, and Kubernetes takes {limit}; spread its apps "
                        "over more clusters"
                    )
                    yield origin.error("release-too-large", message, "name" if origin.field else "metadata.name")


def removed(earlier: Iterable[Resource], generated: Iterable[Resource]) -> Iterator[Result]:
    """What an earlier run generated and this one does not, or elsewhere: it goes, and never without a word.

    Where the host knows files, it is the file of a declaration that is gone. Where it knows none, another function of
    the same build may have made it, so that is a warning.
    """
    remaining = {identity(item): file_of(item) for item in generated}
    for item in earlier:
        origin, file = origin_of(item), remaining.get(identity(item))
        if file and origin.file and (file.package, file.path) != (origin.file.package, origin.file.path):
            yield origin.info("moved", f"is written to {file.path}, beside its declaration", "metadata.name")
        if identity(item) not in remaining:
            message = f"was generated for {annotations_of(item)[OWNER]}, which no longer comes to it; removed"
            field = f'metadata.annotations["{OWNER}"]'
            yield origin.info("removed", message, field) if origin.file else origin.warning("removed", message, field)


def _filed(resource: Resource, origin: Origin, taken: set[File | None]) -> Resource:
    """The object with the file it belongs into, beside its declaration's; where the host knows no files, without.

    kpt keeps files apart by path and index (facts/krm.md 8, 18).
    """
    if origin.file is None:
        return resource
    _, kind, namespace, name = identity(resource)
    directory, slash, _ = origin.file.path.rpartition("/")
    path = f"{directory}{slash}generated/{namespace or 'cluster'}/{kind.lower()}-{name}.yaml"
    package = origin.file.package
    index = next(i for i in range(len(taken) + 1) if File(path, i, package) not in taken)
    taken.add(File(path, index, package))
    marks = {**dict.fromkeys(PATH_ANNOTATIONS, path), **dict.fromkeys(INDEX_ANNOTATIONS, str(index))}
    return annotated(resource, {**marks, PACKAGE_PATH: package} if package else marks)
