"""Argo CD beside Flux: its application controller, its repository server, and what its Applications say."""

from __future__ import annotations

import base64
import json
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from krmfn import yaml
from tests.engine.api import CRD, Kind
from tests.engine.flux import is_established
from tests.engine.ports import free_ports
from tests.tools.modules import source
from tests.tools.programs import program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository

NAMESPACE = "argocd"
APPLICATION = Kind("argoproj.io/v1alpha1", "Application")
SERVICE_ACCOUNT = "argocd-application-controller"
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"
GROUPS = ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}", "system:authenticated"]
PROGRAMS = ("argo-controller", "argo-repo-server", "argo-redis")
PART = {"namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": "argocd"}}
SETTINGS: tuple[Object, ...] = (
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", **PART}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-rbac-cm", **PART}},
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "argocd-secret", **PART},
        "data": {"server.secretkey": base64.b64encode(b"x" * 32).decode()},
    },
    {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "krmfn-tests-argocd"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": SERVICE_ACCOUNT, "namespace": NAMESPACE}],
    },
)


def start(engine: Engine) -> None:
    """Start it on A, where it acts as its own service account."""
    for path in sorted((source("argo-cd") / "manifests/crds").glob("*-crd.yaml")):
        for definition in yaml.load_all(path.read_bytes()):
            engine.a.apply(definition)
            name = definition["metadata"]["name"]
            engine.wait_for(f"A to serve {name}", partial(serves, engine.a, name), 30)
    for item in SETTINGS:
        engine.a.apply(item)
    home = engine.processes.folder / "argocd"
    for name in ("bin", "tls", "ssh", "gpg", "tmp"):
        (home / name).mkdir(parents=True)
    (home / "ssh/ssh_known_hosts").touch()
    (home / "bin/kustomize").symlink_to(program("kustomize"))
    kubeconfig = home / "kubeconfig"
    kubeconfig.write_text(json.dumps(impersonating(json.loads(engine.a.kubeconfig()))), encoding="utf-8")
    redis, server, *metrics = free_ports(4)
    shared = f"--redis=127.0.0.1:{redis}"
    listens = ("--disable-tls", "--address=127.0.0.1", "--metrics-address=127.0.0.1", "--revision-cache-expiration=1s")
    looks = ("--repo-server-plaintext", "--persist-resource-health", "--app-resync=5", "--app-resync-jitter=0")
    started = {
        "argo-redis": ("redis", f"127.0.0.1:{redis}"),
        "argo-repo-server": ("repo-server", *listens, shared, f"--port={server}", f"--metrics-port={metrics[0]}"),
        "argo-controller": (
            "controller",
            f"--namespace={NAMESPACE}",
            f"--kubeconfig={kubeconfig}",
            f"--repo-server=127.0.0.1:{server}",
            shared,
            f"--metrics-port={metrics[1]}",
            *looks,
        ),
    }
    for name, arguments in started.items():
        engine.processes.start(name, "argo-cd", *arguments, environment=environment(home, kubeconfig))


def serves(api: Api, name: str) -> bool:
    """Whether a kind that it was taught is served."""
    return is_established(api.get(CRD, "", name))


def impersonating(config: Any) -> Any:
    """A kubeconfig of the administrator, who acts as Argo CD's service account."""
    config["users"][0]["user"] |= {"as": ACCOUNT, "as-groups": GROUPS}
    return config


def environment(home: Path, kubeconfig: Path) -> dict[str, str]:
    """Where each part keeps its files, and that the cluster it runs on is the one of the kubeconfig."""
    return {
        "HOME": str(home),
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "TMPDIR": str(home / "tmp"),
        "KUBECONFIG": str(kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_GNUPGHOME": str(home / "gpg"),
        "ARGOCD_TLS_DATA_PATH": str(home / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(home / "ssh"),
    }


def stop(engine: Engine) -> None:
    """End it; nothing of it holds an object afterwards."""
    for name in PROGRAMS:
        engine.processes.stop(name)
    for item in reversed(SETTINGS):
        metadata = item["metadata"]
        engine.a.delete(Kind(item["apiVersion"], item["kind"]), metadata.get("namespace", ""), metadata["name"])


def push(engine: Engine, repository: Repository, message: str) -> str:
    """Commit and push; every Application is refreshed, as by a webhook."""
    commit = repository.push(message)
    for item in engine.a.all(APPLICATION, NAMESPACE):
        change = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
        engine.a.patch(APPLICATION, NAMESPACE, item["metadata"]["name"], change)
    return commit


def status(engine: Engine, name: str) -> Any:
    return (engine.a.get(APPLICATION, NAMESPACE, name) or {}).get("status", {})


def resources(engine: Engine, name: str) -> dict[str, tuple[str, str]]:
    """Of each object of an Application whether it is as in Git, and its health, where Argo CD knows one."""
    return {
        f"{each['kind']} {each['name']}": (each["status"], each.get("health", {}).get("status", ""))
        for each in status(engine, name).get("resources", [])
    }


def said(engine: Engine, name: str) -> str:
    """What an Application says of itself, for whoever waits for something else."""
    found = status(engine, name)
    operation = found.get("operationState", {})
    return json.dumps([found.get("sync"), found.get("conditions"), operation.get("message"), resources(engine, name)])
