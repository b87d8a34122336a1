"""What may be a declaration in the folder of a chart, where nothing reads it, and is none of Helm's files (R13).

Decided: docs/decisions/067-declarations-in-charts.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from krmfn import yaml
from krmfn.cli.inputs.documents import objects_in
from krmfn.cli.inputs.unread import names_ours
from krmfn.declarations.misplaced import VERSIONS
from krmfn.resourcelist import group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from krmfn.cli.inputs.files import Files

CHART = "Chart.yaml"
"""The file by which a folder is a chart."""
FOLDERS = ("templates", "charts", "crds")
PARTS = ("Chart.", "values")
"""What Helm reads in a chart: folders, and the beginnings of files' names."""


class Wanted(Protocol):
    """True for a folder, or a file, that a walk would come to if it were in no chart."""

    def __call__(self, path: Path, *, is_folder: bool) -> bool: ...


def unread_in_chart(chart: Path, is_wanted: Wanted, files: Files) -> Iterator[Path]:
    """The files directly in a chart that name one of our groups, and those in its folders that declare something."""
    waiting = [chart]
    entered: set[Path] = set()
    while waiting:
        folder = waiting.pop()
        real = files.real(folder)
        if real in entered:
            continue
        entered.add(real)
        folders, names = _listed(folder, files)
        of_helm = FOLDERS if _is_helms(folder, names, files) else ()
        inside = (folder / each for each in sorted(folders, reverse=True) if each not in of_helm)
        waiting += [each for each in inside if is_wanted(each, is_folder=True)]
        for path in (folder / each for each in sorted(names)):
            is_meant = _declares if folder != chart else _may_declare
            if is_wanted(path, is_folder=False) and is_meant(path, files):
                yield path


def _listed(folder: Path, files: Files) -> tuple[Iterable[str], Iterable[str]]:
    try:
        return files.listed(folder)
    except OSError:
        return (), ()


def _is_helms(folder: Path, names: Iterable[str], files: Files) -> bool:
    """True for a chart that Helm takes: it has a name and a version."""
    documents = _read(folder / CHART, files) if CHART in names else ()
    return any(isinstance(each, dict) and each.get("name") and each.get("version") for each in documents)


def _may_declare(path: Path, files: Files) -> bool:
    return not path.name.startswith(PARTS) and names_ours(path, files)


def _declares(path: Path, files: Files) -> bool:
    documents = _read(path, files) if names_ours(path, files) else ()
    return any(group_of(item) in VERSIONS for document in documents for item in objects_in(document))


def _read(path: Path, files: Files) -> list[Any]:
    """The documents of a file; none if it cannot be read, or is a template."""
    try:
        return yaml.load_all(files.read(path, named=False) or b"")
    except (OSError, yaml.YamlError):
        return []
