"""The output of a run: krmfn's own objects, and what `kustomize build` would print of the others."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from krmfn.cli.inputs.builds import build_of, in_build_order, is_dropped
from krmfn.declarations import Role, role_of
from krmfn.fleet import folder_of
from krmfn.resourcelist import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.configured import Expanded
    from krmfn.cli.inputs.runfolders import RunFolder
    from krmfn.fleet import Run
    from krmfn.resourcelist import Resource
    from krmfn.results import Result


def differences(run: Run, part: RunFolder, *, generated_only: bool) -> Iterator[Result]:
    """Where the output differs from that of `kustomize build`."""
    build = build_of(run.items, part.overlays)
    yield from build.unlisted(generated_only=generated_only)
    if not generated_only:
        yield from build.not_applied(part.files)


def generated(answer: Expanded, given: Iterable[Resource]) -> tuple[Resource, ...]:
    """Krmfn's own objects, without those that an earlier run left among the items."""
    came = {id(item) for item in given}
    items = answer.expansion.answer.items
    return tuple(item for item in items if role_of(item) is Role.GENERATED and id(item) not in came)


def built(run: Run, part: RunFolder, answer: Expanded) -> tuple[Resource, ...]:
    """The run's other objects as well, without what kustomize drops, in the order of its build."""
    mine, build = {id(item) for item in run.items}, build_of(run.items, part.overlays)
    kept = {id(item) for item in build.kept()}
    config = identity(run.config) if run.config else None
    items = [
        item
        for item in answer.expansion.answer.items
        if not is_dropped(item) and (id(item) in kept or (id(item) not in mine and role_of(item) is Role.GENERATED))
    ]
    return tuple(in_build_order(item for item in items if identity(item) != config))


def inside(run: Run, objects: Iterable[Resource]) -> tuple[Resource, ...]:
    """The objects of the only run of a fleet, without others' objects outside of its folder."""
    folder = PurePosixPath(folder_of(run.config)) if run.config else PurePosixPath()
    return tuple(
        item
        for item in objects
        if role_of(item) is not Role.BYSTANDER
        or folder in {PurePosixPath(folder_of(item)), *PurePosixPath(folder_of(item)).parents}
    )
