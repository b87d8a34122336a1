"""Kustomizations that would change declarations: `render` reads files, and would not see the change (contract §6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.resourcelist import file_of
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
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
    """A kustomization and where it stands."""

    path: Path
    content: dict[str, Any]


def refuse(overlays: Iterable[Overlay], declarations: Iterable[Resource]) -> Iterator[Result]:
    """An error for each kustomization that changes one of the declarations."""
    files = [Path(file.path).resolve() for file in map(file_of, declarations) if file]
    for overlay in overlays:
        changes = [field for field in CHANGES if overlay.content.get(field)]
        if changes and any(_reaches(overlay, file) for file in files):
            path = overlay.path.as_posix()
            origin = Origin(ResourceRef("kustomize.config.k8s.io/v1beta1", "Kustomization", "", path), File(path))
            message = (
                f"sets {' and '.join(changes)} over declarations, which render would not see, for it reads files; "
                f"run `kustomize build --enable-alpha-plugins --enable-exec {overlay.path.parent.as_posix()}` "
                "with krmfn as a transformer"
            )
            yield origin.error("overlay-over-declarations", message, changes[0])


def _reaches(overlay: Overlay, file: Path) -> bool:
    """Whether the kustomization's resources name the file or a folder that holds it."""
    folder = overlay.path.parent.resolve()
    lists = (overlay.content.get("resources"), overlay.content.get("components"))
    named = [each for entries in lists if isinstance(entries, list) for each in entries]
    return any(file == folder / str(each) or file.is_relative_to((folder / str(each)).resolve()) for each in named)
