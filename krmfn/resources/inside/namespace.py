"""The namespace of an app inside a cluster, its service account, quota and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import OWNER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.topology.model.fences import AppNamespace, Boundary

LEVEL = "pod-security.kubernetes.io"
KEPT = {"helm.sh/resource-policy": "keep"}
"""Helm keeps the object when it is removed from the release: deleting a namespace would delete the app's data."""


def namespace(app: AppNamespace, boundary: Boundary) -> Resource:
    level = boundary.posture.pod_security
    labels = {
        f"{LEVEL}/enforce": level,
        f"{LEVEL}/enforce-version": "latest",
        f"{LEVEL}/audit": level,
        f"{LEVEL}/warn": level,
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": app.name,
            **({"labels": labels} if level else {}),
            "annotations": {**KEPT, OWNER: app.owner},
        },
    }


def in_namespace(app: AppNamespace, boundary: Boundary) -> Iterator[Resource]:
    """The default service account without a token, which stays like its namespace; the quota and the limits."""
    if boundary.posture.hardened:
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            # Helm would wait for its end, and the cluster makes it anew at once. Run:
            # docs/decisions/071-the-default-account-is-kept.md.
            "metadata": {"name": "default", "namespace": app.name, "annotations": dict(KEPT)},
            "automountServiceAccountToken": False,
        }
    if boundary.posture.quota:
        yield {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "krmfn", "namespace": app.name},
            "spec": {"hard": dict(boundary.posture.quota)},
        }
    if boundary.posture.limits:
        yield {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "krmfn", "namespace": app.name},
            "spec": {"limits": [dict(each) for each in boundary.posture.limits]},
        }
