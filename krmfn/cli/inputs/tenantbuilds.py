"""Kustomizations where a tenant writes: what their builds would run or fetch, which krmfn does not see (R14)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.builds import FUNCTIONS, runs_others
from krmfn.cli.inputs.overlays import is_remote, real_files
from krmfn.cli.inputs.runfolders import run_folders
from krmfn.fleet import is_plane

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from krmfn.cli.inputs.manifests import Tree
    from krmfn.cli.inputs.overlays import Overlay
    from krmfn.fleet import Fleet
    from krmfn.results import Result

PROGRAMS = (*FUNCTIONS, "validators")
CHARTS = ("helmCharts", "helmChartInflationGenerator")


def beyond_a_tenant(fleet: Fleet, tree: Tree) -> Iterator[Result]:
    """An error for what a tenant's kustomization runs or fetches: what comes of it, nobody has looked at."""
    if not fleet.is_several:
        return
    for run, part in zip(fleet.runs, run_folders(fleet, tree), strict=True):
        planes = {file for file, item in real_files(run.items) if file and is_plane(item)}
        for overlay in part.overlays if run.config and not run.is_platform else ():
            # What is in the run's own folder, the platform has written.
            if overlay.path.parent != Path(run.folder):
                for field, what in _found(overlay, planes):
                    message = (
                        f"{what}, so krmfn cannot tell what a build adds or changes, and tenants write below "
                        f"{run.folder}; remove it, or let the platform put this into {run.folder} itself"
                    )
                    yield overlay.origin.error("kustomization-of-a-tenant", message, field)


def _found(overlay: Overlay, planes: Collection[Path]) -> Iterator[tuple[str, str]]:
    folder = Path(os.path.realpath(overlay.path.parent))
    for field in PROGRAMS:
        if runs_others(folder, overlay, field, planes):
            yield field, "runs functions"
    for field in CHARTS:
        if overlay.content.get(field):
            yield field, "fetches charts"
    for field, entry in overlay.entries():
        if is_remote(entry):
            yield field, "fetches another repository"
