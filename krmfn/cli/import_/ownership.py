"""Whose namespace a release is in: what another run owns is not imported beside it (R14)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.disk import repository_of
from krmfn.cli.inputs.manifests import read
from krmfn.fleet import fleet_of, folder_of
from krmfn.fleet.declared import claimed
from krmfn.fleet.owners import is_reserved
from krmfn.resourcelist import file_of, identity, origin_of
from krmfn.results import gathered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from krmfn.resourcelist import Resource
    from krmfn.results import Rule


def bound(items: Sequence[Resource]) -> Rule[Mapping[str, Resource]]:
    """The ComputePlanes of tenants among the items, by each namespace that they are bound to."""
    fleet = yield from fleet_of(items)
    return {claim.namespace: run.config for run in fleet.runs for claim in claimed(run) if run.config}


def of_others(
    releases: Iterable[Resource], planes: Mapping[str, Resource | None], paths: Sequence[Path]
) -> Rule[frozenset[str]]:
    """Errors for releases in namespaces that another run of the repository owns, or that are no tenant's.

    Args:
        releases: what is to be imported.
        planes: the ComputePlane that was given for a namespace; None or absent, where none was.
        paths: where the releases were read; the repository around the first counts.

    Returns:
        These namespaces.
    """
    top = repository_of(paths[0])
    # What is wrong elsewhere in the repository is not this command's to tell.
    owners, _ = gathered(bound(read([Path(os.path.relpath(top))]).items)) if top else ({}, ())
    found: set[str] = set()
    for item in releases:
        space = identity(item).namespace
        owner, plane = owners.get(space), planes.get(space)
        if is_reserved(space):
            found.add(space)
            message = (
                f"namespace {space} belongs to the platform or to Flux, not to a tenant; leave this release as it is"
            )
            yield origin_of(item).error("reserved-namespace", message, "metadata.namespace")
        elif owner and not _is_same(owner, plane):
            found.add(space)
            file, folder = file_of(owner), folder_of(owner)
            message = (
                f"namespace {space} belongs to the run in {folder}, and each namespace belongs to one run; import with "
                f"--config {file.path if file else folder}, and put the declarations into {folder}"
            )
            yield origin_of(item).error("foreign-namespace", message, "metadata.namespace")
    return frozenset(found)


def _is_same(owner: Resource, plane: Resource | None) -> bool:
    """True for one ComputePlane, read twice by different paths."""
    one, other = file_of(owner), file_of(plane) if plane else None
    return one is not None and other is not None and os.path.realpath(one.path) == os.path.realpath(other.path)
