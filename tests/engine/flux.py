"""Flux on the management cluster: its definitions, its three controllers, and what its objects say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from krmfn import yaml
from tests.engine.api import CRD
from tests.engine.ports import free_ports
from tests.engine.processes import answers
from tests.tools.programs import sources

if TYPE_CHECKING:
    from tests.engine.api import Api, Object
    from tests.engine.processes import Processes

CONTROLLERS = ("source-controller", "kustomize-controller", "helm-controller")
NAMESPACE = "flux-system"
LENIENT = "sharding.fluxcd.io/key"
"""A Kustomization with this label is synced as by Flux 2.8: an unknown variable becomes nothing."""


def define(processes: Processes, api: Api) -> None:
    """Give an API server the kinds of Flux, from the controllers' own modules."""
    names = []
    for controller in CONTROLLERS:
        for path in sorted((sources(controller) / "config/crd/bases").glob("*.yaml")):
            for definition in yaml.load_all(path.read_bytes()):
                api.apply(definition)
                names.append(definition["metadata"]["name"])
    processes.wait_for(
        f"{api.name} to serve the kinds of Flux",
        lambda: all(is_established(api.get(CRD, "", name)) for name in names),
        30,
    )


def start(processes: Processes, api: Api) -> None:
    """Start the controllers on an API server that has their kinds."""
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    [storage] = free_ports(1)
    address = f"127.0.0.1:{storage}"
    stored = processes.folder / "source-controller"
    stored.mkdir()
    storing = (f"--storage-path={stored}", f"--storage-addr={address}", f"--storage-adv-addr={address}")
    healths = {
        controller: start_controller(processes, api, controller, *(storing if controller == CONTROLLERS[0] else ()))
        for controller in CONTROLLERS
    }
    for controller, health in healths.items():
        wait_until_healthy(processes, controller, health)


def start_lenient(processes: Processes, api: Api) -> None:
    """Start a second kustomize-controller beside the first, for the Kustomizations that are labelled LENIENT."""
    name = "kustomize-controller-lenient"
    gates = "ExternalArtifact=true,StrictPostBuildSubstitutions=false"
    selector = f"--watch-label-selector={LENIENT}"
    wait_until_healthy(
        processes, name, start_controller(processes, api, "kustomize-controller", selector, name=name, gates=gates)
    )


def start_controller(
    processes: Processes,
    api: Api,
    controller: str,
    *arguments: str,
    name: str = "",
    gates: str = "ExternalArtifact=true",
) -> str:
    """Start one controller; the address at which it says that it works."""
    name = name or controller
    metrics, health = free_ports(2)
    scratch = processes.folder / f"{name}-tmp"
    scratch.mkdir(exist_ok=True)
    if controller != "source-controller":
        arguments = (*arguments, f"--feature-gates={gates}", "--requeue-dependency=5s")
    if name == "kustomize-controller":
        arguments = (*arguments, f"--watch-label-selector=!{LENIENT}")
    processes.start(
        name,
        controller,
        f"--metrics-addr=127.0.0.1:{metrics}",
        f"--health-addr=127.0.0.1:{health}",
        *arguments,
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "KUBECONFIG": str(processes.folder / api.name / "kubeconfig"),
            "RUNTIME_NAMESPACE": NAMESPACE,
        },
    )
    return f"http://127.0.0.1:{health}/readyz"


def wait_until_healthy(processes: Processes, name: str, address: str) -> None:
    """Wait for a controller to say that it works."""
    processes.wait_for(f"{name} to be ready", lambda: answers(address), 60)


def conditions(item: Object | None) -> str:
    """What an object says of itself, for people."""
    if item is None:
        return "it does not exist"
    told = item.get("status", {}).get("conditions", [])
    lines = [f"{it['type']}={it['status']} {it['reason']}: {it['message']}" for it in told]
    return "\n".join(lines) or "it says nothing of itself yet"


def is_ready(item: Object | None) -> bool:
    """Whether an object's controller has seen its latest change and is content."""
    if item is None or item["metadata"].get("deletionTimestamp"):
        return False
    status = item.get("status", {})
    return status.get("observedGeneration") == item["metadata"]["generation"] and any(
        it["type"] == "Ready" and it["status"] == "True" for it in status.get("conditions", [])
    )


def is_established(definition: Object | None) -> bool:
    """Whether a kind that an API server was taught is served."""
    # A definition just made has null there.
    told = (definition or {}).get("status", {}).get("conditions") or []
    return any(it["type"] == "Established" and it["status"] == "True" for it in told)
