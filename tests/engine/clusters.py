"""API servers that differ in nothing but their name, over one etcd, on loopback and without root."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tests.engine.api import Api
from tests.engine.ports import free_ports
from tests.engine.processes import answers

if TYPE_CHECKING:
    from tests.engine.processes import Processes

CONTROLLERS = "garbage-collector-controller,namespace-controller,clusterrole-aggregation-controller"
"""Those without which a namespace never ends, what is owned stays, and aggregated roles stay empty."""


def start_etcd(processes: Processes) -> str:
    """The address of the store that all API servers share."""
    client, peer = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    processes.start(
        "etcd",
        "etcd",
        f"--data-dir={processes.folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        # What is stored here need not survive the machine.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )
    processes.wait_for("etcd to be healthy", lambda: answers(f"{client}/health"), 30)
    return client


def start_api_server(processes: Processes, etcd: str, name: str, *flags: str, again: Api | None = None) -> Api:
    """Start an API server, with further flags; it is there once `wait_until_ready` returns.

    `again` is a server of that name that was stopped: it comes back where it was, with what it had.
    """
    folder = processes.folder / name
    folder.mkdir(exist_ok=again is not None)
    token = again.token if again else secrets.token_hex()
    tokens = folder / "tokens.csv"
    tokens.write_text(f"{token},admin,admin,system:masters\n", encoding="utf-8")
    port = again.url.rpartition(":")[2] if again else free_ports(1)[0]
    # The server makes itself a certificate; its key serves for service accounts as well, whose tokens nobody uses.
    key = folder / "apiserver.key"
    processes.start(
        f"kube-apiserver-{name}",
        "kube-apiserver",
        f"--etcd-servers={etcd}",
        f"--etcd-prefix=/{name}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        # Nobody is told where the server is, and a machine without a network has no address to tell.
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--disable-admission-plugins=ServiceAccount",
        "--allow-privileged=true",
        "--service-cluster-ip-range=10.96.0.0/16",
        *flags,
    )
    return Api(name, f"https://127.0.0.1:{port}", folder / "apiserver.crt", token)


def stop(processes: Processes, name: str) -> None:
    """End an API server and its controllers; what it stored stays, and a server of that name finds it again."""
    for program in ("kube-controller-manager", "kube-apiserver"):
        processes.stop(f"{program}-{name}")


def wait_until_ready(processes: Processes, api: Api, *controllers: str) -> None:
    """Wait for an API server, then give it its controllers, and further ones."""
    processes.wait_for(f"API server {api.name} to be ready", api.ready, 60)
    kubeconfig = processes.folder / api.name / "kubeconfig"
    kubeconfig.write_text(api.kubeconfig(), encoding="utf-8")
    processes.start(
        f"kube-controller-manager-{api.name}",
        "kube-controller-manager",
        f"--kubeconfig={kubeconfig}",
        f"--controllers={','.join((CONTROLLERS, *controllers))}",
        "--leader-elect=false",
        "--secure-port=0",
    )
