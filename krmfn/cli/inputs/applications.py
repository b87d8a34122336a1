"""Applications, by who applies them: Flux alone, as the files show, or Flux with what krmfn makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.declarations import Role, role_of
from krmfn.fleet import is_definition
from krmfn.imported import chart_of, is_helm_release, known_charts
from krmfn.resourcelist import group_of, identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.manifests import Tree
    from krmfn.fleet import Run
    from krmfn.resourcelist import Identity, Resource


def applications(runs: Iterable[Run], tree: Tree) -> tuple[dict[Identity, Resource], dict[Identity, Resource]]:
    """What Flux applies without krmfn, HelmReleases of platform charts included, and applications that krmfn reads."""
    by_kustomize = any("krmfn" in str(overlay.content) for overlay in tree.overlays)
    found: tuple[dict[Identity, Resource], dict[Identity, Resource]] = ({}, {})
    krmfns: set[int] = set()
    for run in runs:
        uses = by_kustomize or run.config is not None or any(map(_is_krmfns, run.items))
        applications = (item for item in run.items if group_of(item) == "apps.cozystack.io")
        found[uses].update((identity(item), item) for item in applications)
        krmfns |= {id(item) for item in run.items} if uses else set()
    releases = [item for item in tree.items if is_helm_release(item) and id(item) not in krmfns]
    if releases:
        charts = known_charts(filter(is_definition, tree.items))
        found[False].update((identity(item), item) for item in releases if chart_of(item, charts))
    return found


def _is_krmfns(item: Resource) -> bool:
    """True for objects that only users of krmfn have."""
    if item.get("kind") == "Kptfile":
        return "krmfn" in str(item.get("pipeline"))
    return group_of(item) == "krmfn.dev" or role_of(item) is Role.GENERATED
