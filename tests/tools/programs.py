"""The programs that host or judge krmfn: Go modules pinned in this repository, each built once into the user's cache.

``python -m tests.tools.programs [NAME…]`` builds them ahead of the tests and prints where they are; without a name
all that ``make test`` runs, with the name ``engine`` all that ``make e2e`` adds to that.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent.parent


class Program(NamedTuple):
    """A Go package to build, and the folder of the module that pins it."""

    module: Path
    package: str


PROGRAMS = {
    "kustomize": Program(TESTS / "tools/kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
    "yaml-judge": Program(TESTS / "judges/yaml", "."),
    "cilium-judge": Program(TESTS / "judges/cilium", "."),
    "cilium-judge-1.20": Program(TESTS / "judges/cilium-1.20", "."),
    "helm": Program(TESTS / "tools/helm", "helm.sh/helm/v3/cmd/helm"),
    "release-judge": Program(TESTS / "judges/release", "."),
}

# What tests/engine runs: minutes to build, so `make test` leaves it alone.
ENGINE = {
    "etcd": Program(TESTS / "tools/etcd", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": Program(TESTS / "tools/kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": Program(TESTS / "tools/kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "source-controller": Program(TESTS / "tools/source-controller", "github.com/fluxcd/source-controller"),
    "kustomize-controller": Program(TESTS / "tools/kustomize-controller", "github.com/fluxcd/kustomize-controller"),
    "helm-controller": Program(TESTS / "tools/helm-controller", "github.com/fluxcd/helm-controller"),
}

# Programs that their vendor packages and that cannot be built here, with the place to get them.
VENDORED = {
    "kpt": "It cannot be built from Go modules alone: install a release of its vendor, v1.0.0-beta.56 or newer, "
    "see https://kpt.dev/installation/.",
}


class ProgramMissingError(Exception):
    """What to install so that the tests can run; a missing program fails them and never skips them."""


def cache() -> Path:
    """Where everything lives that is slow to make and outlives a checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "krmfn"


def program(name: str) -> Path:
    """Return the path of a program; build it unless exactly these sources were built before."""
    if name in VENDORED:
        return _installed(name, VENDORED[name])
    module, package = (PROGRAMS | ENGINE)[name]
    go = _installed("go", f"Go is needed to build {name}: install Go 1.26 or newer, see https://go.dev/dl/.")
    built = cache() / "bin" / f"{name}-{_digest(go, module, package)}"
    if not built.exists():
        _build(go, module, package, built)
    return built


def sources(name: str) -> Path:
    """The folder with the Go module that a program is built from, at the version that its pin says."""
    module, package = (PROGRAMS | ENGINE)[name]
    go = _installed("go", f"Go is needed to read what {name} ships: install Go 1.26 or newer, see https://go.dev/dl/.")
    done = subprocess.run(
        [go, "mod", "download", "-json", package], cwd=module, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"{package} cannot be fetched:\n{done.stdout}{done.stderr}"
        raise ProgramMissingError(message)
    return Path(json.loads(done.stdout)["Dir"])


def _installed(name: str, remedy: str) -> Path:
    # Where Go's own installer puts it; a shell's profile, which adds that to PATH, may not have been read.
    found = shutil.which(name) or shutil.which(name, path="/usr/local/go/bin")
    if not found:
        message = f"{name} is not on PATH. {remedy}"
        raise ProgramMissingError(message)
    return Path(found)


def _digest(go: Path, module: Path, package: str) -> str:
    version = subprocess.run(
        [go, "env", "GOVERSION", "GOOS", "GOARCH"], capture_output=True, check=True, cwd=module
    ).stdout
    digest = hashlib.sha256(version + package.encode())
    # With the modules of this repository that it is built from.
    replaced = re.findall(r"^replace \S+ => (\.\S+)$", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    for folder in (module, *(module / path for path in replaced)):
        for file in sorted(folder.rglob("*")):
            if file.name in {"go.mod", "go.sum"} or file.suffix == ".go":
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(go: Path, module: Path, package: str, built: Path) -> None:
    built.parent.mkdir(parents=True, exist_ok=True)
    # A folder beside the target, then a rename: two test runs at once never execute half a program.
    with tempfile.TemporaryDirectory(dir=built.parent, prefix=".building-") as folder:
        fresh = Path(folder, built.name)
        done = subprocess.run(
            [go, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", fresh, package],
            cwd=module,
            env={**os.environ, "CGO_ENABLED": "0"},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"go build {package} in {module} failed:\n{done.stderr}"
            raise ProgramMissingError(message)
        fresh.rename(built)


def main() -> None:
    """Build what is named (or everything) and print a line each."""
    try:
        # tests/engine packages its charts with Helm.
        named = ["helm", *ENGINE] if sys.argv[1:] == ["engine"] else sys.argv[1:]
        for name in named or [*PROGRAMS, *VENDORED]:
            sys.stdout.write(f"{name}: {program(name)}\n")
            sys.stdout.flush()
    except ProgramMissingError as error:
        sys.exit(f"krmfn tests: {error}")


if __name__ == "__main__":
    main()
