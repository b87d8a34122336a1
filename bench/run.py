"""Whole-process times of krmfn, from exec to exit, as ratios to an empty Python measured in the same minutes.

Rounds are interleaved, so that a machine that slows down slows every row. Nothing is asserted: the numbers are for
people to compare.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bench.fleets import FLEETS, write

FLOOR = "python -I -S -c pass"
IMAGE = "krmfn:latest"
CHECKED = "from krmfn import cli, function; cli.main()"
UNCHECKED = f"from krmfn.topology import releases; releases.check_values = lambda *a, **k: iter(()); {CHECKED}"
TENANTS = 10_000
SINCE = ("--changed-since", "HEAD~1")
WORK_TREE = ("status", "--porcelain", "--untracked-files=normal")
# As kustomize runs a function.
CONTAINER = (
    "run",
    "--rm",
    "--interactive",
    "--network=none",
    "--user=nobody",
    "--security-opt=no-new-privileges",
    IMAGE,
)


class Row(NamedTuple):
    """A command, what it reads, and in how many rounds it runs."""

    name: str
    command: tuple[str, ...]
    stdin: bytes = b""
    rounds: int = 21
    folder: str = "."


def main() -> None:
    """Measure every row and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        repository(Path(folder, "one-run"))
        fleet_repository(Path(folder, "fleet"))
        _measure_all(str(Path(folder, "one-run")), str(Path(folder, "fleet")))


def _measure_all(folder: str, fleet: str) -> None:
    krmfn = str(Path(sysconfig.get_path("scripts"), "krmfn"))
    ten, thousand = resource_list(10), resource_list(1000)
    rows = [
        Row(FLOOR, (sys.executable, "-I", "-S", "-c", "pass")),
        Row("krmfn version", (krmfn, "version")),
        Row(f"krmfn, 10 resources ({len(ten) / 1e3:.0f} kB)", (krmfn,), ten),
        Row(f"krmfn, 1,000 resources ({len(thousand) / 1e6:.1f} MB)", (krmfn,), thousand, rounds=7),
        Row("krmfn render, 5,000 declarations", (krmfn, "render"), rounds=5, folder=folder),
        Row("krmfn plan of a one-line change of them", (krmfn, "plan", "--from", "HEAD~1"), rounds=5, folder=folder),
        Row(f"krmfn render, a fleet of {TENANTS:,} tenants", (krmfn, "render"), rounds=1, folder=fleet),
        Row("krmfn plan of a one-line change of it", (krmfn, "plan", "--from", "HEAD~1"), rounds=1, folder=fleet),
        Row("  the same, --changed-since", (krmfn, "plan", "--from", "HEAD~1", *SINCE), rounds=7, folder=fleet),
        Row("krmfn render --changed-since", (krmfn, "render", *SINCE), rounds=7, folder=fleet),
        Row("  of which git, looking at the work tree", ("git", *WORK_TREE), rounds=7, folder=fleet),
        *_container(ten),
    ]
    times: dict[str, list[float]] = {row.name: [] for row in rows}
    remarks: dict[str, str] = {}
    for number in range(max(row.rounds for row in rows)):
        for row in rows:
            if number < row.rounds:
                seconds, code = _measure(row)
                times[row.name].append(seconds)
                if code:
                    remarks[row.name] = f"  exit {code}: not the time of an expansion"
    floor = statistics.median(times[FLOOR])
    print(f"{'whole process':44}{'median':>10}{'best':>10}{'ratio':>8}")
    for name, measured in times.items():
        median = statistics.median(measured)
        print(
            f"{name:44}{median * 1e3:7.1f} ms{min(measured) * 1e3:7.1f} ms{median / floor:7.1f}x{remarks.get(name, '')}"
        )
    _measure_checks(_enveloped(_apps(1000)))


def _measure_checks(apps: bytes, rounds: int = 15) -> None:
    """What checking values costs, in CPU time, of pairs of runs that follow each other: one checks, one does not."""
    shares = []
    for _ in range(rounds):
        whole, bare = (_cpu((sys.executable, "-c", code), apps) for code in (CHECKED, UNCHECKED))
        shares.append(1 - bare / whole)
    print(f"checking the values of 1,000 apps is {statistics.median(shares):.1%} of their run")


def _cpu(command: tuple[str, ...], stdin: bytes) -> float:
    """Seconds of CPU time that a process takes, which an expansion ends without an error."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def resource_list(count: int) -> bytes:
    """Return a ResourceList as a host sends it: half declarations, half bystanders, 1.6 kB each, always the same."""
    tenants, tenant = [f"tenant-{number:03}" for number in range(max(1, count // 10))], 0
    items: list[dict[str, Any]] = []
    while len(items) < count:
        namespace = tenants[tenant]
        items += [*_declarations(namespace), *_bystanders(namespace)]
        tenant += 1
    return _enveloped(items[:count])


def _apps(count: int) -> list[dict[str, Any]]:
    """Apps of kinds whose values are checked: clusters and databases, with as much in them as users write."""
    tenants = (f"tenant-{number:03}" for number in range(count))
    return [item for tenant in tenants for item in _declarations(tenant)[:3]][:count]


def _enveloped(items: list[dict[str, Any]]) -> bytes:
    """A ResourceList as a host sends it."""
    for index, item in enumerate(items):
        annotations = item["metadata"].setdefault("annotations", {})
        annotations["internal.config.kubernetes.io/index"] = str(index)
        annotations["internal.config.kubernetes.io/path"] = f"{item['metadata']['namespace']}/{index}.yaml"
    document = {
        "apiVersion": "config.kubernetes.io/v1",
        "kind": "ResourceList",
        "functionConfig": _configuration(),
        "items": items,
    }
    # Hosts write no aliases; PyYAML would, for what two objects share.
    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False).encode()


def repository(root: Path, tenants: int = 1000) -> None:
    """Make a Git repository of five declarations a tenant, one a file, in which the last commit changes one line."""
    for number in range(tenants):
        namespace = f"tenant-{number:04}"
        for item in _declarations(namespace):
            path = root / namespace / f"{item['kind'].lower()}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(json.loads(json.dumps(item)), sort_keys=False))
    (root / "compute-plane.yaml").write_text(yaml.safe_dump(_configuration()))
    _commit(root, root / "tenant-0000" / "redis.yaml", "replicas: 3", "replicas: 4")


def _commit(root: Path, changed: Path, before: str, after: str) -> None:
    """Commit all that is in a folder, and then one line of a file."""
    git = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgSign=false")
    steps: tuple[tuple[str, ...], ...] = (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=all"))
    for step in steps:
        subprocess.run((*git, *step), cwd=root, check=True)
    changed.write_text(changed.read_text().replace(before, after))
    subprocess.run((*git, "commit", "--quiet", "--all", "--message=one line"), cwd=root, check=True)


def fleet_repository(root: Path) -> None:
    """Make a Git repository of a platform and tenants of three declarations, in which the last commit changes one."""
    _, _, files = FLEETS[0]
    write(files(TENANTS), root)
    _commit(root, root / "tenants/t7/declared/cache.yaml", "spec: {}", "spec: {replicas: 3}")


def _configuration() -> dict[str, Any]:
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


def _container(stdin: bytes) -> list[Row]:
    engine = shutil.which("podman") or shutil.which("docker")
    if engine and not subprocess.run([engine, "image", "inspect", IMAGE], capture_output=True, check=False).returncode:
        return [
            Row(
                "container, `python3 -I -S -c pass`",
                (engine, *CONTAINER[:-1], "--entrypoint=python3", IMAGE, "-I", "-S", "-c", "pass"),
            ),
            Row("container, 10 resources", (engine, *CONTAINER), stdin),
        ]
    print(f"(no image {IMAGE}: `make image` builds it for two more rows)", file=sys.stderr)
    return []


def _measure(row: Row) -> tuple[float, int]:
    begin = time.perf_counter()
    done = subprocess.run(
        row.command,
        input=row.stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        cwd=row.folder,
    )
    return time.perf_counter() - begin, done.returncode


if __name__ == "__main__":
    main()
