"""ConfigMaps: the admission configuration that a cluster's API server reads on the management cluster.

Source: https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.resources.metadata import fence_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource
    from krmfn.results import Origin
    from krmfn.topology import Tenant


def emit(tenant: Tenant) -> Iterator[tuple[Resource, Origin]]:
    for admission in tenant.admission:
        yield (
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": fence_metadata(admission.fence),
                "data": {"admission.yaml": yaml.dump(_configuration(admission.level, admission.exempt))},
            },
            admission.fence.origin,
        )


def _configuration(level: str, exempt: tuple[str, ...]) -> Resource:
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AdmissionConfiguration",
        "plugins": [
            {
                "name": "PodSecurity",
                "configuration": {
                    "apiVersion": "pod-security.admission.config.k8s.io/v1",
                    "kind": "PodSecurityConfiguration",
                    "defaults": {
                        "enforce": level,
                        "enforce-version": "latest",
                        "audit": level,
                        "audit-version": "latest",
                        "warn": level,
                        "warn-version": "latest",
                    },
                    "exemptions": {"usernames": [], "runtimeClasses": [], "namespaces": list(exempt)},
                },
            }
        ],
    }
