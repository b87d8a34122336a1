"""Walks a folder as kpt would: charts, hidden folders and ignored files left out, nothing lost in silence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pathspec import GitIgnoreSpec

from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.results import Result

SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
IGNORE_FILE = ".krmignore"


class Walk(NamedTuple):
    """A walk's findings: what was read and what was skipped, by kind, and what could not be entered."""

    counts: dict[str, int]
    results: list[Result]

    def tally(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def origin_of_file(path: Path | str) -> Origin:
    """Where results about a file itself point."""
    name = Path(path).as_posix()
    return Origin(ResourceRef("v1", "File", "", name), File(name))


def unreadable(error: OSError) -> Result:
    """What cannot be read may declare something, and what it declares would be taken for gone: an error."""
    return origin_of_file(str(error.filename)).error("unreadable-file", f"cannot be read: {error.strerror}")


def walk(root: Path, leave_out: Path | None, found: Walk) -> Iterator[Path]:
    """The files that may hold manifests, in order; links to folders are followed, each folder once."""
    specs: dict[Path, GitIgnoreSpec] = {}
    entered: set[Path] = set()
    for name, folders, files in os.walk(
        root, followlinks=True, onerror=lambda error: found.results.append(unreadable(error))
    ):
        folder = Path(name)
        is_left_out = leave_out is not None and folder.resolve() == leave_out.resolve()
        if is_left_out or "Chart.yaml" in files or folder.resolve() in entered:
            folders.clear()
            if "Chart.yaml" in files:
                found.tally("charts")
            continue
        entered.add(folder.resolve())
        if IGNORE_FILE in files:
            specs[folder] = _patterns(folder / IGNORE_FILE, found)
        folders[:] = sorted(
            each for each in folders if not each.startswith(".") and not _ignored(folder / each, specs, is_folder=True)
        )
        for each in sorted(files):
            path = folder / each
            if _ignored(path, specs, is_folder=False):
                found.tally("ignored files")
            elif (each.endswith(SUFFIXES) and not each.startswith(".")) or each in KUSTOMIZATIONS:
                yield path


def _patterns(path: Path, found: Walk) -> GitIgnoreSpec:
    """The patterns of an ignore file; what is not UTF-8 in it matches no name."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        found.results.append(unreadable(error))
        lines = []
    return GitIgnoreSpec.from_lines(lines)


def _ignored(path: Path, specs: dict[Path, GitIgnoreSpec], *, is_folder: bool) -> bool:
    return any(
        spec.match_file(path.relative_to(folder).as_posix() + ("/" if is_folder else ""))
        for folder, spec in specs.items()
        if path.is_relative_to(folder)
    )
