"""The judges: Go programs on Kubernetes' and Cilium's own code."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from krmfn import yaml
from tests.judges.charts import CHARTS
from tests.judges.verdicts import CiliumJudge, asking
from tests.tools.modules import source
from tests.tools.programs import program

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"
NO_CHARTS = (
    "judges: NO charts of apps, KRMFN_CHARTS is not set: no pod was judged; only the record tests/judges/judged.json "
    "was compared with what is shipped"
)


def pytest_report_collectionfinish() -> list[str]:
    return [
        f"judges: real manifests from {SHARED}"
        if SHARED.is_dir()
        else f"judges: NO real manifests, {SHARED} is absent",
        f"judges: charts of apps from {CHARTS}" if CHARTS else NO_CHARTS,
    ]


@pytest.fixture(scope="session")
def judge_yaml() -> Callable[[list[str]], list[dict[str, Any]]]:
    """What sigs.k8s.io/yaml and yaml.v3 make of each document; one run of the program a call."""
    judge_program = program("yaml-judge")

    def judge(documents: list[str]) -> list[dict[str, Any]]:
        run = subprocess.run([judge_program], input=json.dumps(documents), capture_output=True, text=True, check=True)
        verdicts: list[dict[str, Any]] = json.loads(run.stdout)
        assert len(verdicts) == len(documents)
        return verdicts

    return judge


@pytest.fixture(scope="session")
def judge_cilium_1_19() -> Iterator[CiliumJudge]:
    """What Cilium's own policy engine makes of policies in a world."""
    with asking(program("cilium-judge")) as ask:
        yield CiliumJudge(ask, "1.19")


@pytest.fixture(scope="session")
def judge_cilium_1_20() -> Iterator[CiliumJudge]:
    """The same, of the version that also has ClusterNetworkPolicy."""
    crd = source("network-policy-api") / "config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml"
    with asking(program("cilium-judge-1.20")) as ask:
        yield CiliumJudge(ask, "1.20", tuple(yaml.load_all(crd.read_bytes())))


@pytest.fixture(scope="session", params=["1.19", "1.20"])
def judge_cilium(request: pytest.FixtureRequest) -> CiliumJudge:
    """Each version in turn, for what holds on both."""
    judge: CiliumJudge = request.getfixturevalue(f"judge_cilium_{request.param.replace('.', '_')}")
    return judge
