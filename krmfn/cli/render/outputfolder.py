"""What a run would change in a folder of output."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.cli.inputs.ownfiles import (
    COPIED,
    HEADER,
    KUSTOMIZATION,
    OUR_FILE,
    OUR_FOLDER,
    file_path,
    files_listed,
    home_of_file,
    is_folder,
    is_ours,
    namespace_of,
    own_paths,
    text_of,
)
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from krmfn.cli.render.manifest import Manifest
    from krmfn.fleet import Shard
    from krmfn.results import Result, Rule


class Update(NamedTuple):
    """What a run would change in a folder.

    Attributes:
        directory: the folder.
        changed: the new content of files, by path; the list of them comes last.
        before: the present content of those that are there.
        stale: files of an earlier run that go.
        now_in: of a run that is gone: the folder in which its objects are now, if the run only moved.
    """

    directory: Path
    changed: dict[str, bytes]
    before: dict[str, bytes]
    stale: list[str]
    now_in: Path | None = None


def update(
    directory: Path,
    objects: Iterable[Manifest],
    left_out: Collection[str] = (),
    shard: Shard | None = None,
    *,
    may_be_empty: bool = False,
) -> Rule[Update]:
    """What a run changes; an error for each file that is in the way.

    krmfn's own files are recognized by a mark in them and not by a list, so the next run repairs an interrupted one.

    Args:
        directory: the folder, which need not exist.
        objects: what was rendered.
        left_out: namespaces that were not rendered; their files from an earlier run stay, because Flux would uninstall
            what is removed. A file that the earlier run did not list is not its own, even with a mark.
        shard: what was rendered; files of other shards from an earlier run stay as well.
        may_be_empty: nothing was rendered on purpose: other runs of the fleet show that the paths are right.
    """
    files = yield from _files(objects)
    present = {path: text for path in own_paths(directory) if (text := text_of(directory / path)) is not None}
    listed = files_listed(directory)
    earlier = {path for path, text in present.items() if path not in files and is_ours(path, text, listed)}
    staying = {path for path in earlier & listed if namespace_of(path) in left_out}
    if shard and not shard.is_whole:
        staying |= {path for path in earlier & listed if not shard.has(home_of_file(path, present[path]))}
    changed = {path: text for path, text in files.items() if present.get(path) != text}
    yield from _in_the_way(directory, changed, present, listed)
    if not may_be_empty:
        yield from _emptied(directory, {*files, *staying}, earlier)
    resources = sorted({*files, *staying})
    kustomization = HEADER + yaml.dump(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources}
    )
    before = {path: present[path] for path in changed if path in present}
    if (was := text_of(directory / KUSTOMIZATION)) != kustomization.encode():
        changed[KUSTOMIZATION] = kustomization.encode()
        before |= {KUSTOMIZATION: was} if was is not None else {}
    return Update(directory, changed, before, sorted(earlier - staying))


def ending(directory: Path) -> Update:
    """The removal of a run that is gone: all of its files, the list of them last."""
    listed = files_listed(directory)
    ours = [path for path in own_paths(directory) if is_ours(path, text_of(directory / path) or b"", listed)]
    return Update(directory, {}, {}, [*ours, KUSTOMIZATION])


def _files(objects: Iterable[Manifest]) -> Rule[dict[str, bytes]]:
    """The content of each object's file, by path; an error for an object that cannot have one."""
    by_path: dict[str, list[Manifest]] = {}
    for each in objects:
        by_path.setdefault(file_path(each.identity), []).append(each)
    files: dict[str, bytes] = {}
    folded: set[str] = set()
    for same in by_path.values():
        for each in same:
            own = file_path(each.identity, with_group=len(same) > 1)
            folder, _, name = own.partition("/")
            if not OUR_FOLDER.fullmatch(folder) or not OUR_FILE.fullmatch(name):
                message = f"has a namespace, kind or name that cannot be a file name ({own}); rename it"
                yield each.origin.error("no-file-name", message, "metadata.name")
            elif own in files:
                message = "is there twice, and one object has one file; remove one of them"
                yield each.origin.error("object-twice", message, "metadata.name")
            elif own.casefold() in folded:
                message = (
                    f"differs only in case from another object, and many disks hold one file {own} for both; rename it"
                )
                yield each.origin.error("no-file-name", message, "metadata.name")
            else:
                folded.add(own.casefold())
                files[own] = (each.text if each.is_ours else COPIED + each.text).encode()
    return files


def _emptied(directory: Path, files: Collection[str], earlier: Collection[str]) -> Iterator[Result]:
    """An error if nothing was rendered but an earlier run wrote files: most likely a path is wrong."""
    if earlier and not files:
        message = (
            f"nothing was rendered, but {len(earlier)} files of an earlier run are here; check the paths, or, to "
            "remove everything, first delete the Flux Kustomization that applies this folder, and then the folder"
        )
        yield origin_of_file(directory).error("nothing-rendered", message)


def _in_the_way(
    directory: Path, changed: Collection[str], present: dict[str, bytes], listed: Collection[str]
) -> Iterator[Result]:
    """An error for each user's file or link at the path of a generated file."""
    theirs: list[Path] = []
    kustomization = directory / KUSTOMIZATION
    text = text_of(kustomization)
    if os.path.lexists(kustomization) and (text is None or (text and HEADER.encode() not in text)):
        theirs.append(kustomization)
    for path in changed:
        place = directory / path
        text = present.get(path)
        if os.path.lexists(place) and (text is None or (text and not is_ours(path, text, listed))):
            theirs.append(place)
    folders = {directory / path.partition("/")[0] for path in changed}
    theirs += sorted(each for each in folders if os.path.lexists(each) and not is_folder(each))
    for each in theirs:
        origin = origin_of_file(each)
        message = "krmfn did not write this, but would have to replace it; choose another --output-dir, or move it away"
        yield origin.error("file-in-the-way", message)
