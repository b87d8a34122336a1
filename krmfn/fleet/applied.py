"""How Flux applies runs: those that no Kustomization applies, and those that one applies with Flux's own rights."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from krmfn.fleet.fleets import folder_of, mapping, spec_of
from krmfn.resourcelist import identity, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

FLUX = ("kustomize.toolkit.fluxcd.io", "Kustomization")


def unapplied(fleet: Fleet, items: Iterable[Resource]) -> Iterator[Result]:
    """A warning for each run whose output no Kustomization applies.

    The output of a run is in a folder whose path ends like that of the run. Without any Kustomization among the files
    there is no warning: Flux may apply the run from another repository.
    """
    paths = [
        PurePosixPath(str(mapping(item.get("spec")).get("path") or "."))
        for item in items
        if identity(item)[:2] == FLUX and not mapping(item.get("spec")).get("suspend")
    ]
    for run in fleet.runs if paths else ():
        if run.config and not any(_applies(path, run) for path in paths):
            folder = _folder(run)
            message = (
                f"is a run that Flux does not apply: no Kustomization here has a path that ends in {folder.name}; add "
                "one (krmfn init tenant writes it for a tenant) with the folder that krmfn render writes for this run"
            )
            yield origin_of(run.config).warning("not-applied", message, "metadata.name")


def unrestricted(fleet: Fleet, items: Iterable[Resource]) -> Iterator[Result]:
    """A warning for each Kustomization that applies a tenant's run with Flux's own rights, where tenants have accounts.

    With an account of the tenant's, the API server refuses what is not the tenant's, whoever put it into the rendered
    folder. `spec.platform.tenantServiceAccounts` says that each tenant has one.
    """
    platform = fleet.platform
    if platform is None or not mapping(spec_of(platform.config).get("platform")).get("tenantServiceAccounts"):
        return
    tenants = {_folder(run).name: run for run in fleet.runs if run.config and not run.is_platform}
    for item in items:
        spec = mapping(item.get("spec")) if identity(item)[:2] == FLUX else {}
        run = tenants.get(PurePosixPath(str(spec.get("path") or ".")).name)
        if run and run.config and not spec.get("serviceAccountName"):
            message = (
                f"is not set, so Flux applies the run in {run.folder} with its own rights, although spec.platform."
                f"tenantServiceAccounts says that each tenant has an account; set {identity(run.config).namespace}"
            )
            yield origin_of(item).warning("applied-with-all-rights", message, "spec.serviceAccountName")


def _applies(path: PurePosixPath, run: Run) -> bool:
    """True for a path that ends like the run's folder, or that is above it."""
    folder = _folder(run)
    return path.name == folder.name or path in {PurePosixPath(), *folder.parents}


def _folder(run: Run) -> PurePosixPath:
    return PurePosixPath(run.folder or (folder_of(run.config) if run.config else ""))
