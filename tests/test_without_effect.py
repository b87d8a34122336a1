"""`krmfn check` names the lines that change nothing: those that a user wrote, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_line import run_in
from tests.declarations import app, cluster, placed, plane

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1]
PLANE = (
    "objectsChart: {chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-public}}, "
    "network: {apiServerAddresses: []}, "
    "kinds: [{kind: ComfyUI, chartRef: {kind: HelmChart, name: comfyui, namespace: cozy-public}}]"
)
SANDBOX = "{isolationProfile: sandbox, addons: {monitoringAgents: {enabled: false}}}"
TO_MAIN = "  connections:\n  - to: {kind: Postgres, name: main}\n"
CREDENTIALS = "    credentials: [{key: studio, targetPath: db.password}]\n"
NODES = "{matchLabels: {cluster.x-k8s.io/cluster-name: kubernetes-lab}}"
LEAKY = """\
apiVersion: krmfn.dev/v1alpha1
kind: IsolationProfile
metadata: {name: leaky}
spec: {egress: {scope: declared, volumes: true}}
"""
QUEUE = "{matchLabels: {apps.cozystack.io/application.kind: Redis}}"
MAIN = "{matchLabels: {apps.cozystack.io/application.kind: Postgres}}"


def repository(folder: Path, *, isolation: str = SANDBOX, credentials: str = "", accepted: str = "") -> None:
    files = {
        "plane.yaml": plane(f"{{{PLANE}{accepted}}}"),
        "lab.yaml": cluster("lab", spec=isolation),
        "main.yaml": app("Postgres", "main", "{users: {studio: {}}}"),
        "queue.yaml": app("Redis", "queue"),
        "studio.yaml": app("ComfyUI", "studio"),
        "placement.yaml": placed("ComfyUI", "studio", "lab", TO_MAIN + credentials),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def policy(folder: Path, subject: str, rules: str, name: str = "own") -> None:
    (folder / f"{name}.yaml").write_text(
        f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: {name}, namespace: tenant-acme}}\n"
        f"spec:\n  endpointSelector: {subject}\n{rules}",
        encoding="utf-8",
    )


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run_in(folder, "check", "--format", "json", *arguments).stdout)
    return answer


def found(results: Iterable[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Code, field and line of the findings about lines without effect."""
    return [
        (each["tags"]["code"], each["field"]["path"], each["file"]["line"])
        for each in results
        if each["tags"]["code"].endswith("-without-effect")
    ]


def test_a_connection_that_opens_and_brings_nothing(tmp_path: Path) -> None:
    """Around a cluster that closes nothing a connection opens nothing; with credentials, or a fence, it is needed."""
    repository(tmp_path, isolation="{}")
    assert found(told(tmp_path)["results"]) == [("connection-without-effect", "spec.connections[0].to", 8)]
    repository(tmp_path, isolation="{}", credentials=CREDENTIALS)
    assert found(told(tmp_path)["results"]) == []
    repository(tmp_path)
    assert found(told(tmp_path)["results"]) == []


def ports(number: str, *, protocol: str = "ANY", last: int = 0) -> str:
    return f"toPorts: [{{ports: [{{port: '{number}', protocol: {protocol}, endPort: {last}}}]}}]\n"


@pytest.mark.parametrize(
    ("subject", "rules", "fields"),
    [
        (NODES, f"  egress:\n  - toEndpoints: [{QUEUE}]\n", ["spec.egress[0]"]),
        (NODES, "  egress:\n  - toEntities: [kube-apiserver]\n", ["spec.egress[0]"]),
        (NODES, f"  egressDeny:\n  - toEndpoints: [{QUEUE}]\n", ["spec.egressDeny[0]"]),
        (NODES, f"  egressDeny:\n  - toEndpoints: [{MAIN}]\n", []),
        (NODES, f"  egressDeny:\n  - toEndpoints: [{MAIN}]\n    {ports('80')}", ["spec.egressDeny[0]"]),
        (
            NODES,
            f"  egressDeny:\n  - toEndpoints: [{MAIN}]\n    {ports('5432', protocol='UDP')}",
            ["spec.egressDeny[0]"],
        ),
        (NODES, f"  egressDeny:\n  - toEndpoints: [{MAIN}]\n    {ports('5000', last=6000)}", []),
        (NODES, f"  egressDeny:\n  - toEndpoints: [{MAIN}]\n    {ports('postgresql')}", []),
        (NODES, "  egressDeny:\n  - toEntities: [world]\n", []),
        (NODES, "  egressDeny:\n  - toEntities: [host, remote-node]\n", ["spec.egressDeny[0]"]),
        (NODES, "  egressDeny:\n  - toEntities: [host, world]\n", []),
        (NODES, "  egressDeny:\n  - toCIDR: [169.254.1.0/24, 'fe80::/10']\n", ["spec.egressDeny[0]"]),
        (
            NODES,
            "  egressDeny:\n  - toCIDRSet: [{cidr: 169.254.0.0/16, except: [169.254.169.254/32]}]\n",
            ["spec.egressDeny[0]"],
        ),
        (NODES, "  egressDeny:\n  - toCIDR: [168.0.0.0/7]\n", []),
        (NODES, "  egressDeny:\n  - toCIDR: [203.0.113.0/24]\n", []),
        (NODES, "  egressDeny:\n  - toCIDR: ['2001:db8::/32']\n", []),
        (NODES, "  egressDeny:\n  - toCIDR: ['fd00::/8', 10.0.0.0/8]\n", []),
        (NODES, f"  ingress:\n  - fromEndpoints: [{QUEUE}]\n", []),
        ("{}", f"  egress:\n  - toEndpoints: [{QUEUE}]\n", []),
        (MAIN, f"  egress:\n  - toEndpoints: [{QUEUE}]\n", []),
    ],
)
def test_a_policy_beside_a_fence(tmp_path: Path, subject: str, rules: str, fields: list[str]) -> None:
    """What it allows fenced nodes stays denied, what it denies them nobody reached; of other pods nothing is said."""
    repository(tmp_path)
    policy(tmp_path, subject, rules)
    assert [field for _, field, _ in found(told(tmp_path)["results"])] == fields


@pytest.mark.parametrize("isolation", ["{}", "{isolationProfile: leaky}"])
def test_without_a_fence_a_policy_does_something(tmp_path: Path, isolation: str) -> None:
    """Nor is anything said of one that leaves the platform's own policies a part."""
    repository(tmp_path, isolation=isolation, credentials=CREDENTIALS)
    (tmp_path / "leaky.yaml").write_text(LEAKY, encoding="utf-8")
    policy(tmp_path, NODES, f"  egress:\n  - toEndpoints: [{QUEUE}]\n")
    assert found(told(tmp_path)["results"]) == []


def test_it_can_be_accepted(tmp_path: Path) -> None:
    """An entry of spec.accepted takes it out; one that fits nothing is told by check, and by no run before."""
    entry = ", accepted: [{code: policy-without-effect, kind: CiliumNetworkPolicy, name: own, reason: for later}]"
    repository(tmp_path, accepted=entry)
    assert "accepted-unused" not in run_in(tmp_path, "render").stderr
    unused = [each for each in told(tmp_path)["results"] if each["tags"]["code"] == "accepted-unused"]
    assert [each["field"]["path"] for each in unused] == ["spec.accepted[0]"]
    policy(tmp_path, NODES, f"  egress:\n  - toEndpoints: [{QUEUE}]\n")
    answer = told(tmp_path)
    assert found(answer["results"]) == []
    assert "accepted-unused" not in {each["tags"]["code"] for each in answer["results"]}


@pytest.mark.parametrize("example", ["demo", "sandbox", "validator"])
def test_the_examples_have_none(example: str) -> None:
    assert found(told(ROOT / "kustomize" / example)["results"]) == []
