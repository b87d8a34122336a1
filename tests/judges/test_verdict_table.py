"""The table of what a sandbox reaches is what Cilium's engine says; `make generate` writes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.judges.declared import fenced
from tests.judges.surroundings import Surroundings
from tests.judges.test_egress import apps, policies
from tests.judges.verdicts import ALL_PORTS, EVERYTHING, NOTHING, CiliumJudge, Ranges, Reach, asking
from tests.judges.written import given

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/sandbox.md"
SANDBOX = ROOT / "kustomize/sandbox"
MARK = "<!-- verdicts -->\n"
END = "<!-- end -->\n"
WORKER = "worker"
ROWS = {
    "its own control plane": "own control plane (tenant-acme)",
    "its other nodes": "sibling worker",
    "DNS": "kube-dns (kube-system)",
    "Postgres `main`, declared": "Postgres main 0 (tenant-acme)",
    "Redis `queue`, declared": "Redis queue 0 (tenant-acme)",
    "LiteLLM `models`, declared": "Litellm models 0 (tenant-acme)",
    "vLLM `chat`, not declared": "VllmInference chat (tenant-acme)",
    "another Postgres of the tenant": "Postgres undeclared (tenant-acme)",
    "its own cloud controller, which has management credentials": "own kccm (tenant-acme)",
    "another cluster of the tenant": "own launcher of another cluster (tenant-acme)",
    "the tenant's ingress": "ingress (tenant-acme)",
    "a child tenant's Postgres `main`": "Postgres main (tenant-acme-dev)",
    "the parent tenant's etcd": "etcd (tenant-root)",
    "the platform's dashboard": "cozy-dashboard",
    "another tenant": "Postgres main (tenant-stranger)",
    "nodes of the management cluster": "other node",
    "its API server, by a node": "node with an API server",
    "its API server, by a virtual IP": "API at 203.0.113.10/32 0",
    "a cloud's metadata service": "the metadata service of a cloud",
    "a cloud's metadata service, by IPv6": "the metadata service of AWS by IPv6",
    "Azure's wire server": "the wire server of Azure",
    "the internet": "internet",
    "the internet, by IPv6": "internet by IPv6",
}


def test_the_page_shows_what_the_engine_says(judge_cilium_1_19: CiliumJudge) -> None:
    """Without and with what krmfn writes for kustomize/sandbox, from one of its nodes."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert rest.partition(END)[0] == f"\n{table(judge_cilium_1_19)}\n"


def table(judge: CiliumJudge) -> str:
    [cluster] = fenced(given(SANDBOX))
    around = Surroundings(cluster, apps(SANDBOX))
    before = judge(around.platform(), around.world).of(WORKER)
    after = judge([*around.platform(), *policies(SANDBOX)], around.world).of(WORKER)
    lines = ["| from a node of the sandbox to | as the platform has it | with krmfn |", "|---|---|---|"]
    lines += [f"| {row} | {_told(before, peer)} | {_told(after, peer)} |" for row, peer in ROWS.items()]
    return "\n".join(lines) + "\n"


def _told(verdicts: Mapping[str, Reach], peer: str) -> str:
    reach = verdicts[peer]
    if reach in (EVERYTHING, NOTHING):
        return "everything" if reach == EVERYTHING else "nothing"
    named = [(protocol, getattr(reach, protocol.lower())) for protocol in ("TCP", "UDP", "SCTP")]
    return ", ".join(f"{protocol} {_ranges(ranges)}" for protocol, ranges in named if ranges)


def _ranges(ranges: Ranges) -> str:
    if ranges == ALL_PORTS:
        return "all"
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


if __name__ == "__main__":
    from tests.tools.programs import program

    text = PAGE.read_text(encoding="utf-8")
    start, _, rest = text.partition(MARK)
    with asking(program("cilium-judge")) as ask:
        made = table(CiliumJudge(ask, "1.19"))
    PAGE.write_text(f"{start}{MARK}\n{made}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    sys.exit(0)
