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
from krmfn.resources import helmrelease
from krmfn.results import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result
    from krmfn.topology import Topology

EMITTERS = (helmrelease.emit,)


def emit(topology: Topology, kept: Iterable[Resource]) -> tuple[Resource, ...]:
    """Every object that the tenants come to, tenant by tenant.

    Args:
        topology: what there will be.
        kept: the items that go back; a generated object's place in a file is never theirs.
    """
    taken = {file_of(item) for item in kept}
    return tuple(
        _filed(resource, origin, taken)
        for tenant in topology.tenants.values()
        for emitter in EMITTERS
        for resource, origin in emitter(tenant)
    )


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
    path = f"{directory}{slash}generated/{namespace}/{kind.lower()}-{name}.yaml"
    package = origin.file.package
    index = next(i for i in range(len(taken) + 1) if File(path, i, package) not in taken)
    taken.add(File(path, index, package))
    marks = {**dict.fromkeys(PATH_ANNOTATIONS, path), **dict.fromkeys(INDEX_ANNOTATIONS, str(index))}
    return annotated(resource, {**marks, PACKAGE_PATH: package} if package else marks)
