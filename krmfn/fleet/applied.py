"""How Flux applies runs: which none of its Kustomizations applies, which are gone, and which have all of its rights."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from krmfn.fleet.fleets import folder_of, mapping, spec_of
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import identity, kind_of, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from krmfn.fleet.fleets import Fleet, Run
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

FLUX = ("kustomize.toolkit.fluxcd.io", "Kustomization")


def unapplied(fleet: Fleet, items: Iterable[Resource], is_folder: Callable[[Path], bool]) -> Iterator[Result]:
    """A warning for each run whose output no Kustomization applies.

    The output of a run of a fleet is in a folder whose path ends like that of the run. Without any Kustomization among
    the files there is no warning: Flux may apply the run from another repository.

    Args:
        fleet: all of its runs.
        items: all objects that were read.
        is_folder: true for a folder that is in the repository.
    """
    applying = (each for each in items if kind_of(each) == FLUX)
    paths = {path_applied(each) for each in applying if not mapping(each.get("spec")).get("suspend")}
    names = {path.name for path in paths}
    for run in fleet.runs if paths and fleet.is_several else ():
        folder = _folder(run)
        # A path that ends like the run's folder, or like one that this is in; or a folder with the outputs of several.
        if (
            run.config
            and names.isdisjoint(each.name for each in (folder, *folder.parents))
            and not any(is_folder(Path(path, *end)) for path in paths for end in _ends(folder))
        ):
            message = (
                f"is a run that Flux does not apply: no Kustomization here has a path that ends in {folder.name}; add "
                "one (krmfn init tenant writes it for a tenant) with the folder that krmfn render writes for this run"
            )
            yield origin_of(run.config).warning("not-applied", message, "metadata.name")


class OfRun(NamedTuple):
    """A finding about how Flux applies a run, and the folder of that run; the finding's own file may be anywhere."""

    folder: str
    result: Result


def vanished(
    fleet: Fleet,
    items: Iterable[Resource],
    is_folder: Callable[[Path], bool],
    gone: Collection[str] | None = None,
) -> Iterator[OfRun]:
    """A warning for each Kustomization that applies the output of a run that is not there any more.

    The output of a fleet is in one folder, which has a folder for each run. So where `rendered/tenants/acme` is that of
    the run `tenants/acme`, `rendered/tenants/birch` is that of `tenants/birch`.

    Args:
        fleet: all of its runs.
        items: all objects that were read.
        is_folder: true for a folder that is in the repository.
        gone: the folders of the runs that are gone, if the fleet has only some of its runs.
    """
    known = None if gone is None else [PurePosixPath(folder) for folder in gone]
    applying = [(path_applied(item), item) for item in items if kind_of(item) == FLUX]
    folders: dict[str, list[PurePosixPath]] = {}
    for run in fleet.runs:
        folders.setdefault(_folder(run).name, []).append(_folder(run))
    there, above = set[PurePosixPath](), dict[PurePosixPath, PurePosixPath]()
    for path, _ in applying:
        for folder in folders.get(path.name, ()):
            if _is_output(path, folder):
                there |= {path, *path.parents}
                above[path.parent] = folder.parent
    for path, item in applying:
        of = above[path.parent] / path.name if path.parent in above else None
        if known is not None:
            of = next((each for each in known if _is_output(path, each)), None)
        if of and path not in there and not is_folder(Path(path)):
            message = (
                f"is {path}, which is gone with its run: Flux says `kustomization path not found`, and removes "
                "nothing; if the run was renamed, write its new folder; if it is gone, delete this Kustomization: Flux "
                "then uninstalls what the run had, and keeps what is protected"
            )
            yield OfRun(of.as_posix(), origin_of(item).warning("applies-no-run", message, "spec.path"))


def _is_output(path: PurePosixPath, folder: PurePosixPath) -> bool:
    """True for the output of the run in a folder; a name alone may be that of something else."""
    return path.parts[-len(folder.parts) :] == folder.parts and len(folder.parts) > 1


def unrestricted(fleet: Fleet, items: Iterable[Resource]) -> Iterator[OfRun]:
    """A warning for each Kustomization that applies a tenant's run with Flux's own rights, where tenants have accounts.

    With an account of the tenant's, the API server refuses what is not the tenant's, whoever put it into the rendered
    folder. `spec.platform.tenantServiceAccounts` says that each tenant has one.
    """
    platform = fleet.platform
    if platform is None or not mapping(spec_of(platform.config).get("platform")).get("tenantServiceAccounts"):
        return
    tenants = {_folder(run).name: run for run in fleet.runs if run.config and not run.is_platform}
    for item in items:
        spec = mapping(item.get("spec")) if kind_of(item) == FLUX else {}
        run = tenants.get(path_applied(item).name)
        if run and run.config and not spec.get("serviceAccountName"):
            message = (
                f"is not set, so Flux applies the run in {run.folder} with its own rights, although spec.platform."
                f"tenantServiceAccounts says that each tenant has an account; set {identity(run.config).namespace}"
            )
            told = origin_of(item).warning("applied-with-all-rights", message, "spec.serviceAccountName")
            yield OfRun(run.folder, told)


def path_applied(kustomization: Resource) -> PurePosixPath:
    """The folder that a Kustomization of Flux applies, in the repository of its source."""
    return PurePosixPath(str(mapping(kustomization.get("spec")).get("path") or "."))


def _ends(folder: PurePosixPath) -> Iterator[tuple[str, ...]]:
    """The ends of a folder's path, longest first: `a/b` and `b` for `a/b`."""
    yield from (folder.parts[start:] for start in range(len(folder.parts)))


def _folder(run: Run) -> PurePosixPath:
    return PurePosixPath(run.folder or (folder_of(run.config) if run.config else ""))
