"""Writes generated objects to a stream, or to a folder, where it replaces only krmfn's own earlier files."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from krmfn import yaml
from krmfn.cli.walking import origin_of_file
from krmfn.files import STAGING, clear, content, fail, replace
from krmfn.marks import OWNER
from krmfn.resourcelist import INDEX_ANNOTATIONS, PATH_ANNOTATIONS, annotations_of, identity, metadata_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

OUR_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]*")
OUR_FILE = re.compile(r"[a-z0-9]+-[a-z0-9][a-z0-9.-]*\.yaml")
CONFLICT = re.compile(rb"^<<<<<<< .*^=======$.*^>>>>>>> ", re.MULTILINE | re.DOTALL)
KUSTOMIZATION = "kustomization.yaml"
HEADER = "# Written by krmfn render, like every file that is listed here.\n"
CLUSTER = "cluster"


def write_stream(objects: Iterable[Resource], stdout: BinaryIO) -> None:
    """Writes the same bytes in every terminal encoding (R4)."""
    stdout.write("---\n".join(yaml.dump(_without_place(each)) for each in objects).encode())
    stdout.flush()


def write(directory: Path, objects: Iterable[Resource], left_out: Collection[str] = ()) -> list[Result]:
    """Writes one file an object, and removes what an earlier run wrote and this one does not.

    What is ours is known by the owner mark in it and not by a list, so a run that was interrupted anywhere is made good
    by the next. Files are complete before the first takes its place, the list of them comes after them, and what is
    stale goes last.

    Args:
        directory: made if it is not there.
        objects: what was rendered.
        left_out: namespaces that were not rendered; what an earlier run listed of them stays, for Flux would uninstall
            what goes. A file that it did not list is none of its own, whatever mark is in it.

    Returns:
        What was removed or renewed; or an error for each file that is in the way, and then nothing was written.

    Raises:
        OSError: something cannot be read or written.
    """
    files = {_path(each): yaml.dump(_without_place(each)).encode() for each in objects}
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory) as refusals:
        return refusals or _written(directory, files, left_out)


@contextmanager
def _alone(directory: Path) -> Iterator[list[Result]]:
    """Locks the folder against other runs; gives an error if another run has locked it.

    The system releases the lock whenever the process ends, and no lock file is left.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415  (only a run that writes a folder locks it)

    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            message = "another krmfn is writing to this folder; wait until it has ended, and run this again"
            yield [origin_of_file(directory).error("output-in-use", message)]
        except OSError as error:
            fail(error.errno, f"it cannot be locked ({error.strerror}); choose a folder on a local disk", directory)
        else:
            yield []
    finally:
        os.close(descriptor)


def _written(directory: Path, files: dict[str, bytes], left_out: Collection[str]) -> list[Result]:
    clear(directory / STAGING)
    present = {path: text for path in _present(directory) if (text := _text(directory / path)) is not None}
    listed = _listed(_text(directory / KUSTOMIZATION) or b"")
    earlier = {path for path, text in present.items() if path not in files and _is_ours(path, text, listed)}
    staying = {path for path in earlier & listed if _namespace(path) in left_out}
    changed = {path: text for path, text in files.items() if present.get(path) != text}
    problems = [*_in_the_way(directory, changed, present, listed), *_emptied(directory, files, earlier)]
    if problems:
        return problems
    resources = sorted({*files, *staying})
    kustomization = HEADER + yaml.dump(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources}
    )
    before = {path: present[path] for path in changed if path in present}
    if (was := _text(directory / KUSTOMIZATION)) != kustomization.encode():
        changed[KUSTOMIZATION] = kustomization.encode()
        before |= {KUSTOMIZATION: was} if was is not None else {}
    replace(directory, changed)
    renewed = [_renewed(directory / path, text) for path, text in sorted(before.items()) if _is_damaged(text)]
    removed = [_remove(directory / path) for path in sorted(earlier - staying)]
    _remove_empty(directory)
    return [*renewed, *removed]


def _remove(path: Path) -> Result:
    """Removes a file of an earlier run, with a result, because Flux will uninstall its object."""
    path.unlink()
    return origin_of_file(path).info("file-removed", "removed, because no declaration needs it any longer")


def _remove_empty(directory: Path) -> None:
    """Removes folders that are empty now, after this run or an interrupted one."""
    for folder in _folders(directory):
        if not any(folder.iterdir()):
            folder.rmdir()


def _renewed(path: Path, text: bytes) -> Result:
    what = "had merge conflicts in it" if text else "was empty, as files are after a crash"
    return origin_of_file(path).info("file-renewed", f"{what}; written again")


def _emptied(directory: Path, files: Collection[str], earlier: Collection[str]) -> Iterator[Result]:
    """An error if nothing was rendered but an earlier run wrote files: most likely a path is wrong."""
    if earlier and not files:
        message = (
            f"nothing was rendered, but {len(earlier)} files of an earlier run are here; check the paths, or, to "
            "remove everything, first delete the Flux Kustomization that applies this folder, and then the folder"
        )
        yield origin_of_file(directory).error("nothing-rendered", message)


def _path(resource: Resource) -> str:
    _, kind, namespace, name = identity(resource)
    return f"{namespace or CLUSTER}/{kind.lower()}-{name}.yaml"


def _namespace(path: str) -> str:
    """Whose a file is: objects of the cluster are named after their namespace and a dot."""
    folder, _, file = path.partition("/")
    return file.partition("-")[2].partition(".")[0] if folder == CLUSTER else folder


def _without_place(resource: Resource) -> Resource:
    """The object without its file annotations."""
    marks = {k: v for k, v in annotations_of(resource).items() if k not in {*PATH_ANNOTATIONS, *INDEX_ANNOTATIONS}}
    return {**resource, "metadata": {**metadata_of(resource), "annotations": marks}}


def _folders(directory: Path) -> list[Path]:
    """The folders that krmfn may have created; links belong to the user."""
    return [each for each in directory.iterdir() if OUR_FOLDER.fullmatch(each.name) and _is_folder(each)]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _present(directory: Path) -> Iterator[str]:
    """The files at paths that krmfn may have written."""
    for folder in sorted(_folders(directory)):
        yield from (f"{folder.name}/{each.name}" for each in sorted(folder.iterdir()) if OUR_FILE.fullmatch(each.name))


def _text(path: Path) -> bytes | None:
    """The content of a file; None if there is no regular file."""
    return content(path, named=False) if path.is_file() and not path.is_symlink() else None


def _listed(kustomization: bytes) -> set[str]:
    """The files that an earlier run's kustomization lists."""
    if not kustomization.startswith(HEADER.encode()):
        return set()
    try:
        found = yaml.load(kustomization)
    except yaml.YamlError:
        return set()
    resources = found.get("resources") if isinstance(found, dict) else None
    return {path for path in resources if isinstance(path, str)} if isinstance(resources, list) else set()


def _is_ours(path: str, text: bytes, listed: Collection[str]) -> bool:
    """True if krmfn wrote the file: it has an owner mark and its object's path, or it is empty and listed."""
    if not text:
        return path in listed
    if OWNER.encode() not in text:
        return False
    if CONFLICT.search(text):
        return True
    try:
        documents = yaml.load_all(text)
    except yaml.YamlError:
        return False
    match documents:
        case [dict() as only]:
            return bool(annotations_of(only).get(OWNER)) and _path(only) == path
    return False


def _is_damaged(text: bytes) -> bool:
    return not text or CONFLICT.search(text) is not None


def _in_the_way(
    directory: Path, changed: Collection[str], present: dict[str, bytes], listed: Collection[str]
) -> Iterator[Result]:
    """An error for each user's file or link at the path of a generated file."""
    theirs: list[Path] = []
    kustomization = directory / KUSTOMIZATION
    text = _text(kustomization)
    if os.path.lexists(kustomization) and (text is None or (text and HEADER.encode() not in text)):
        theirs.append(kustomization)
    for path in changed:
        place = directory / path
        text = present.get(path)
        if os.path.lexists(place) and (text is None or (text and not _is_ours(path, text, listed))):
            theirs.append(place)
    folders = {directory / path.partition("/")[0] for path in changed}
    theirs += sorted(each for each in folders if os.path.lexists(each) and not _is_folder(each))
    for each in theirs:
        origin = origin_of_file(each)
        message = "krmfn did not write this, but would have to replace it; choose another --output-dir, or move it away"
        yield origin.error("file-in-the-way", message)
