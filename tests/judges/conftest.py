"""Builds the judges: Go programs on Kubernetes' own code, kept outside the checkout under the hash of their sources."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "data"


def pytest_report_collectionfinish() -> str:
    return (
        f"judges: real manifests from {SHARED}" if SHARED.is_dir() else f"judges: NO real manifests, {SHARED} is absent"
    )


def _built(name: str) -> Path:
    sources = sorted(path for path in (HERE / name).iterdir() if path.suffix in {".go", ".mod", ".sum"})
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in sources)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "krmfn" / "bin"
    program = cache / f"{name}-{digest}"
    if not program.exists():
        go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
        if go is None:
            pytest.fail(
                f"the judge {name} cannot be built: install Go 1.26 or newer (https://go.dev/dl) and put it on PATH"
            )
        cache.mkdir(parents=True, exist_ok=True)
        made = cache / f"{program.name}.{os.getpid()}"
        build = subprocess.run(
            [go, "build", "-o", made, "."], cwd=HERE / name, capture_output=True, text=True, check=False
        )
        if build.returncode:
            pytest.fail(f"the judge {name} does not build (it needs the Go module proxy once): {build.stderr}")
        made.replace(program)
    return program


@pytest.fixture(scope="session")
def judge_yaml() -> Callable[[list[str]], list[dict[str, Any]]]:
    """What sigs.k8s.io/yaml and yaml.v3 make of each document; one run of the program a call."""
    program = _built("yaml")

    def judge(documents: list[str]) -> list[dict[str, Any]]:
        run = subprocess.run([program], input=json.dumps(documents), capture_output=True, text=True, check=True)
        verdicts: list[dict[str, Any]] = json.loads(run.stdout)
        assert len(verdicts) == len(documents)
        return verdicts

    return judge
