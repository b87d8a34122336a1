"""HelmReleases: one for each release of a tenant.

Source: https://fluxcd.io/flux/components/helm/api/v2/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import OWNER, SUBSTITUTE
from krmfn.resources.metadata import metadata
from krmfn.resources.postrenderers import post_renderers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant
    from krmfn.topology.model.releases import HelmAction, Release, ValuesReference

DRIFT_DETECTION = {
    "mode": "enabled",
    # Autoscalers change this field.
    "ignore": [{"paths": ["/spec/replicas"]}],
}


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for release in tenant.releases:
        yield helm_release(release), release.origin
    for boundary in tenant.boundaries:
        from krmfn.resources.inside import objects  # noqa: PLC0415  (loaded only where there is a boundary)

        yield helm_release(boundary.release._replace(values={"objects": objects(boundary)})), boundary.release.origin


def helm_release(release: Release) -> Resource:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": metadata(
            release.name,
            release.namespace,
            release.labels,
            {
                **release.annotations,
                OWNER: release.owner,
                **({} if release.substitute else {SUBSTITUTE: "disabled"}),
            },
            prune=release.prune,
        ),
        "spec": {
            **_chart(release),
            "interval": release.interval,
            "maxHistory": release.max_history,
            **_remote(release),
            **_depends_on(release),
            "install": {
                **({"createNamespace": True} if release.remote and release.remote.create_namespace else {}),
                **_action(release.install, release),
            },
            "upgrade": _action(release.upgrade, release),
            **({"driftDetection": DRIFT_DETECTION} if release.remote else {}),
            **({"waitStrategy": {"name": release.wait_strategy}} if release.wait_strategy else {}),
            **_health_checks(release),
            **post_renderers(release),
            **({"valuesFrom": [_reference(each) for each in release.values_from]} if release.values_from else {}),
            **({"values": release.values} if release.values is not None else {}),
        },
    }


def _chart(release: Release) -> dict[str, Any]:
    if release.chart_ref is None:
        return {"chart": release.chart}
    return {
        "chartRef": {
            "kind": release.chart_ref.kind,
            "name": release.chart_ref.name,
            **({"namespace": release.chart_ref.namespace} if release.chart_ref.namespace else {}),
        }
    }


def _remote(release: Release) -> dict[str, Any]:
    if release.remote is None:
        return {}
    return {
        "kubeConfig": {"secretRef": release.remote.kubeconfig._asdict()},
        "releaseName": release.remote.release_name,
        "targetNamespace": release.remote.target_namespace,
        "storageNamespace": release.remote.target_namespace,
    }


def _depends_on(release: Release) -> dict[str, Any]:
    if not release.depends_on:
        return {}
    return {
        "dependsOn": [
            {"name": each.name, **({"readyExpr": each.ready_expr} if each.ready_expr else {})}
            for each in release.depends_on
        ]
    }


def _action(action: HelmAction, release: Release) -> dict[str, Any]:
    return {
        "timeout": action.timeout,
        **({"disableWait": True} if action.disable_wait else {}),
        "strategy": {"name": "RetryOnFailure", "retryInterval": release.retry_interval},
    }


def _health_checks(release: Release) -> dict[str, Any]:
    if not release.health_checks:
        return {}
    return {
        "healthCheckExprs": [
            {
                "apiVersion": check.api_version,
                "kind": check.kind,
                **({"inProgress": check.in_progress} if check.in_progress else {}),
                **({"failed": check.failed} if check.failed else {}),
                "current": check.current,
            }
            for check in release.health_checks
        ]
    }


def _reference(reference: ValuesReference) -> dict[str, Any]:
    return {
        "kind": "Secret",
        "name": reference.secret,
        **({"valuesKey": reference.key} if reference.key else {}),
        **({"targetPath": reference.target_path} if reference.target_path else {}),
        **({"literal": True} if reference.literal else {}),
    }
