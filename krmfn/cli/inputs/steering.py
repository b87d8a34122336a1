"""Files by which a tenant would have programs treat its folder otherwise than krmfn checks it (R14).

Run: docs/decisions/066-builds-where-tenants-write.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.cli.inputs.folderwalk import IGNORE_FILE, origin_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.files import Files
    from krmfn.cli.inputs.manifests import Tree
    from krmfn.fleet import Fleet, Run
    from krmfn.results import Result


def steered_by_tenants(fleet: Fleet, runs: Iterable[Run], tree: Tree, files: Files) -> Iterator[Result]:
    """An error for each ignore file, and for each pipeline of kpt, in a folder in which a tenant writes."""
    tenants = {Path(run.folder) for run in runs if fleet.is_several and run.config and not run.is_platform}
    for path in tree.steering:
        run = next((each for each in path.parents if each in tenants), None)
        if run is None or run == path.parent:
            continue
        platform = f"let the platform put this into {run.as_posix()} itself"
        if path.name == IGNORE_FILE:
            message = (
                "hides files from krmfn, but not from kustomize, and tenants write below "
                f"{run.as_posix()}; remove it, or {platform}"
            )
            yield origin_of_file(path).error("ignore-file-of-a-tenant", message)
        elif _has_pipeline(path, files):
            message = (
                "has a pipeline, which kpt runs over the files here, so krmfn cannot tell what comes of them, and "
                f"tenants write below {run.as_posix()}; remove it, or {platform}"
            )
            yield origin_of_file(path).error("pipeline-of-a-tenant", message, "pipeline")


def _has_pipeline(path: Path, files: Files) -> bool:
    """True also for a Kptfile that cannot be read: nobody knows what is in it."""
    try:
        documents = yaml.load_all(files.read(path, named=False) or b"")
    except (OSError, yaml.YamlError):
        return True
    return any(isinstance(each, dict) and each.get("pipeline") for each in documents)
