"""Reads the manifests of folders and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import yaml
from krmfn.cli.findings import counted
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.documents import objects_in
from krmfn.cli.inputs.folderwalk import KUSTOMIZATIONS, NO_FILE, Walk, origin_of_file, unreadable, walk
from krmfn.cli.inputs.namespaces import namespaced
from krmfn.cli.inputs.overlays import Overlay
from krmfn.cli.inputs.ownfiles import HEADER
from krmfn.cli.inputs.remembered import Remembered
from krmfn.cli.inputs.unread import OUR_GROUPS, is_answer, unread
from krmfn.cli.progress import silent
from krmfn.declarations import Role, role_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotated
from krmfn.results import File, Origin, gathered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.progress import Progress
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

NO_MANIFEST = "files that are not manifests"
ONE = {"charts": "chart", "ignored files": "ignored file", NO_MANIFEST: "file that is not a manifest"}
TEMPLATE = (b"{{", b"${")
"""What Go templates and envsubst fill in; in a string such a file is YAML all the same."""
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class Tree(NamedTuple):
    """What was found under some paths.

    Attributes:
        items: the objects.
        overlays: the kustomizations.
        results: for what could not be read.
        counts: how many files were read and skipped, by kind.
        seen: the files that were looked at, without links.
        parsed: the files of these that are YAML, as the walk names them.
        links: the links among the paths, with what they lead to.
        steering: the ignore files and the Kptfiles.
    """

    items: list[Resource]
    overlays: list[Overlay]
    results: list[Result]
    counts: dict[str, int]
    seen: set[Path]
    parsed: set[Path]
    links: dict[Path, Path]
    steering: list[Path]


def read(  # noqa: PLR0913, PLR0917  (all but the paths have defaults)
    paths: Iterable[Path],
    leave_out: Path | None = None,
    seen: Iterable[Path] = (),
    files: Files | None = None,
    remembered: Remembered | None = None,
    progress: Progress = silent,
) -> Tree:
    """Reads every manifest under the paths.

    Args:
        paths: folders, or single files.
        leave_out: a folder that is not read, because the output is written to it.
        seen: files that were read before, and are not read again.
        files: where the files are; by default on disk.
        remembered: what was read of other revisions; the same content is not parsed again, and gives the same objects.
        progress: shows how many files were read.
    """
    tree = Tree([], [], [], {"files": 0}, set(seen), set(), {}, [])
    found = Walk(tree.counts, tree.results, tree.links, tree.steering)
    reader = _ManifestReader(tree, found, files or Disk(), remembered or Remembered())
    for path in paths:
        is_folder = reader.files.is_folder(path)
        for file in progress(walk(path, leave_out, found, reader.files) if is_folder else [path], "reading files"):
            real = reader.files.real(file)
            found.note(file, real, reader.files)
            if real not in tree.seen:
                tree.seen.add(real)
                reader.read(file, named=not is_folder)
    items, found_here = gathered(namespaced(tree.items, tree.overlays))
    tree.results.extend(found_here)
    return tree._replace(items=items)


class _ManifestReader(NamedTuple):
    tree: Tree
    found: Walk
    files: Files
    remembered: Remembered

    def read(self, path: Path, *, named: bool) -> None:
        origin, tree, found = origin_of_file(path), self.tree, self.found
        try:
            content = self.files.read(path, named=named)
        except OSError as error:
            tree.results.append(unreadable(error))
            return
        if content is None:
            found.tally(NO_MANIFEST)
            tree.results.append(origin.warning("not-read", NO_FILE))
            return
        found.tally("files")
        if content.startswith(LFS_POINTER):
            message = (
                "is a Git LFS pointer, and its content is not here; fetch it (git lfs pull), keep manifests out of "
                "LFS, or name the file in .krmignore"
            )
            tree.results.append(origin.error("unreadable-file", message))
            return
        try:
            documents = self._documents(content)
        except yaml.YamlError as error:
            # In UTF-16, the letters of our groups are separated by zero bytes.
            ours = any(group in content.replace(b"\0", b"") for group in OUR_GROUPS)
            there = Origin(origin.resource, File(path.as_posix(), line=error.line, column=error.column))
            finding = there.error if ours else there.warning
            is_template = any(map(content.__contains__, TEMPLATE))
            what = "a template" if is_template else "not a manifest"
            hint = f"; if it is {what}, name it in .krmignore" if is_template or not ours else ""
            message = f"is not YAML that Kubernetes reads: {error.message}{hint}"
            tree.results.append(finding("unreadable-file", message))
            return
        tree.parsed.add(path)
        if path.name in KUSTOMIZATIONS:
            written = content.startswith(HEADER.encode())
            tree.overlays.extend(
                Overlay(path, document, written) for document in documents if isinstance(document, dict)
            )
            return
        documents = [each for each in documents if not is_answer(each)]
        tree.results.extend(unread(content, documents, origin))
        objects = self._objects(path, content, documents)
        if not objects:
            found.tally(NO_MANIFEST)
        tree.items.extend(objects)

    def _documents(self, content: bytes) -> list[Any]:
        if content not in self.remembered.documents:
            self.remembered.documents[content] = yaml.load_all(content)
        return self.remembered.documents[content]

    def _objects(self, path: Path, content: bytes, documents: list[Any]) -> list[Resource]:
        """The objects of a file, each with its place."""
        place = (path.as_posix(), content)
        if place not in self.remembered.objects:
            objects = (inner for document in documents for inner in objects_in(document))
            named = dict.fromkeys(PATH_ANNOTATIONS, place[0])
            self.remembered.objects[place] = [
                annotated(each, {**named, **dict.fromkeys(INDEX_ANNOTATIONS, str(index))})
                for index, each in enumerate(objects)
            ]
        return self.remembered.objects[place]


def summary(counts: Mapping[str, int], items: Iterable[Resource]) -> str:
    """One line about what was read and what was not."""
    declared = sum(role_of(item) is Role.DECLARATION for item in items)
    others = ((count, what) for what, count in sorted(counts.items()) if what != "files" and count)
    skipped = ", ".join(f"1 {ONE[what]}" if count == 1 else f"{count} {what}" for count, what in others)
    read = f"read {counted(counts['files'], 'file')} with {counted(declared, 'declaration')}"
    return f"{read}; skipped {skipped}" if skipped else read
