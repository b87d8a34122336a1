"""Kustomizations among the files: what they list, which namespace they set, and what they would change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krmfn.fieldpaths import path_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import file_of
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

LISTS = ("resources", "components", "bases")
CHANGES = (
    "namePrefix",
    "nameSuffix",
    "labels",
    "commonLabels",
    "commonAnnotations",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "vars",
)
"""Fields that may change a declaration. `namespace` is understood; images and replicas change nothing of ours."""
MAX_NAME = 4096


class Overlay(NamedTuple):
    """A kustomization and its path; `written` if krmfn wrote it, and so the folder is output."""

    path: Path
    content: dict[str, Any]
    written: bool = False

    @property
    def origin(self) -> Origin:
        path = self.path.as_posix()
        return Origin(ResourceRef("kustomize.config.k8s.io/v1beta1", "Kustomization", "", path), File(path))

    @property
    def namespace(self) -> str:
        """The namespace that it sets; empty if it sets none."""
        found = self.content.get("namespace")
        return found if isinstance(found, str) else ""

    def entries(self) -> list[tuple[str, str]]:
        """What it lists: the path of the field, and the entry."""
        lists = [(name, found) for name in LISTS if isinstance(found := self.content.get(name), list)]
        return [(path_of(name, at), each) for name, found in lists for at, each in enumerate(found) if _is_name(each)]


def is_remote(entry: str) -> bool:
    """True if kustomize takes an entry for another repository (api/internal/git/repospec.go of kustomize 5.8).

    Such an entry is in no message: its address may have a password in it (R7).
    """
    host = entry.lower().partition("/")[0]
    return "://" in entry or "?ref=" in entry or "@" in host or ":" in host or host == "github.com"


class Overlays(NamedTuple):
    """The kustomizations by their folder, and by each file and folder in their builds."""

    by_folder: dict[Path, Overlay]
    by_place: dict[Path, tuple[Overlay, ...]]

    def over(self, file: Path) -> list[Overlay]:
        """The kustomizations whose build has the file in it: by name, by folder, or through other kustomizations."""
        return [each for place in (file, *file.parents) for each in self.by_place.get(place, ())]

    def nearest(self, file: Path) -> Overlay | None:
        """The kustomization in the folder of the file, or in the closest one above."""
        return next((self.by_folder[each] for each in file.parents if each in self.by_folder), None)


def overlays_of(found: Iterable[Overlay]) -> Overlays:
    by_folder = {Path(os.path.realpath(overlay.path.parent)): overlay for overlay in found}
    by_place: dict[Path, tuple[Overlay, ...]] = {}
    for folder, overlay in by_folder.items():
        for place in _reached(folder, by_folder):
            by_place[place] = (*by_place.get(place, ()), overlay)
    return Overlays(by_folder, by_place)


def _reached(folder: Path, by_folder: dict[Path, Overlay]) -> set[Path]:
    """The files and folders in a kustomization's build; folders only if they have no kustomization of their own."""
    waiting, entered, places = [folder], {folder}, set()
    while waiting:
        each = waiting.pop()
        for _, entry in by_folder[each].entries():
            place = placed(each, entry)
            if place not in by_folder:
                places.add(place)
            elif place not in entered:
                entered.add(place)
                waiting.append(place)
    return places


def placed(folder: Path, entry: str) -> Path:
    """The place of an entry of the kustomization in a folder."""
    return Path(os.path.normpath(folder / entry))


def named_elsewhere(folder: Path, overlay: Overlay) -> set[Path]:
    """Every place that a kustomization names in another field than its resources: patches, generators, functions."""
    others = [value for field, value in overlay.content.items() if field not in LISTS]
    return {placed(folder, text) for text in _texts(others) if _is_name(text)}


def real_files(items: Iterable[Resource]) -> Iterator[tuple[Path | None, Resource]]:
    """Each item with its file, without links in the path of its folder, as kustomizations name it."""
    folders: dict[str, str] = {}
    for item in items:
        file = file_of(item)
        if file is None:
            yield None, item
            continue
        folder, name = os.path.split(file.path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        yield Path(folders[folder], name), item


def refuse(overlays: Iterable[Overlay], declarations: Iterable[Resource]) -> Iterator[Result]:
    """An error for each kustomization that changes one of the declarations."""
    found = [*overlays]
    changing = {each.path: [field for field in CHANGES if each.content.get(field)] for each in found}
    if not any(changing.values()):
        return
    graph = overlays_of(found)
    files = {file for file, _ in real_files(declarations) if file}
    over = {overlay.path for file in files for overlay in graph.over(file)}
    for overlay in graph.by_folder.values():
        changes = changing[overlay.path]
        if changes and overlay.path in over:
            message = (
                f"sets {' and '.join(changes)} for declarations, but krmfn reads files and does not run kustomize; "
                f"run `kustomize build --enable-alpha-plugins --enable-exec {overlay.path.parent.as_posix()}` "
                "with krmfn as a transformer"
            )
            yield overlay.origin.error("overlay-over-declarations", message, changes[0])


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) < MAX_NAME and "\n" not in text and "\0" not in text


def _texts(value: Any) -> Iterator[str]:
    """Every string in a value; of `key=path`, the path."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text.rpartition("=")[2]
            case dict() as mapping:
                waiting += mapping.values()
            case list() as values:
                waiting += values
