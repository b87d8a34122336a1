"""Guards: admission policies of the management cluster (docs/decisions/018-guards.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.marks import OWNER, SUBSTITUTE, WHY
from krmfn.resources.guards import changes, deletions, glass, placements
from krmfn.resources.metadata import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Platform

# One policy for each rule: a denial shows the policy's name, and each can be removed on its own.
GUARDS = (
    deletions.of_clusters,
    deletions.of_isolated_clusters,
    deletions.of_fences,
    deletions.of_cluster_scoped_fences,
    changes.of_releases,
    changes.of_isolation,
    changes.of_fences,
    glass.broken,
)
ON_COZYSTACK = (changes.of_pools, placements.of_placed_apps)
"""Guards for kinds that only Cozystack has."""


def emit(platform: Platform) -> Iterator[tuple[Resource, Origin]]:
    for guard in (*GUARDS, *(ON_COZYSTACK if platform.cozystack else ())):
        made = guard(platform)
        yield (
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicy",
                "metadata": _metadata(made.name, platform, {WHY: made.why}),
                "spec": {"failurePolicy": "Fail", **made.policy},
            },
            platform.origin,
        )
        yield (
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": _metadata(made.name, platform, {}),
                "spec": {"policyName": made.name, **made.binding, "validationActions": ["Deny"]},
            },
            platform.origin,
        )


def _metadata(name: str, platform: Platform, marks: dict[str, str]) -> dict[str, Any]:
    """Metadata that Flux never prunes: deleting a Kustomization must not delete the guards of all tenants (R8)."""
    return metadata(name, "", {}, {OWNER: platform.owner, SUBSTITUTE: "disabled", **marks}, prune=False)
