"""An API server for `helm template --dry-run=server`: it answers discovery and lookups, from a list of objects."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.resourcelist import Resource

VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}
PLURALS = {
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "Namespace"): "namespaces",
    ("v1", "PersistentVolumeClaim"): "persistentvolumeclaims",
    ("v1", "Secret"): "secrets",
    ("v1", "Service"): "services",
    ("apps/v1", "StatefulSet"): "statefulsets",
    ("storage.k8s.io/v1", "StorageClass"): "storageclasses",
    ("cdi.kubevirt.io/v1beta1", "DataVolume"): "datavolumes",
    ("cluster.x-k8s.io/v1beta1", "MachineDeployment"): "machinedeployments",
    ("cluster.x-k8s.io/v1beta1", "MachineSet"): "machinesets",
    ("infrastructure.cluster.x-k8s.io/v1alpha1", "KubevirtMachineTemplate"): "kubevirtmachinetemplates",
    ("instancetype.kubevirt.io/v1beta1", "VirtualMachineClusterInstancetype"): "virtualmachineclusterinstancetypes",
    ("instancetype.kubevirt.io/v1beta1", "VirtualMachineClusterPreference"): "virtualmachineclusterpreferences",
    ("kubeovn.io/v1", "IP"): "ips",
    ("kubevirt.io/v1", "VirtualMachine"): "virtualmachines",
    ("postgresql.cnpg.io/v1", "Cluster"): "clusters",
}
"""All that the platform's charts look up, with where the API has it."""
CLUSTER_SCOPED = frozenset(
    {"Namespace", "StorageClass", "VirtualMachineClusterInstancetype", "VirtualMachineClusterPreference", "IP"}
)


@contextmanager
def serving(objects: Iterable[Resource]) -> Iterator[str]:
    """The URL of a server that has these objects and nothing else."""
    had: dict[tuple[str, str], list[Resource]] = {}
    for each in objects:
        had.setdefault((each["apiVersion"], PLURALS[each["apiVersion"], each["kind"]]), []).append(each)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = answer(self.path.partition("?")[0].strip("/").split("/"), had)
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound"}
            body = json.dumps(found or missing).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as http.server has it)
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(path: list[str], had: dict[tuple[str, str], list[Resource]]) -> Any:
    """The document at a path; None where there is none."""
    found: Any = None
    match path:
        case ["version"]:
            found = VERSION
        case ["api"]:
            found = {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            found = {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(_groups())}
        case ["api", version]:
            found = _resources(version)
        case ["apis", group, version]:
            found = _resources(f"{group}/{version}")
        case ["api", version, *rest]:
            found = _objects(version, rest, had)
        case ["apis", group, version, *rest]:
            found = _objects(f"{group}/{version}", rest, had)
    return found


def _groups() -> Iterator[Any]:
    for api_version in sorted({each for each, _ in PLURALS if "/" in each}):
        group, _, version = api_version.partition("/")
        said = {"groupVersion": api_version, "version": version}
        yield {"name": group, "versions": [said], "preferredVersion": said}


def _resources(api_version: str) -> Any:
    known = [
        {
            "name": plural,
            "singularName": "",
            "namespaced": kind not in CLUSTER_SCOPED,
            "kind": kind,
            "verbs": ["get", "list"],
        }
        for (version, kind), plural in PLURALS.items()
        if version == api_version
    ]
    return {"kind": "APIResourceList", "groupVersion": api_version, "resources": known} if known else None


def _objects(api_version: str, rest: list[str], had: dict[tuple[str, str], list[Resource]]) -> Any:
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        _, namespace, *rest = rest
    plural, *names = rest
    there = [
        each
        for each in had.get((api_version, plural), ())
        if not namespace or each["metadata"].get("namespace") == namespace
    ]
    if not names:
        return {"kind": "List", "apiVersion": api_version, "metadata": {}, "items": there}
    return next((each for each in there if each["metadata"]["name"] == names[0]), None)
