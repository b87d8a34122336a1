"""Sources of Go modules that the tests read and never build: pinned here, kept in Go's own module cache."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.tools.programs import TESTS, ProgramMissingError

MODULES = {
    "cilium": TESTS / "judges/cilium",
    "helm-controller": TESTS / "tools/helmreleases",
    "network-policy-api": TESTS / "judges/cilium-1.20",
}
"""The folder whose go.mod requires the module before any other; its hash is in go.sum: Go refuses any other content."""


def source(name: str) -> Path:
    """The folder of a module's source; downloaded unless Go has it already."""
    # Where Go's own installer puts it; a shell's profile, which adds that to PATH, may not have been read.
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise ProgramMissingError(
            f"go is not on PATH. It is needed to fetch the source of {name}: install Go 1.26 or newer, "
            "see https://go.dev/dl/."
        )
    pin = MODULES[name]
    required = re.search(r"^(?:require |\t)(\S+) (v\S+)$", (pin / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert required, f"{pin}/go.mod requires no {name}"
    module = "@".join(required.groups())
    done = subprocess.run(
        [go, "mod", "download", "-json", module], cwd=pin, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProgramMissingError(
            f"{module} cannot be fetched (the Go module proxy is asked once):\n{done.stdout}{done.stderr}"
        )
    return Path(json.loads(done.stdout)["Dir"])
