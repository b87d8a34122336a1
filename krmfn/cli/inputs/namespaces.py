"""The namespace that a kustomization gives to objects that name none; one that it would replace is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.overlays import overlays_of, real_files
from krmfn.declarations import Role, role_of
from krmfn.fleet.scopes import KNOWN_TO_KUSTOMIZE
from krmfn.resourcelist import group_of, identity, kind_of, metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from krmfn.cli.inputs.overlays import Overlay
    from krmfn.resourcelist import Resource
    from krmfn.results import Result, Rule

CLUSTER_SCOPED = KNOWN_TO_KUSTOMIZE | {
    ("krmfn.dev", "ComponentProfile"),
    ("krmfn.dev", "ComputePlane"),
    ("krmfn.dev", "IsolationProfile"),
}
"""To everything else a kustomization gives its namespace."""


def namespaced(items: Sequence[Resource], overlays: Iterable[Overlay]) -> Rule[list[Resource]]:
    """The items, with the namespaces that kustomizations set for them.

    An error for a kustomization that would put a declaration into another namespace than its file says.
    """
    setting = [*overlays]
    if not any(overlay.namespace for overlay in setting):
        return [*items]
    graph = overlays_of(setting)
    answer: list[Resource] = []
    refused: dict[str, Result] = {}
    for file, item in real_files(items):
        over = [each for each in graph.over(file) if each.namespace] if file else []
        own = str(metadata_of(item).get("namespace") or "") if _has_namespace(item) else ""
        names = {each.namespace for each in over} | ({own} if own else set())
        if len(names) > 1 and role_of(item) is Role.DECLARATION:
            for each in over:
                refused.setdefault(each.path.as_posix(), _refusal(each, names))
        answer.append(_in(item, *names) if over and len(names) == 1 else item)
    yield from refused.values()
    return answer


def replaced(items: Iterable[Resource], overlay: Overlay) -> Iterator[Resource]:
    """The items whose namespace, or name, the kustomization's namespace would replace."""
    for item in items:
        own = metadata_of(item).get("namespace")
        is_namespace = (group_of(item), item.get("kind")) == ("", "Namespace")
        name = metadata_of(item).get("name") if is_namespace else own
        if ((own and _has_namespace(item)) or is_namespace) and name != overlay.namespace:
            yield item


def _has_namespace(item: Resource) -> bool:
    return kind_of(item) not in CLUSTER_SCOPED


def _in(item: Resource, namespace: str) -> Resource:
    """The item in a namespace, with those subjects of a binding in it that kustomize would put there."""
    metadata, subjects = item.get("metadata"), item.get("subjects")
    put = {**item}
    if _has_namespace(item) and isinstance(metadata, dict):
        put["metadata"] = {**metadata, "namespace": namespace}
    if identity(item).kind in {"RoleBinding", "ClusterRoleBinding"} and isinstance(subjects, list):
        put["subjects"] = [
            {**each, "namespace": namespace} if isinstance(each, dict) and each.get("name") == "default" else each
            for each in subjects
        ]
    return put


def _refusal(overlay: Overlay, names: Iterable[str]) -> Result:
    message = (
        f"sets namespace {overlay.namespace} for declarations that are in {', '.join(sorted(names))}, but krmfn reads "
        "files and does not run kustomize; set the same namespace in the files and here, or run `kustomize build "
        f"--enable-alpha-plugins --enable-exec {overlay.path.parent.as_posix()}` with krmfn as a transformer"
    )
    return overlay.origin.error("overlay-over-declarations", message, "namespace")
