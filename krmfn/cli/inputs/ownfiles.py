"""Which files and folders of an output folder krmfn wrote, by what is in them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.files import content
from krmfn.fleet.shards import home_of_object
from krmfn.marks import OWNER, PLATFORM
from krmfn.resourcelist import annotations_of, identity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from krmfn.resourcelist import Identity

OUR_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]*")
OUR_FILE = re.compile(r"[a-z0-9.]+-[A-Za-z0-9][A-Za-z0-9.:_-]*\.yaml")
CONFLICT = re.compile(rb"^<<<<<<< .*^=======$.*^>>>>>>> ", re.MULTILINE | re.DOTALL)
KUSTOMIZATION = "kustomization.yaml"
HEADER = "# Written by krmfn render, like every file that is listed here.\n"
COPIED = "# Copied by krmfn render; change the original.\n"
"""The first line of a file with an object that is not krmfn's: it has no mark by which a later run would know it."""
CLUSTER = "cluster"


def output_folders(directory: Path) -> list[Path]:
    """The folders below this one with output of a run; links belong to the user."""
    return sorted(each_output_folder(directory))


def each_output_folder(directory: Path) -> Iterator[Path]:
    """Those folders, as they are found."""
    found = (Path(folder) for folder, _, names in os.walk(directory) if KUSTOMIZATION in names)
    return (folder for folder in found if is_output(folder))


def is_output(directory: Path) -> bool:
    """True if a run wrote its list of files here."""
    return (text_of(directory / KUSTOMIZATION) or b"").startswith(HEADER.encode())


def folders(directory: Path) -> list[Path]:
    """The folders that krmfn may have created; links belong to the user."""
    return [each for each in directory.iterdir() if OUR_FOLDER.fullmatch(each.name) and is_folder(each)]


def is_damaged(text: bytes) -> bool:
    return not text or CONFLICT.search(text) is not None


def text_of(path: Path) -> bytes | None:
    """The content of a file; None if there is no regular file."""
    return content(path, named=False) if path.is_file() and not path.is_symlink() else None


def file_path(found: Identity, *, with_group: bool = False) -> str:
    """Where an object is written; with the group of its kind if another object would get the same path."""
    group, kind, namespace, name = found
    kinds = f"{kind}.{group}" if with_group and group else kind
    return f"{namespace or CLUSTER}/{kinds.lower()}-{name}.yaml"


def namespace_of(path: str) -> str:
    """The namespace of a file's object; cluster-scoped ones are named after their namespace and a dot."""
    folder, _, file = path.partition("/")
    return file.partition("-")[2].partition(".")[0] if folder == CLUSTER else folder


def home_of_file(path: str, text: bytes) -> str:
    """The namespace by which a file is in a shard, as its object is; PLATFORM for one of the cluster's own."""
    folder, _, _ = path.partition("/")
    if folder != CLUSTER:
        return folder
    try:
        found = yaml.load(text)
    except yaml.YamlError:
        return PLATFORM
    return home_of_object(found) if isinstance(found, dict) else PLATFORM


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def own_paths(directory: Path) -> Iterator[str]:
    """The files at paths that krmfn may have written."""
    for folder in sorted(folders(directory)) if directory.is_dir() else ():
        yield from (f"{folder.name}/{each.name}" for each in sorted(folder.iterdir()) if OUR_FILE.fullmatch(each.name))


def files_listed(directory: Path) -> set[str]:
    """The files that an earlier run's kustomization lists."""
    if not is_output(directory):
        return set()
    try:
        found = yaml.load(text_of(directory / KUSTOMIZATION) or b"")
    except yaml.YamlError:
        return set()
    resources = found.get("resources") if isinstance(found, dict) else None
    return {path for path in resources if isinstance(path, str)} if isinstance(resources, list) else set()


def is_ours(path: str, text: bytes, listed: Collection[str]) -> bool:
    """True if krmfn wrote the file: it has a mark and its object's path, or it is empty and listed."""
    if not text:
        return path in listed
    if OWNER.encode() not in text and COPIED.encode() not in text:
        return False
    if CONFLICT.search(text):
        return True
    try:
        documents = yaml.load_all(text)
    except yaml.YamlError:
        return False
    match documents:
        case [dict() as only]:
            is_marked = bool(annotations_of(only).get(OWNER)) or text.startswith(COPIED.encode())
            return is_marked and path in {file_path(identity(only)), file_path(identity(only), with_group=True)}
    return False
