"""ClusterRoles: who may change which kinds, in the platform's own aggregation scheme (docs/platform.md#roles)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn.marks import OWNER, SUBSTITUTE, TENANT_ADMIN
from krmfn.resources.metadata import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Platform


def emit(platform: Platform) -> Iterator[tuple[Resource, Origin]]:
    """One role, written even if it allows nothing: Flux never prunes it, so an empty role removes a kind again."""
    if platform.cozystack:
        yield _tenant_admin(platform), platform.origin


def _tenant_admin(platform: Platform) -> Resource:
    rule = {
        "apiGroups": ["apps.cozystack.io"],
        "resources": list(platform.mutable_kinds),
        "verbs": ["create", "update", "patch", "delete"],
    }
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": metadata(
            "krmfn-tenant-admin",
            "",
            {TENANT_ADMIN: "true"},
            {OWNER: platform.owner, SUBSTITUTE: "disabled"},
            prune=False,
        ),
        "rules": [rule] if platform.mutable_kinds else [],
    }
