"""The programs that host or judge krmfn: Go modules pinned in this repository, each built once into the user's cache.

``python -m tests.tools.programs [NAME…]`` builds them ahead of the tests and prints where they are; without a name
all that ``make judges`` runs, with the name ``engine`` all that ``make e2e`` adds to that.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.tools import store, toolchain
from tests.tools.toolchain import ProgramMissingError

__all__ = ["ENGINE", "PROGRAMS", "TESTS", "Program", "ProgramMissingError", "cache", "program", "sources"]

TESTS = Path(__file__).resolve().parent.parent


class Program(NamedTuple):
    """A Go package to build, and the folder of the module that pins it."""

    module: Path
    package: str
    lacks: str = ""
    """A file that the package embeds and its module lacks, as its makers add it: it is built in a copy that has one."""


PROGRAMS = {
    "kustomize": Program(TESTS / "tools/kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
    "yaml-judge": Program(TESTS / "judges/yaml", "."),
    "cilium-judge": Program(TESTS / "judges/cilium", "."),
    "cilium-judge-1.20": Program(TESTS / "judges/cilium-1.20", "."),
    "helm": Program(TESTS / "tools/helm", "helm.sh/helm/v3/cmd/helm"),
    "release-judge": Program(TESTS / "judges/release", "."),
    "pod-security-judge": Program(TESTS / "judges/pod-security", "."),
    "controller-gen": Program(TESTS / "tools/controller-gen", "sigs.k8s.io/controller-tools/cmd/controller-gen"),
    "sprig": Program(TESTS / "platform/sprig", "."),
    "actionlint": Program(TESTS / "tools/actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),
    "kubeconform": Program(TESTS / "tools/kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform"),
    # What installs a plug-in of kubectl, and a Flux that has plug-ins; tests/hosts installs ours with both.
    "krew": Program(TESTS / "tools/krew", "sigs.k8s.io/krew/cmd/krew"),
    "kubectl": Program(TESTS / "tools/kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    "flux-plugins": Program(
        TESTS / "tools/flux-plugins", "github.com/fluxcd/flux2/v2/cmd/flux", "cmd/flux/manifests/none.yaml"
    ),
}

# What tests/engine runs: minutes to build, so `make judges` leaves it alone.
ENGINE = {
    "etcd": Program(TESTS / "tools/etcd", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": Program(TESTS / "tools/kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": Program(TESTS / "tools/kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "source-controller": Program(TESTS / "tools/source-controller", "github.com/fluxcd/source-controller"),
    "kustomize-controller": Program(TESTS / "tools/kustomize-controller", "github.com/fluxcd/kustomize-controller"),
    "helm-controller": Program(TESTS / "tools/helm-controller", "github.com/fluxcd/helm-controller"),
    "argo-cd": Program(TESTS / "tools/argo-cd", "."),
    "registry": Program(TESTS / "tools/registry", "github.com/distribution/distribution/v3/cmd/registry"),
    # What `flux install` would install; the tests run `flux push`.
    "flux": Program(TESTS / "tools/flux", "github.com/fluxcd/flux2/v2/cmd/flux", "cmd/flux/manifests/none.yaml"),
}

# What `make bench` measures beside krmfn.
BENCH = {"yaml-roundtrip": Program(TESTS.parent / "bench/roundtrip", ".")}

# Programs that their vendor packages and that cannot be built here, with the place to get them.
VENDORED = {
    "kpt": "It cannot be built from Go modules alone: install a release of its vendor, v1.0.0-beta.56 or newer, "
    "see https://kpt.dev/installation/.",
}


def cache() -> Path:
    """Where everything lives that is slow to make and outlives a checkout."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "krmfn"
    except RuntimeError as error:
        raise ProgramMissingError(f"{error} {toolchain.WRITABLE}") from error


def program(name: str) -> Path:
    """Return the path of a program; build it unless exactly these sources were built before.

    Raises:
        ProgramMissingError: it is not there and cannot be built.
    """
    if name in VENDORED:
        return toolchain.installed(name, VENDORED[name])
    known = PROGRAMS | ENGINE | BENCH
    if name not in known:
        raise ProgramMissingError(f"there is no program {name}: {', '.join([*known, *VENDORED])}")
    made_of = known[name]
    go = toolchain.go(f"build {name}")
    stem = f"{name}-{_digest(go, made_of)}"
    folder = cache() / "bin"
    try:
        if built := store.find(folder, stem):
            return built
        folder.mkdir(parents=True, exist_ok=True)
        with store.alone(folder, name):
            # Perhaps another run has built it meanwhile.
            return store.find(folder, stem) or _build(go, made_of, folder, stem)
    except OSError as error:
        raise toolchain.cannot_write(folder, error) from error


def sources(name: str) -> Path:
    """The folder with the Go module that a program is built from, at the version that its pin says."""
    made_of = (PROGRAMS | ENGINE)[name]
    go = toolchain.go(f"read what {name} ships")
    return Path(json.loads(_download(go, made_of))["Dir"])


def _download(go: Path, made_of: Program) -> str:
    pin = (made_of.module / "go.mod").read_text(encoding="utf-8")
    required = re.findall(r"^(?:require |\t)(\S+) v\S+", pin, re.MULTILINE)
    [module] = [each for each in required if f"{made_of.package}/".startswith(f"{each}/")]
    return toolchain.run([go, "mod", "download", "-json", module], made_of.module, toolchain.LONGEST)


def _digest(go: Path, made_of: Program) -> str:
    module = made_of.module
    digest = hashlib.sha256(toolchain.version(go, module).encode() + made_of.package.encode())
    # With the modules of this repository that it is built from.
    replaced = re.findall(r"^replace \S+ => (\.\S+)$", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    for folder in (module, *(module / path for path in replaced)):
        for file in sorted(folder.rglob("*")):
            if file.name in {"go.mod", "go.sum"} or file.suffix == ".go":
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(go: Path, made_of: Program, folder: Path, stem: str) -> Path:
    name = stem.rpartition("-")[0]
    sys.stderr.write(f"building {name}, once: this may take minutes\n")
    for left in folder.glob(f".building-{name}+*"):
        # Its maker was killed: we hold the lock.
        shutil.rmtree(left, ignore_errors=True)
    # A folder beside the target, then a rename: nobody ever executes half a program.
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".building-{name}+") as scratch:
        fresh = Path(scratch, name)
        source, package = _copy(go, made_of, Path(scratch)) if made_of.lacks else (made_of.module, made_of.package)
        flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")
        toolchain.run([go, "build", *flags, "-o", fresh, package], source, toolchain.LONGEST)
        built = store.keep(fresh, folder, stem)
    store.forget_unused(folder)
    return built


def _copy(go: Path, made_of: Program, scratch: Path) -> tuple[Path, str]:
    """A copy of the module with the file that it lacks; it is built as its makers build it, with their own go.sum."""
    found = json.loads(_download(go, made_of))
    copy = scratch / "source"
    shutil.copytree(found["Dir"], copy, copy_function=shutil.copyfile)
    for each in (copy, *copy.rglob("*/")):
        each.chmod(0o700)
    lacking = copy / made_of.lacks
    lacking.parent.mkdir(parents=True, exist_ok=True)
    lacking.touch()
    return copy, f".{made_of.package.removeprefix(found['Path'])}"


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
