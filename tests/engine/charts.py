"""Charts that stand for the catalog's, packaged by Helm and handed to Flux the way the platform does it."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools.programs import program

if TYPE_CHECKING:
    from tests.engine.api import Api
    from tests.engine.repositories import Server

CHARTS = Path(__file__).with_name("charts")
PUBLISHED = {
    ("ExternalArtifact", "cozy-system", "cozystack-kubernetes-application-kubevirt-kubernetes"): "cluster",
    ("ExternalArtifact", "cozy-system", "cozystack-postgres-application-default-postgres"): "postgres",
    ("ExternalArtifact", "cozy-system", "cozystack-nats-application-default-nats"): "app",
    ("ExternalArtifact", "cozy-system", "cozystack-redis-application-default-redis"): "app",
    ("ExternalArtifact", "cozy-system", "cozystack-rabbitmq-application-default-rabbitmq"): "slow",
    ("ExternalArtifact", "cozy-system", "stand-in-addon"): "addon",
    ("ExternalArtifact", "cozy-system", "stand-in-operand"): "operand",
    ("HelmChart", "cozy-public", "jupyterhub"): "app",
    ("OCIRepository", "cozy-public", "jupyterhub"): "app",
    ("OCIRepository", "cozy-public", "stand-in-app"): "app",
    ("OCIRepository", "cozy-public", "stand-in-slow"): "slow",
}
"""The sources that releases refer to, as the platform names them, and the chart behind each."""


KINDS = [
    {"kind": kind, "chartRef": {"kind": "OCIRepository", "name": chart, "namespace": "cozy-public"}}
    for kind, chart in (("NATS", "stand-in-app"), ("Redis", "stand-in-app"), ("RabbitMQ", "stand-in-slow"))
]
"""Kinds whose own charts run on the management plane only: what tenants here place is of other charts."""


def make_chart(folder: Path, server: Server, version: str = "0.1.0") -> Path:
    """Package a chart's folder; the archive lies where the server serves it."""
    done = subprocess.run(
        [program("helm"), "package", folder, f"--version={version}", f"--destination={server.root / 'files'}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"helm package {folder}: {done.stderr}"
    return server.root / "files" / f"{folder.name}-{version}.tgz"


def publish(api: Api, server: Server, source: tuple[str, str, str], archive: Path) -> None:
    """Say that a source has an archive, in the stead of the controller that would have made it."""
    kind, namespace, name = source
    # A registry stands for nothing here: what counts is the artifact. Suspended, source-controller leaves it alone.
    nowhere = {"kind": "HelmRepository", "name": "nowhere"}
    spec = {
        "OCIRepository": {"url": "oci://registry.invalid/chart", "interval": "1h", "suspend": True},
        "HelmChart": {"chart": "chart", "sourceRef": nowhere, "interval": "1h", "suspend": True},
    }.get(kind, {})
    manifest = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    stored = api.apply(manifest)
    digest = f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    version = archive.stem.rpartition("-")[2]
    artifact = {
        "path": archive.name,
        "url": f"{server.url}/files/{archive.name}",
        "revision": f"{version}@{digest}",
        "digest": digest,
        "size": archive.stat().st_size,
        "lastUpdateTime": now,
    }
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "published by the tests",
        "lastTransitionTime": now,
        "observedGeneration": stored["metadata"]["generation"],
    }
    status = {"artifact": artifact, "conditions": [ready]}
    if spec:
        status["observedGeneration"] = stored["metadata"]["generation"]
    api.set_status(manifest, status)


def publish_all(api: Api, server: Server) -> None:
    """Give Flux every chart that the tests' releases refer to."""
    for namespace in sorted({namespace for _, namespace, _ in PUBLISHED}):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    archives = {chart: make_chart(CHARTS / chart, server) for chart in sorted(set(PUBLISHED.values()))}
    for source, chart in PUBLISHED.items():
        publish(api, server, source, archives[chart])
