"""The kinds of network policies that clusters have beside Kubernetes' own, as their makers define them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from krmfn import yaml
from tests.engine.api import CRD
from tests.engine.flux import is_established
from tests.tools.modules import source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.api import Api
    from tests.engine.processes import Processes


def definitions() -> tuple[Path, ...]:
    """The files of the CRDs that krmfn writes objects of."""
    return (
        *(
            source("cilium") / f"pkg/k8s/apis/cilium.io/client/crds/v2/{plural}.yaml"
            for plural in ("ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies")
        ),
        source("network-policy-api") / "config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml",
    )


def define(processes: Processes, api: Api) -> None:
    """Give an API server these kinds."""
    for path in definitions():
        for definition in yaml.load_all(path.read_bytes()):
            api.apply(definition)
            name = definition["metadata"]["name"]
            served = partial(_served, api, name)
            processes.wait_for(f"{api.name} to serve {name}", served, 30)


def _served(api: Api, name: str) -> bool:
    return is_established(api.get(CRD, "", name))
