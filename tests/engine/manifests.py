"""What tenants of the tests declare: clusters, apps, and where apps run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import krmfn
from tests.engine import flux

if TYPE_CHECKING:
    from tests.engine.api import Object
    from tests.engine.tenants import Tenant

CHART = Path(krmfn.__file__).parent / "catalog/chart"


def app(namespace: str, kind: str, name: str, **spec: Any) -> Object:
    """A declaration of an app, or of a cluster."""
    return {
        "apiVersion": "apps.cozystack.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def placement(namespace: str, name: str, cluster: str, *apps: tuple[str, str], **spec: Any) -> Object:
    """A Placement of apps, each a kind and a name, on a cluster."""
    placed = [{"kind": kind, "name": app_name} for kind, app_name in apps]
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "Placement",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"cluster": cluster, "apps": placed, **spec},
    }


def confirmed(declaration: Object) -> Object:
    """A declaration whose deletion is confirmed."""
    metadata = declaration["metadata"]
    annotations = {**metadata.get("annotations", {}), "krmfn.dev/confirm-deletion": metadata["name"]}
    return {**declaration, "metadata": {**metadata, "annotations": annotations}}


def sandboxes(tenant: Tenant, **options: Any) -> Object:
    """The options of a ComputePlane with sandboxes: krmfn's chart lies in the tenant's own repository."""
    shutil.copytree(CHART, tenant.repository.work / "charts/krmfn-objects", dirs_exist_ok=True)
    return {**sandbox_options(tenant), **options}


def sandbox_options(tenant: Tenant) -> Object:
    """The same, with no chart there yet."""
    source = {"kind": "GitRepository", "name": tenant.namespace, "namespace": flux.NAMESPACE}
    spec = {"chart": "./charts/krmfn-objects", "sourceRef": source, "reconcileStrategy": "ChartVersion"}
    return {"objectsChart": {"chart": {"spec": spec}}, "network": {"apiServerAddresses": []}}
