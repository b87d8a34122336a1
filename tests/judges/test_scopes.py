"""What Cilium installs for a whole cluster, by its own definitions."""

from __future__ import annotations

from krmfn import yaml
from krmfn.fleet.scopes import CLUSTER_WIDE
from tests.tools.modules import source


def test_what_cilium_installs_for_a_whole_cluster_is_known() -> None:
    """Each CustomResourceDefinition with `scope: Cluster` in its source."""
    folder = source("cilium") / "pkg/k8s/apis/cilium.io/client/crds"
    specs = [yaml.load(path.read_bytes())["spec"] for path in folder.rglob("*.yaml")]
    found = {(spec["group"], spec["names"]["kind"]) for spec in specs if spec["scope"] == "Cluster"}
    assert ("cilium.io", "CiliumClusterwideNetworkPolicy") in found
    assert found <= CLUSTER_WIDE
