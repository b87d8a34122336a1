"""Kustomizations that change declarations: `render` reads files, and would miss these changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.resourcelist import file_of
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

CHANGES = (
    "namespace",
    "namePrefix",
    "nameSuffix",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
)


class Overlay(NamedTuple):
    """A kustomization and its path."""

    path: Path
    content: dict[str, Any]


def refuse(overlays: Iterable[Overlay], declarations: Iterable[Resource]) -> Iterator[Result]:
    """An error for each kustomization that changes one of the declarations."""
    by_folder = {overlay.path.parent.resolve(): overlay for overlay in overlays}
    if not any(overlay.content.get(field) for overlay in by_folder.values() for field in CHANGES):
        return
    files = [Path(file.path).resolve() for file in map(file_of, declarations) if file]
    for overlay in by_folder.values():
        changes = [field for field in CHANGES if overlay.content.get(field)]
        if changes and any(_reaches(overlay, file, by_folder, set()) for file in files):
            path = overlay.path.as_posix()
            origin = Origin(ResourceRef("kustomize.config.k8s.io/v1beta1", "Kustomization", "", path), File(path))
            message = (
                f"sets {' and '.join(changes)} for declarations, but render reads files and does not run kustomize; "
                f"run `kustomize build --enable-alpha-plugins --enable-exec {overlay.path.parent.as_posix()}` "
                "with krmfn as a transformer"
            )
            yield origin.error("overlay-over-declarations", message, changes[0])


def _reaches(overlay: Overlay, file: Path, by_folder: dict[Path, Overlay], visited: set[Path]) -> bool:
    """True if the kustomization's resources include the file: by name, by folder, or through other kustomizations."""
    folder = overlay.path.parent.resolve()
    visited.add(folder)
    lists = (overlay.content.get("resources"), overlay.content.get("components"))
    names = [each for entries in lists if isinstance(entries, list) for each in entries]
    for name in names:
        named = Path(os.path.normpath(folder / str(name)))
        if file == named or file.is_relative_to(named):
            return True
        inner = by_folder.get(named)
        if inner and named not in visited and _reaches(inner, file, by_folder, visited):
            return True
    return False
