"""The objects by which Flux applies a tenant: an account of the tenant's own, its rights, and a Kustomization.

Run: docs/decisions/056-a-tenants-account.md.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from krmfn import yaml
from krmfn.namedtuple import NamedTuple
from krmfn.resourcelist import group_of, metadata_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.fleet import Fleet
    from krmfn.resourcelist import Resource

VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]
WRITTEN = (("helm.toolkit.fluxcd.io", "helmreleases"), ("cilium.io", "ciliumnetworkpolicies"), ("", "configmaps"))
"""What krmfn writes into a tenant's namespace."""
ACCOUNT = """\
# How Flux applies this tenant: as an account of its own, which may write in the tenant's namespace alone, and there
# only what krmfn writes. The API server refuses anything else in the rendered folder.
"""


class Sync(NamedTuple):
    """How Flux applies a repository: its namespace, the source, where rendered runs are, what tenants wait for."""

    namespace: str = "flux-system"
    source: str = "fleet"
    rendered: str = "rendered"
    prefix: str = "fleet-"
    platform: str = "fleet-platform"


def flux_objects(name: str, namespace: str, sync: Sync | None = None) -> str:
    """The account, what it may do, and the Kustomization that uses it, as YAML."""
    sync = sync or Sync()
    account = {"kind": "ServiceAccount", "name": namespace, "namespace": sync.namespace}
    role = {"name": "krmfn-flux", "namespace": namespace}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role["name"]}
    rules = [{"apiGroups": [group], "resources": [resource], "verbs": VERBS} for group, resource in WRITTEN]
    found: list[Resource] = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": namespace, "namespace": sync.namespace},
            "automountServiceAccountToken": False,
        },
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": role, "rules": rules},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": role,
            "roleRef": reference,
            "subjects": [account],
        },
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": f"{sync.prefix}{name}", "namespace": sync.namespace},
            "spec": {
                "interval": "10m0s",
                # Retries what failed: a deletion that waits for another, a namespace that does not exist yet.
                "retryInterval": "30s",
                "serviceAccountName": namespace,
                "sourceRef": {"kind": "GitRepository", "name": sync.source},
                "path": f"./{sync.rendered}/tenants/{name}",
                "prune": True,
                **({"dependsOn": [{"name": sync.platform}]} if sync.platform else {}),
            },
        },
    ]
    return ACCOUNT + "---\n".join(map(yaml.dump, found))


def sync_of(items: Iterable[Resource], fleet: Fleet) -> Sync:
    """How Flux applies this repository, by the Kustomization of the platform's run; else as the starter has it.

    Without a platform's run nothing waits for it: Flux would wait for ever.
    """
    from krmfn.fleet import folder_of  # noqa: PLC0415

    platform = fleet.platform
    folder = PurePosixPath(platform.folder or folder_of(platform.config or {})).name if platform else ""
    for item in items:
        spec, metadata = item.get("spec"), metadata_of(item)
        if group_of(item) != "kustomize.toolkit.fluxcd.io" or not isinstance(spec, dict):
            continue
        path, reference = PurePosixPath(str(spec.get("path") or "")), spec.get("sourceRef")
        if folder and path.name == folder and isinstance(reference, dict):
            own = str(metadata.get("name"))
            prefix = own.removesuffix(folder) if own.endswith(folder) else ""
            rendered = path.parent.as_posix().removeprefix("./")
            return Sync(str(metadata.get("namespace")), str(reference.get("name")), rendered, prefix, own)
    return Sync() if platform else Sync()._replace(platform="")
