"""What is measured: ResourceLists as a host sends them, and a repository of declarations; always the same."""

from __future__ import annotations

import subprocess
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any

from bench.fleets import FLEETS, write
from krmfn import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Resource = dict[str, Any]


def resource_list(number: int) -> bytes:
    """Half declarations, half other objects, 1.5 kB each."""
    return enveloped(islice(mixed(), number))


def mixed() -> Iterator[Resource]:
    """Five declarations and five other objects of one tenant after the other."""
    return _of_tenants(lambda tenant: [*_declarations(tenant), *_bystanders(tenant)])


def apps() -> Iterator[Resource]:
    """Apps of kinds whose values are checked: clusters and databases, with as much in them as users write."""
    return _of_tenants(lambda tenant: _declarations(tenant)[:3])


def bystanders() -> Iterator[Resource]:
    """Objects that krmfn passes on."""
    return _of_tenants(_bystanders)


def small() -> Iterator[Resource]:
    """Declarations of a few words."""
    return _of_tenants(lambda tenant: [_app("Redis", f"cache-{number}", tenant, {}) for number in range(10)])


def _of_tenants(made: Callable[[str], list[Resource]]) -> Iterator[Resource]:
    return chain.from_iterable(made(f"tenant-{number:03}") for number in count())


def enveloped(items: Iterable[Resource]) -> bytes:
    """A ResourceList as a host sends it."""
    head = {
        "apiVersion": "config.kubernetes.io/v1",
        "kind": "ResourceList",
        "functionConfig": configuration(),
    }
    return "".join(chain([yaml.dump(head), "items:\n"], map(_written, count(), items))).encode()


def _written(index: int, item: Resource) -> str:
    metadata = item["metadata"]
    marks = {
        "internal.config.kubernetes.io/index": str(index),
        "internal.config.kubernetes.io/path": f"{metadata['namespace']}/{index}.yaml",
    }
    return yaml.dump([{**item, "metadata": {**metadata, "annotations": marks}}])


def repository(root: Path, tenants: int = 1000) -> None:
    """Make a Git repository of five declarations a tenant, one a file, in which the last commit changes one line."""
    for number in range(tenants):
        namespace = f"tenant-{number:04}"
        for item in _declarations(namespace):
            path = root / namespace / f"{item['kind'].lower()}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.dump(item))
    (root / "compute-plane.yaml").write_text(yaml.dump(configuration()))
    _commit(root, root / "tenant-0000" / "redis.yaml", "replicas: 3", "replicas: 4")


def fleet_repository(root: Path, tenants: int) -> None:
    """Make a Git repository of a platform and tenants of three declarations, in which the last commit changes one."""
    _, _, files = FLEETS[0]
    write(files(tenants), root)
    _commit(root, root / "tenants/t00007/declared/cache.yaml", "spec: {}", "spec: {replicas: 3}")


def _commit(root: Path, changed: Path, before: str, after: str) -> None:
    """Commit all that is in a folder, and then one line of a file."""
    git = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgSign=false")
    steps: tuple[tuple[str, ...], ...] = (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=all"))
    for step in steps:
        subprocess.run((*git, *step), cwd=root, check=True)
    changed.write_text(changed.read_text().replace(before, after))
    subprocess.run((*git, "commit", "--quiet", "--all", "--message=one line"), cwd=root, check=True)


def configuration() -> dict[str, Any]:
    """A ComputePlane that names the chart of the placed app: the platform's own runs on the management plane only."""
    chart = {"kind": "OCIRepository", "name": "notebooks", "namespace": "cozy-public"}
    kinds = [{"kind": "JupyterHub", "prefix": "jupyterhub-", "chartRef": chart}]
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "bench"},
        "spec": {"kinds": kinds},
    }


def _declarations(namespace: str) -> list[dict[str, Any]]:
    """One cluster, two databases, one app on the management plane and one that is placed: five declarations."""
    resources = {"cpu": "500m", "memory": "512Mi"}
    groups = {
        f"pool-{number}": {
            "minReplicas": number,
            "maxReplicas": number + 3,
            "instanceType": "u1.medium",
            "diskSize": "40Gi",
            "storageClass": "replicated",
            "roles": ["ingress-nginx"],
            "kubelet": {"kubeReservedCpu": "100m", "kubeReservedMemory": "256Mi"},
            "maxUnhealthy": "50%",
        }
        for number in range(7)
    }
    users = {f"user-{number}": {"replication": number % 2 == 0} for number in range(14)}
    databases = {
        f"orders-{number}": {
            "roles": {"admin": [f"user-{number}"], "readonly": [f"user-{number + 1}", f"user-{number + 2}"]},
            "extensions": ["hstore", "pg_trgm", "uuid-ossp"],
        }
        for number in range(12)
    }
    parameters = {"max_connections": "400", "shared_buffers": "2GB", "work_mem": "16MB"}
    backup = {"enabled": True, "schedule": "0 3 * * *", "retentionPolicy": "30d", "destinationPath": "s3://backups/"}
    postgres = {"size": "10Gi", "replicas": 2, "resources": resources, "postgresql": {"parameters": parameters}}
    redis = {"size": "1Gi", "replicas": 3, "resources": resources, "version": "v8", "storageClass": "replicated"}
    hub = {"replicaCount": 1, "resources": resources, "database": {"size": "5Gi", "replicas": 2}}
    return [
        _app("Kubernetes", "main", namespace, {"version": "v1.34", "nodeGroups": groups}),
        _app("Postgres", "orders", namespace, {**postgres, "users": users, "databases": databases, "backup": backup}),
        _app("Redis", "cache", namespace, redis),
        _app("JupyterHub", "lab", namespace, hub),
        {
            "apiVersion": "krmfn.dev/v1alpha1",
            "kind": "Placement",
            "metadata": {"name": "notebooks", "namespace": namespace},
            "spec": {"cluster": "main", "apps": [{"kind": "JupyterHub", "name": "lab"}]},
        },
    ]


def _app(kind: str, name: str, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"team": namespace, "stage": "production"}}
    return {"apiVersion": "apps.cozystack.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def _bystanders(namespace: str) -> list[dict[str, Any]]:
    """Objects that krmfn passes on."""
    labels = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/part-of": namespace}
    container = {
        "name": "shop",
        "image": "registry.example.org/shop:1.2.3",
        "env": [{"name": f"SETTING_{number}", "value": f"value of setting {number}"} for number in range(14)],
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    bystanders: list[dict[str, Any]] = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": f"shop-{number}", "namespace": namespace, "labels": dict(labels)},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
        }
        for number in range(3)
    ]
    return [
        *bystanders,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": namespace},
            "data": {
                f"setting-{number}": f"value of setting {number}, long enough to be a text" for number in range(24)
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "shop", "namespace": namespace},
            "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
        },
    ]
