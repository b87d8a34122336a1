"""Reads the manifests of a folder as kpt would: charts and ignored files left out, everything skipped counted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pathspec import GitIgnoreSpec

from krmfn import yaml
from krmfn.cli.overlays import KUSTOMIZATIONS, Overlay
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotated
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

SUFFIXES = (".yaml", ".yml", ".json")
IGNORE_FILE = ".krmignore"
OUR_GROUPS = (b"apps.cozystack.io/", b"krmfn.dev/", b"cozystack.io/")


class Tree(NamedTuple):
    """What was found under some paths."""

    items: list[Resource]
    overlays: list[Overlay]
    results: list[Result]
    counts: dict[str, int]


def read(paths: Iterable[Path], leave_out: Path | None = None) -> Tree:
    """Reads every manifest under the paths.

    Args:
        paths: folders, or single files.
        leave_out: a folder that is not read: the one that is written to.
    """
    tree = Tree([], [], [], {"files": 0, "charts": 0, "ignored files": 0, "files that are no manifests": 0})
    seen: set[Path] = set()
    for path in paths:
        for file in _files(path, leave_out, tree.counts) if path.is_dir() else [path]:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                _read_file(file, tree)
    return tree


def _files(root: Path, leave_out: Path | None, counts: dict[str, int]) -> Iterator[Path]:
    """The files that may hold manifests, in order; hidden folders and folders of charts are not entered."""
    specs: dict[Path, GitIgnoreSpec] = {}
    for name, folders, files in os.walk(root):
        folder = Path(name)
        if leave_out and folder.resolve() == leave_out.resolve():
            folders.clear()
            continue
        if "Chart.yaml" in files:
            counts["charts"] += 1
            folders.clear()
            continue
        if IGNORE_FILE in files:
            specs[folder] = GitIgnoreSpec.from_lines(_text(folder / IGNORE_FILE).splitlines())
        folders[:] = sorted(
            each for each in folders if not each.startswith(".") and not _ignored(folder / each, specs, is_folder=True)
        )
        for each in sorted(files):
            path = folder / each
            if _ignored(path, specs, is_folder=False):
                counts["ignored files"] += 1
            elif (each.endswith(SUFFIXES) and not each.startswith(".")) or each in KUSTOMIZATIONS:
                yield path


def _text(path: Path) -> str:
    """A file's text; what is not UTF-8 in it matches no name."""
    return path.read_text(encoding="utf-8", errors="replace")


def _ignored(path: Path, specs: dict[Path, GitIgnoreSpec], *, is_folder: bool) -> bool:
    return any(
        spec.match_file(path.relative_to(folder).as_posix() + ("/" if is_folder else ""))
        for folder, spec in specs.items()
        if path.is_relative_to(folder)
    )


def _read_file(path: Path, tree: Tree) -> None:
    origin = Origin(ResourceRef("v1", "File", "", path.as_posix()), File(path.as_posix()))
    try:
        content = path.read_bytes()
    except OSError as error:
        tree.results.append(origin.warning("unreadable-file", f"cannot be read: {error.strerror}"))
        return
    tree.counts["files"] += 1
    try:
        documents = yaml.load_all(content)
    except yaml.YamlError as error:
        ours = any(group in content for group in OUR_GROUPS)
        finding = origin.error if ours else origin.warning
        tree.results.append(finding("unreadable-file", f"is not YAML that Kubernetes reads: {error}"))
        return
    if path.name in KUSTOMIZATIONS:
        tree.overlays.extend(Overlay(path, document) for document in documents if isinstance(document, dict))
        return
    objects = [inner for document in documents for inner in _objects(document)]
    if not objects:
        tree.counts["files that are no manifests"] += 1
    for index, document in enumerate(objects):
        marks = {**dict.fromkeys(PATH_ANNOTATIONS, path.as_posix()), **dict.fromkeys(INDEX_ANNOTATIONS, str(index))}
        tree.items.append(annotated(document, marks))


def _objects(document: Any) -> Iterator[Resource]:
    """The Kubernetes objects of a document: itself, the items of a List, or none."""
    if not isinstance(document, dict) or not document.get("apiVersion") or not document.get("kind"):
        return
    items = document.get("items")
    if document["kind"] == "List" and isinstance(items, list):
        for item in items:
            yield from _objects(item)
    else:
        yield document
