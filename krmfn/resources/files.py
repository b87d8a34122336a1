"""The files of generated objects, if the host has files, and the objects that an earlier run generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import OWNER
from krmfn.resourcelist import (
    INDEX_ANNOTATIONS,
    PACKAGE_PATH,
    PATH_ANNOTATIONS,
    annotated,
    annotations_of,
    file_of,
    identity,
    origin_of,
)
from krmfn.results import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.resources import Emitted
    from krmfn.results import Result


def filed(emitted: Iterable[Emitted], kept: Iterable[Resource]) -> tuple[Resource, ...]:
    """The objects, each with a file beside its declaration; never the same file and index as a kept item."""
    taken = {file_of(item) for item in kept}
    return tuple(_filed(each, taken) for each in emitted)


def _filed(emitted: Emitted, taken: set[File | None]) -> Resource:
    """The object with the annotations for its file; kpt distinguishes documents by path and index."""
    resource, file = emitted.resource, emitted.origin.file
    if file is None:
        return resource
    found = identity(resource)
    directory, slash, _ = file.path.rpartition("/")
    path = f"{directory}{slash}generated/{found.namespace or 'cluster'}/{found.kind.lower()}-{found.name}.yaml"
    index = next(i for i in range(len(taken) + 1) if File(path, i, file.package) not in taken)
    taken.add(File(path, index, file.package))
    marks = {**dict.fromkeys(PATH_ANNOTATIONS, path), **dict.fromkeys(INDEX_ANNOTATIONS, str(index))}
    return annotated(resource, {**marks, PACKAGE_PATH: file.package} if file.package else marks)


def removals(earlier: Iterable[Resource], generated: Iterable[Resource]) -> Iterator[Result]:
    """A result for each object of an earlier run that this run removes, or writes to another file.

    If the object has a file, its declaration is gone, and this is an info. If it has no file, another function of the
    same build may have generated it, so this is a warning.
    """
    remaining = {identity(item): file_of(item) for item in generated}
    for item in earlier:
        origin, file = origin_of(item), remaining.get(identity(item))
        if file and origin.file and (file.package, file.path) != (origin.file.package, origin.file.path):
            yield origin.info("moved", f"is now written to {file.path}, next to its declaration", "metadata.name")
        if identity(item) not in remaining:
            message = f"was generated for {annotations_of(item)[OWNER]}, which no longer generates it; removed"
            field = f'metadata.annotations["{OWNER}"]'
            yield origin.info("removed", message, field) if origin.file else origin.warning("removed", message, field)
