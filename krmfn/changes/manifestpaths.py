"""The path in the manifest of each field of the model: one table for each kind of object.

The paths are those of krmfn.resources' output; tests/test_changes_written.py compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import CONFIRM_LOOSENING, FENCES, OWNER, PRUNE, SUBSTITUTE
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from krmfn.topology.model.fences import Fence
    from krmfn.topology.model.meshes import Mesh, MeshSide
    from krmfn.topology.model.releases import HelmAction, Release, Remote, ValuesReference


class Row(NamedTuple):
    """A path of a HelmRelease, and its value; None if there is none.

    `free` is true if a user may have written any value there, so that not all values are shown (R7).
    """

    path: str
    value: Callable[[Release], Any]
    free: bool = False


def _record(value: Any, **names: str) -> dict[str, Any] | None:
    """The fields of a record under their names in the manifest, without empty ones."""
    found = {name: getattr(value, field) for field, name in names.items()} if value is not None else {}
    return {name: each for name, each in found.items() if each} or None


def _remote(field: str) -> Callable[[Release], Any]:
    def of(release: Release) -> Any:
        remote: Remote | None = release.remote
        return getattr(remote, field) if remote else None

    return of


def _action(which: str, field: str) -> Callable[[Release], Any]:
    def of(release: Release) -> Any:
        action: HelmAction = getattr(release, which)
        return getattr(action, field) or None

    return of


def _reference(reference: ValuesReference) -> dict[str, Any]:
    named = {
        "name": reference.secret,
        "valuesKey": reference.key,
        "targetPath": reference.target_path,
        "literal": reference.literal,
    }
    return {"kind": "Secret", **{name: each for name, each in named.items() if each}}


HELM_RELEASE: tuple[Row, ...] = (
    Row("metadata.name", lambda release: release.name),
    Row("metadata.namespace", lambda release: release.namespace),
    Row("metadata.labels", lambda release: dict(release.labels), free=True),
    Row(
        "metadata.annotations",
        lambda release: {**release.annotations, **_marks(release.owner, release.prune, release.substitute)},
        free=True,
    ),
    Row("spec.chart", lambda release: None if release.chart_ref else release.chart, free=True),
    Row(
        "spec.chartRef",
        lambda release: _record(release.chart_ref, kind="kind", name="name", namespace="namespace"),
        free=True,
    ),
    Row("spec.interval", lambda release: release.interval),
    Row("spec.maxHistory", lambda release: release.max_history),
    Row("spec.kubeConfig.secretRef", lambda release: _record(_remote("kubeconfig")(release), name="name", key="key")),
    Row("spec.releaseName", _remote("release_name")),
    Row("spec.targetNamespace", _remote("target_namespace")),
    Row("spec.storageNamespace", _remote("target_namespace")),
    Row(
        "spec.dependsOn",
        lambda release: [_record(each, name="name", ready_expr="readyExpr") for each in release.depends_on] or None,
    ),
    Row("spec.install.createNamespace", lambda release: _remote("create_namespace")(release) or None),
    Row("spec.install.timeout", _action("install", "timeout")),
    Row("spec.install.disableWait", _action("install", "disable_wait")),
    Row("spec.install.strategy.retryInterval", lambda release: release.retry_interval),
    Row("spec.upgrade.timeout", _action("upgrade", "timeout")),
    Row("spec.upgrade.disableWait", _action("upgrade", "disable_wait")),
    Row("spec.upgrade.strategy.retryInterval", lambda release: release.retry_interval),
    Row("spec.waitStrategy.name", lambda release: release.wait_strategy or None),
    Row(
        "spec.healthCheckExprs",
        lambda release: (
            [
                _record(
                    each,
                    api_version="apiVersion",
                    kind="kind",
                    in_progress="inProgress",
                    failed="failed",
                    current="current",
                )
                for each in release.health_checks
            ]
            or None
        ),
        free=True,
    ),
    Row("spec.postRenderers", lambda release: list(release.monitors) or None),
    Row("spec.valuesFrom", lambda release: [_reference(each) for each in release.values_from] or None),
    Row("spec.values", lambda release: release.values, free=True),
)
HELM_UPGRADES = ("spec.chart", "spec.chartRef", "spec.values", "spec.valuesFrom", "spec.postRenderers")
"""Fields whose change makes Helm upgrade; other fields only say how and when (docs/platform.md#helmrelease)."""
FREE = frozenset(row.path for row in HELM_RELEASE if row.free)


def helm_release(release: Release) -> dict[str, Any]:
    """The value at each path of a HelmRelease, without missing ones."""
    found = ((row.path, row.value(release)) for row in HELM_RELEASE)
    return {path: value for path, value in found if value is not None}


def fence(said: Fence) -> dict[str, Any]:
    """The common values of objects that fence a cluster from outside; the fence itself is reported by its meaning."""
    return {
        "metadata.labels": {FENCES: said.release},
        "metadata.annotations": {
            **_marks(said.owner, said.prune, substitute=False),
            **({CONFIRM_LOOSENING: said.confirmation} if said.confirmation else {}),
        },
    }


def cluster_mesh(mesh: Mesh) -> dict[str, Any]:
    """The value at each path of a ClusterMesh."""
    return {
        "metadata.annotations": _marks(mesh.owner, prune=True, substitute=False),
        "spec.clusters": [_side(each) for each in mesh.sides],
    }


def _side(side: MeshSide) -> dict[str, Any]:
    named = {
        "name": side.name,
        "local": side.local,
        "kubeconfigSecretRef": _record(side.kubeconfig, name="name", key="key"),
        "allowedNetworks": list(side.allowed_networks),
        "wireguardPort": side.wireguard_port,
        "persistentKeepalive": side.persistent_keepalive,
    }
    return {name: value for name, value in named.items() if value or name == "allowedNetworks"}


def _marks(owner: str, prune: bool, substitute: bool) -> Mapping[str, str]:  # noqa: FBT001  (as the model has them)
    return {
        OWNER: owner,
        **({} if substitute else {SUBSTITUTE: "disabled"}),
        **({} if prune else {PRUNE: "disabled"}),
    }
