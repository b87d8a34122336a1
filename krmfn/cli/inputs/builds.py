"""What `kustomize build` would print of the files that krmfn reads, and where krmfn would print something else.

Run: docs/decisions/055-what-a-build-prints.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.cli.inputs.namespaces import replaced
from krmfn.cli.inputs.overlays import CHANGES, is_remote, named_elsewhere, overlays_of, placed, real_files
from krmfn.declarations import Role, role_of
from krmfn.fleet import is_plane
from krmfn.marks import LOCAL_CONFIG
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import annotations_of, file_of, identity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from krmfn.cli.inputs.overlays import Overlay, Overlays
    from krmfn.resourcelist import Identity, Resource
    from krmfn.results import Result

FUNCTIONS = ("generators", "transformers")
OF_OTHERS = (*CHANGES, "images", "replicas")
"""Fields that may change an object that is not krmfn's."""
MAKING = ("configMapGenerator", "secretGenerator", "helmCharts", "helmChartInflationGenerator")
"""Fields that add objects to a build."""
FIRST = (
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
RANKS = {**{kind: rank - len(FIRST) for rank, kind in enumerate(FIRST)}, **{k: 1 + r for r, k in enumerate(LAST)}}
"""The order of kinds in a build of kustomize 5.8 (api/internal/builtins/SortOrderTransformer.go)."""


def in_build_order(objects: Iterable[Resource]) -> list[Resource]:
    return sorted(objects, key=lambda item: build_rank(identity(item), str(item.get("apiVersion") or "")))


def build_rank(found: Identity, api_version: str) -> tuple[int, str, str]:
    """The place of an object in a build."""
    group, kind, namespace, name = found
    kinds = "_".join((group or "~G", api_version.rpartition("/")[2] or "~V", kind or "~K"))
    return RANKS.get(kind, 0), kinds, f"{namespace or '~X'}|{name or '~N'}"


def is_dropped(item: Resource) -> bool:
    """True for an object that kustomize leaves out of a build, such as a declaration after krmfn ran."""
    return str(annotations_of(item).get(LOCAL_CONFIG, "false")) != "false"


class Build(NamedTuple):
    """Some items that were read, each with its file, and the kustomizations over them."""

    items: tuple[tuple[Path | None, Resource], ...]
    graph: Overlays
    elsewhere: frozenset[Path]

    def kept(self) -> list[Resource]:
        """The items, without those that a kustomization could list but none does; declarations all stay."""
        unlisted = self._unlisted()
        return [
            item
            for file, item in self.items
            if file is None
            or role_of(item) is Role.DECLARATION
            or (file not in unlisted and (file not in self.elsewhere or self.graph.over(file)))
        ]

    def unlisted(self, *, generated_only: bool) -> Iterator[Result]:
        """A warning for each file that no kustomization lists: what krmfn does with it, and what kustomize does."""
        unlisted = self._unlisted()
        inside: dict[Path, list[Resource]] = {}
        for file, item in self.items:
            if file in unlisted:
                inside.setdefault(file, []).append(item)
        for path, items in inside.items():
            ours = any(role_of(item) is Role.DECLARATION for item in items)
            if generated_only and not ours:
                continue
            what = (
                "krmfn reads its declarations anyway, but `kustomize build` leaves them out"
                if ours
                else "it is left out of the output, as `kustomize build` leaves it out"
            )
            message = (
                f"is not listed in {unlisted[path].path.as_posix()}: {what}; list it there under resources, or name "
                "it in .krmignore"
            )
            known = file_of(items[0])
            yield origin_of_file(known.path if known else path).warning("not-listed", message)

    def _unlisted(self) -> dict[Path, Overlay]:
        """The files that no kustomization names, with the one that could; a ComputePlane counts listed or not."""
        found: dict[Path, Overlay] = {}
        for file, item in self.items:
            if file and file not in found and not is_plane(item) and file not in self.elsewhere:
                nearest = self.graph.nearest(file)
                if nearest and not self.graph.over(file):
                    found[file] = nearest
        return found

    def not_applied(self, read: Iterable[Path]) -> Iterator[Result]:
        """An error for each field of a kustomization that makes its build differ from krmfn's output.

        Args:
            read: the files that were read, with manifests in them or not.
        """
        if not self.graph.by_folder:
            return
        files = {*read, *(file for file, _ in self.items if file)}
        there = {*files, *(folder for file in files for folder in file.parents)}
        functions = {file for file, item in self.items if file and is_plane(item)}
        others: dict[Path, list[Resource]] = {}
        for file, item in self.items:
            for overlay in self.graph.over(file) if file and role_of(item) is Role.BYSTANDER else ():
                others.setdefault(overlay.path, []).append(item)
        for folder, overlay in self.graph.by_folder.items():
            for field in _fields(folder, overlay, others.get(overlay.path, []), functions):
                message = (
                    "changes or adds objects that are not krmfn's, but krmfn reads files and does not run kustomize; "
                    "render krmfn's own objects with --generated-only, or run `kustomize build "
                    f"--enable-alpha-plugins --enable-exec {overlay.path.parent.as_posix()}` with krmfn in it"
                )
                yield overlay.origin.error("kustomization-not-applied", message, field)
            for field, entry in overlay.entries():
                if placed(folder, entry) not in there:
                    what = (
                        "another repository, and krmfn uses no network; copy what it needs of that into this one"
                        if is_remote(entry)
                        else f"{entry}, which was not read: it is missing, ignored, not a manifest, or outside of the "
                        "paths given; add its folder to the paths"
                    )
                    message = f"lists {what}, or render with --generated-only"
                    yield overlay.origin.error("kustomization-not-applied", message, field)


def build_of(items: Iterable[Resource], overlays: Iterable[Overlay]) -> Build:
    graph = overlays_of(overlays)
    if not graph.by_folder:
        # Without a kustomization, it says nothing where an item is.
        return Build(tuple((None, item) for item in items), graph, frozenset())
    elsewhere = {place for folder, each in graph.by_folder.items() for place in named_elsewhere(folder, each)}
    return Build(tuple(real_files(items)), graph, frozenset(elsewhere))


def _fields(folder: Path, overlay: Overlay, others: list[Resource], functions: Collection[Path]) -> Iterator[str]:
    """The fields of a kustomization that make objects, or change objects that are not krmfn's."""
    yield from (field for field in MAKING if overlay.content.get(field))
    if others:
        yield from (field for field in OF_OTHERS if overlay.content.get(field))
        if overlay.namespace and any(replaced(others, overlay)):
            yield "namespace"
    yield from (field for field in FUNCTIONS if runs_others(folder, overlay, field, functions))


def runs_others(folder: Path, overlay: Overlay, field: str, functions: Collection[Path]) -> bool:
    """True if a kustomization runs a function that is not krmfn."""
    entries = overlay.content.get(field)
    named = [each for each in entries if isinstance(each, str)] if isinstance(entries, list) else []
    return any("\n" in each or placed(folder, each) not in functions for each in named)
