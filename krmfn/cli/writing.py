"""Writes what was rendered: a stream, or a folder in which it replaces its own earlier files and no others."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, BinaryIO

from krmfn import yaml
from krmfn.cli.walking import origin_of_file
from krmfn.marks import OWNER
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotations_of, identity, metadata_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

OUR_PATH = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9]+-[a-z0-9][a-z0-9.-]*\.yaml")
READABLE = 0o644
KUSTOMIZATION = "kustomization.yaml"
HEADER = "# Written by krmfn render, like every file that is listed here.\n"
CLUSTER = "cluster"


def write_stream(objects: Iterable[Resource], stdout: BinaryIO) -> None:
    """The same bytes whatever the terminal's encoding (R4)."""
    stdout.write("---\n".join(yaml.dump(_without_place(each)) for each in objects).encode())
    stdout.flush()


def write(directory: Path, objects: Iterable[Resource], left_out: Collection[str] = ()) -> list[Result]:
    """Writes one file an object, and removes what an earlier run wrote and this one does not.

    Args:
        directory: made if it is not there.
        objects: what was rendered.
        left_out: namespaces that were not rendered; their earlier files stay, for Flux would uninstall what goes.

    Returns:
        What was removed; or an error for each file that is in the way, and then nothing was written.
    """
    files = {_path(each): yaml.dump(_without_place(each)) for each in objects}
    earlier = _earlier(directory)
    staying = {path for path in earlier if path.partition("/")[0] in left_out}
    problems = [*_in_the_way(directory, files), *_emptied(directory, files, earlier)]
    if problems:
        return problems
    listed = sorted({*files, *staying})
    files[KUSTOMIZATION] = HEADER + yaml.dump(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": listed}
    )
    for path, text in files.items():
        _write_file(directory / path, text)
    return [_remove(directory / path) for path in sorted(earlier - staying - set(files))]


def _remove(path: Path) -> Result:
    """Removes a file that an earlier run wrote: Flux will uninstall what was in it, so it is told."""
    path.unlink()
    if not any(path.parent.iterdir()):
        path.parent.rmdir()
    return origin_of_file(path).info("file-removed", "nothing is declared any longer that comes to it; removed")


def _emptied(directory: Path, files: dict[str, str], earlier: set[str]) -> Iterator[Result]:
    """Nothing at all, where there was something, is more often a wrong path than a wish to uninstall everything."""
    if earlier and not files:
        message = (
            f"nothing was rendered, and {len(earlier)} files of an earlier run are here; look for a path that is "
            "wrong, or, if all of it is to go, delete the Kustomization that syncs it, and then this folder"
        )
        yield origin_of_file(directory).error("nothing-rendered", message)


def _path(resource: Resource) -> str:
    _, kind, namespace, name = identity(resource)
    return f"{namespace or CLUSTER}/{kind.lower()}-{name}.yaml"


def _without_place(resource: Resource) -> Resource:
    """The object without where kpt would keep it."""
    marks = {k: v for k, v in annotations_of(resource).items() if k not in {*PATH_ANNOTATIONS, *INDEX_ANNOTATIONS}}
    return {**resource, "metadata": {**metadata_of(resource), "annotations": marks}}


def _earlier(directory: Path) -> set[str]:
    """The files that an earlier run wrote: listed by its kustomization, and still ours by their content."""
    kustomization = directory / KUSTOMIZATION
    if not kustomization.is_file() or not _has_header(kustomization):
        return set()
    try:
        content = yaml.load(kustomization.read_bytes())
    except yaml.YamlError:
        return set()
    listed = content.get("resources") if isinstance(content, dict) else None
    paths = [path for path in listed if isinstance(path, str)] if isinstance(listed, list) else []
    return {path for path in paths if _is_inside(directory, path) and _is_ours(directory / path)}


def _is_inside(directory: Path, path: str) -> bool:
    """Whether it is a path as krmfn writes it, that leads nowhere else: a listed file may have been edited."""
    return bool(OUR_PATH.fullmatch(path)) and (directory / path).resolve() == directory.resolve() / path


def _has_header(kustomization: Path) -> bool:
    return kustomization.read_bytes().startswith(HEADER.encode())


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        documents = yaml.load_all(path.read_bytes())
    except yaml.YamlError:
        return False
    return bool(documents) and all(isinstance(each, dict) and annotations_of(each).get(OWNER) for each in documents)


def _in_the_way(directory: Path, files: dict[str, str]) -> Iterator[Result]:
    """Files that the user wrote where ours would go."""
    kustomization = directory / KUSTOMIZATION
    theirs = [directory / path for path in files if (directory / path).exists() and not _is_ours(directory / path)]
    if kustomization.exists() and not (kustomization.is_file() and _has_header(kustomization)):
        theirs.insert(0, kustomization)
    folders = {folder for path in files for folder in (directory / path).parents}
    inner = {(directory / path).parent for path in files}
    theirs += sorted(folder for folder in folders if folder.exists() and not folder.is_dir())
    theirs += sorted(folder for folder in inner if folder.is_symlink())
    for path in theirs:
        origin = origin_of_file(path)
        message = "krmfn did not write this and would have to replace it; choose another --output-dir, or move it away"
        yield origin.error("file-in-the-way", message)


def _write_file(path: Path, text: str) -> None:
    """Replaces a file in one step, and only if it changes."""
    if path.is_file() and path.read_bytes() == text.encode():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, new = mkstemp(dir=path.parent, prefix=".krmfn-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
    Path(new).chmod(READABLE)
    Path(new).replace(path)
