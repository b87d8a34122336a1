"""Go modules that the tests read and never build: pinned here, kept in Go's own module cache; and what is made of them.

Flux's API modules are the source of its CRDs, and the proxy has them of every version, which it has not of the
controllers: helm-controller v1.5, which is in Flux 2.8, is not to be had.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from pathlib import Path

from tests.tools import store, toolchain
from tests.tools.programs import TESTS, cache, program

MODULES = {
    "argo-cd": TESTS / "tools/argo-cd",
    "cilium": TESTS / "judges/cilium",
    "helm-controller": TESTS / "tools/helmreleases",
    "helm-controller-2.7": TESTS / "tools/helmreleases-2.7",
    "network-policy-api": TESTS / "judges/cilium-1.20",
}
"""The folder whose go.mod requires the module before any other; its hash is in go.sum: Go refuses any other content."""

FLUX = ("2.6", "2.7", "2.8", "2.9")
"""Versions of Flux whose API modules are pinned, in tools/flux-<version>; with the one before the oldest supported."""


def source(name: str) -> Path:
    """The folder of a module's source; downloaded unless Go has it already."""
    pin = MODULES[name]
    required = re.search(r"^(?:require |\t)(\S+) (v\S+)$", (pin / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert required, f"{pin}/go.mod requires no {name}"
    module = "@".join(required.groups())
    go = toolchain.go(f"fetch the source of {name}")
    told = toolchain.run([go, "mod", "download", "-json", module], pin, toolchain.LONGEST)
    return Path(json.loads(told)["Dir"])


def definitions(flux: str) -> Path:
    """The folder with the CRDs of a version of Flux, made from its API modules unless they were made before.

    They are made as the Makefiles of Flux's controllers make what those ship.
    """
    pin = TESTS / f"tools/flux-{flux}"
    generator = program("controller-gen")
    digest = hashlib.sha256(generator.name.encode())
    for file in sorted(pin.iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    make = functools.partial(_generate, generator, pin)
    return store.made(cache() / "crds", f"flux-{flux}", digest.hexdigest(), make)


def _generate(generator: Path, pin: Path, fresh: Path) -> None:
    packages = re.findall(r'^\t_ "(\S+)"$', (pin / "api.go").read_text(encoding="utf-8"), re.MULTILINE)
    assert packages, f"{pin}/api.go imports no package"
    # It asks go for the packages, by its PATH.
    path = f"PATH={os.environ.get('PATH', '')}{os.pathsep}{toolchain.go('make CRDs of Flux').parent}"
    arguments = ["crd:crdVersions=v1", *(f"paths={each}" for each in packages), f"output:crd:dir={fresh}"]
    toolchain.run(["env", path, generator, *arguments], pin, toolchain.LONGEST)
