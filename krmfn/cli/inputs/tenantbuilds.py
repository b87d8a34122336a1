"""Kustomizations where a tenant writes: what their builds would add or change, and krmfn does not see (R14).

Run: docs/decisions/066-builds-where-tenants-write.md.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.builds import FUNCTIONS, runs_others
from krmfn.cli.inputs.overlays import LISTS, is_remote, real_files
from krmfn.cli.inputs.runfolders import run_folders
from krmfn.fieldpaths import path_of
from krmfn.fleet import is_plane
from krmfn.fleet.declared import claimed
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.overlays import Overlay
    from krmfn.fleet import Fleet, Run
    from krmfn.results import Result

    Finding = tuple[str, str]

PROGRAMS = (*FUNCTIONS, "validators")
CHARTS = ("helmCharts", "helmChartInflationGenerator")
GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
JUDGED = {*PROGRAMS, *CHARTS, *GENERATORS, *LISTS, "namespace"}
"""Fields that are looked into."""
HARMLESS = {
    *("apiVersion", "kind", "metadata", "images", "replicas"),
    *("generatorOptions", "sortOptions", "buildMetadata", "crds", "openapi"),
}
"""Fields by which no object gets another kind, name or namespace. Any other may; kustomize takes them in any case."""
BLIND = "so krmfn cannot tell what a build adds or changes"


class TenantFolder(NamedTuple):
    """What is known of the folder of a tenant's run.

    Attributes:
        folder: the folder.
        namespaces: those of the run.
        planes: the files with a ComputePlane.
        read: the files that were read.
        builds: the folders with a kustomization.
        files: where all of that is.
    """

    folder: Path
    namespaces: frozenset[str]
    planes: frozenset[Path]
    read: frozenset[Path]
    builds: frozenset[Path]
    files: Files

    def has(self, place: Path) -> bool:
        return place.is_relative_to(self.folder)

    def is_unread(self, place: Path) -> bool:
        """True for a file or folder that is there, but nobody has looked at."""
        if place in self.read or place in self.builds:
            return False
        try:
            return self.files.is_folder(place) or place.name in self.files.listed(place.parent)[1]
        except OSError:
            return False


def beyond_a_tenant(fleet: Fleet, runs: Iterable[Run], tree: Tree, files: Files) -> Iterator[Result]:
    """An error for what the build of a tenant's run has in it that nobody has looked at.

    Args:
        fleet: all of its runs.
        runs: those to answer for, which were read as a whole.
        tree: what was read.
        files: where all of that is.
    """
    if not fleet.is_several:
        return
    asked = {run.folder for run in runs}
    read = frozenset(map(_normal, tree.parsed))
    builds = frozenset(_normal(each.path.parent) for each in tree.overlays)
    for run, part in zip(fleet.runs, run_folders(fleet, tree), strict=True):
        if run.config is None or run.is_platform or run.folder not in asked:
            continue
        planes = frozenset(file for file, item in real_files(run.items) if file and is_plane(item))
        namespaces = frozenset(claim.namespace for claim in claimed(run))
        inside = TenantFolder(_normal(Path(run.folder)), namespaces, planes, read, builds, files)
        for overlay in part.overlays:
            for field, what in _found(overlay, inside):
                message = (
                    f"{what}, and tenants write below {run.folder}; remove it, or let the platform put this into "
                    f"{run.folder} itself"
                )
                yield overlay.origin.error("kustomization-of-a-tenant", message, field)


def _found(overlay: Overlay, inside: TenantFolder) -> Iterator[Finding]:
    """What is wrong in a kustomization, by field; in the run's own folder the platform writes."""
    folder = _normal(overlay.path.parent)
    is_tenants = folder != inside.folder
    if is_tenants:
        yield from _run(overlay, inside.planes)
        yield from _changed(overlay, inside.namespaces)
        yield from _made(overlay, inside.namespaces)
    for field, entry in overlay.entries():
        place = _normal(folder / entry)
        if is_remote(entry):
            if is_tenants:
                yield field, f"fetches another repository, {BLIND}"
        elif is_tenants and not inside.has(place):
            yield field, f"lists {entry}, which is not in the folder of this run"
        elif inside.has(place) and place != inside.folder and inside.is_unread(place):
            what = "it is hidden, a chart, left out by an ignore file, not named as a manifest, or not YAML"
            yield field, f"lists {entry}, which is not read ({what}), {BLIND}"


def _run(overlay: Overlay, planes: Collection[Path]) -> Iterator[Finding]:
    """What a kustomization runs or fetches: what comes of it, nobody has looked at."""
    folder = Path(os.path.realpath(overlay.path.parent))
    for field in PROGRAMS:
        if runs_others(folder, overlay, field, planes):
            yield field, f"runs functions, {BLIND}"
    for field in CHARTS:
        if overlay.content.get(field):
            yield field, f"fetches charts, {BLIND}"


def _changed(overlay: Overlay, namespaces: Collection[str]) -> Iterator[Finding]:
    """What a kustomization changes of the objects in the files, which were judged as the files say."""
    if overlay.namespace and overlay.namespace not in namespaces:
        yield "namespace", f"sets namespace {overlay.namespace}, which is not this run's"
    for field, value in overlay.content.items():
        if value and field not in HARMLESS and field not in JUDGED:
            yield str(field), "may change the kinds, names and namespaces that were checked"


def _made(overlay: Overlay, namespaces: Collection[str]) -> Iterator[Finding]:
    """The ConfigMaps and Secrets that a kustomization makes in another namespace than the run's."""
    for field, kind in GENERATORS.items():
        entries = overlay.content.get(field)
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            # Of anything else kustomize builds nothing.
            if not isinstance(entry, dict):
                continue
            # kustomize takes the key in any case.
            said = [str(value) for key, value in entry.items() if str(key).lower() == "namespace"]
            foreign = next((each for each in said if each not in namespaces), "")
            if foreign or not (said or overlay.namespace):
                where = f"in namespace {foreign}, which is not this run's" if foreign else "without a namespace"
                yield f"{path_of(field, at)}.namespace", f"makes a {kind} {where}"


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))
