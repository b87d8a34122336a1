"""`krmfn init --adopt`: keeps Flux from pruning objects that become declarations (docs/decisions/025-adoption.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.changes.adoption import is_protected
from krmfn.cli.findings import counted
from krmfn.cli.inputs.disk import Disk
from krmfn.cli.inputs.expansions import side
from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.cli.inputs.manifests import read
from krmfn.cli.inputs.question import Question
from krmfn.cli.inputs.remembered import Remembered
from krmfn.fieldpaths import path_of
from krmfn.files import replace
from krmfn.marks import PRUNE
from krmfn.resourcelist import file_of, group_of, identity, origin_of
from krmfn.results import has_errors
from krmfn.yaml.annotating import annotate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource
    from krmfn.results import Result

APPLICATIONS = "apps.cozystack.io"
DISABLED = "disabled"

NEXT = """\
Next, in two commits:
1. Commit this and nothing else, and let Flux apply it.
2. Then let krmfn take them over: `krmfn init tenant NAME` writes a ComputePlane, a folder to move them into, and what
   Flux needs to apply what `krmfn render` writes. Before you commit, `krmfn check --against HEAD` says what would be
   lost.
"""
NOTHING = """\
Next: `krmfn init` adds what is missing of a fleet. HelmReleases of other charts stay as they are.
"""
TAKEN = """\
If Flux still applies these directly, adopt them first: move the ComputePlane out of this folder, and run this again.
"""


def prepared(folder: Path) -> tuple[list[str], list[Result]]:
    """Annotates each application that Flux applies directly, and each release of a platform chart.

    `check --against` requires this before krmfn takes them over.

    Returns:
        What was done and what to do next, line by line; and what could not be done.
    """
    remembered = Remembered()
    tree = read((folder,), remembered=remembered)
    if has_errors(tree.results):
        # An unreadable file may contain such an application, or a ComputePlane.
        return [], tree.results
    known = side(Question((folder,), None, (), remembered), Disk())
    found = [item for item in tree.items if identity(item) in known.applied]
    by_file: dict[str, list[Resource]] = {}
    for item in found:
        file = file_of(item)
        if file and not is_protected(item):
            by_file.setdefault(file.path, []).append(item)
    lines: list[str] = []
    results = list(tree.results)
    for path, items in by_file.items():
        problems = _annotate(Path(path), items)
        results += problems
        lines += [] if problems else [f"{path}: {origin_of(item).resource}" for item in items]
    already = sum(map(is_protected, found))
    lines.append(
        f"krmfn init --adopt: Flux applies {_counted_by_kind(found)} directly: {len(lines)} annotated now, {already} "
        f"annotated before; {len(known.declared)} are krmfn's declarations"
    )
    if not found:
        return [*lines, *(TAKEN if known.declared else NOTHING).splitlines()], results
    return [*lines, *(() if has_errors(results) else NEXT.splitlines())], results


def _counted_by_kind(found: list[Resource]) -> str:
    """How many applications these are, and how many HelmReleases, in words."""
    applications = sum(group_of(item) == APPLICATIONS for item in found)
    releases = len(found) - applications
    of_releases = f" and {counted(releases, 'HelmRelease')} of platform charts" if releases else ""
    return counted(applications, "application") + of_releases


def _annotate(path: Path, items: Iterable[Resource]) -> list[Result]:
    """Annotates all of the items of a file, or none."""
    try:
        # Line ends are kept, and so is a byte order mark, which is not part of the YAML.
        source = path.read_bytes().decode()
        text = source.removeprefix("\ufeff")
        made = annotate(text, {file.document for item in items if (file := file_of(item))}, PRUNE, DISABLED)
        if made:
            # If the path is a link inside the repository, it stays, and the file that it leads to is replaced.
            real = Path(os.path.realpath(path))
            replace(real.parent, {real.name: (source[: len(source) - len(text)] + made).encode()})
            return []
    except OSError as error:
        return [origin_of_file(path).error("cannot-write", f"cannot be written: {error.strerror}")]
    message = (
        "krmfn cannot add this annotation without changing other text of the file; add "
        f'{PRUNE}: "{DISABLED}" to its metadata.annotations by hand, and run this again'
    )
    field = path_of("metadata", "annotations", PRUNE)
    return [origin_of(item).error("adopt-by-hand", message, field) for item in items]
