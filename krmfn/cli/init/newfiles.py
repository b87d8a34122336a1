"""New files: all of them or none, and never in place of an existing one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import origin_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from krmfn.results import Result


def write(folder: Path, files: Mapping[str, bytes]) -> list[Result]:
    """Writes all of the files or none; the folder is created if it does not exist.

    Returns:
        An error for each file that is in the way, or for the one that cannot be written.
    """
    problems = [*_in_the_way(folder, files)]
    if problems:
        return problems
    made: list[Path] = []
    try:
        for path, content in files.items():
            _write(folder / path, content, made)
    except OSError as error:
        for each in reversed(made):
            each.rmdir() if each.is_dir() else each.unlink()
        return [origin_of_file(str(error.filename)).error("cannot-write", f"cannot be written: {error.strerror}")]
    return []


def _in_the_way(folder: Path, files: Mapping[str, bytes]) -> Iterator[Result]:
    """An error for each existing file or link at the path of a new file or folder."""
    theirs = {folder / path for path in files if os.path.lexists(folder / path)}
    folders = {folder / parent for path in files for parent in Path(path).parents if parent != Path()}
    theirs |= {each for each in folders if each.is_symlink() or (each.exists() and not each.is_dir())}
    for path in sorted(theirs):
        message = "exists already, and krmfn does not overwrite it; choose another DIR, or move it away"
        yield origin_of_file(path).error("file-in-the-way", message)


def _write(path: Path, content: bytes, made: list[Path]) -> None:
    """Writes a new file, executable if it is a script; adds it and the new folders to `made`."""
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir()
            made.append(parent)
    mode = 0o777 if content.startswith(b"#!") else 0o666
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        made.append(path)
        file.write(content)
