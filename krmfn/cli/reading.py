"""Reads the manifests of folders and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import yaml
from krmfn.cli.overlays import Overlay
from krmfn.cli.walking import KUSTOMIZATIONS, Walk, origin_of_file, unreadable, walk
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

OUR_GROUPS = (b"apps.cozystack.io/", b"krmfn.dev/", b"cozystack.io/")
NO_MANIFEST = "files that are no manifests"


class Tree(NamedTuple):
    """What was found under some paths."""

    items: list[Resource]
    overlays: list[Overlay]
    results: list[Result]
    counts: dict[str, int]
    seen: set[Path]


def read(paths: Iterable[Path], leave_out: Path | None = None, seen: Iterable[Path] = ()) -> Tree:
    """Reads every manifest under the paths.

    Args:
        paths: folders, or single files.
        leave_out: a folder that is not read: the one that is written to.
        seen: files that were read before, and are not read again.
    """
    tree = Tree([], [], [], {"files": 0}, set(seen))
    found = Walk(tree.counts, tree.results)
    for path in paths:
        for file in walk(path, leave_out, found) if path.is_dir() else [path]:
            if file.resolve() not in tree.seen:
                tree.seen.add(file.resolve())
                _read_file(file, tree, found)
    return tree


def _read_file(path: Path, tree: Tree, found: Walk) -> None:
    origin = origin_of_file(path)
    if path.exists() and not path.is_file():
        found.tally(NO_MANIFEST)
        return
    try:
        content = path.read_bytes()
    except OSError as error:
        tree.results.append(unreadable(error))
        return
    found.tally("files")
    try:
        documents = yaml.load_all(content)
    except yaml.YamlError as error:
        # Saved as UTF-16, our groups have a zero byte between their letters.
        ours = any(group in content.replace(b"\0", b"") for group in OUR_GROUPS)
        finding = origin.error if ours else origin.warning
        tree.results.append(finding("unreadable-file", f"is not YAML that Kubernetes reads: {error}"))
        return
    if path.name in KUSTOMIZATIONS:
        tree.overlays.extend(Overlay(path, document) for document in documents if isinstance(document, dict))
        return
    objects = [inner for document in documents for inner in _objects(document)]
    if not objects:
        found.tally(NO_MANIFEST)
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
