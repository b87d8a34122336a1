"""Plug-ins of kubectl and Flux: one file for each platform that runs with any Python from 3.11 on, by pex.

Both catalogues know a version by its platforms, each with an archive and its SHA-256. What is in ours is for that
platform alone, for pydantic and PyYAML are compiled (docs/decisions/059-plug-ins-in-python.md).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from krmfn import __version__, yaml
from release import DATED, HOME, PROJECT, ROOT, TAG
from release.archives import packed

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM = "flux-krmfn"
"""The program in an archive: Flux takes none of another name, and krew gives it the name of its own."""
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DESCRIPTION = """\
From a few lines in Git that say which tenant clusters exist and which apps run where, krmfn writes what Flux applies:
HelmReleases, network policies, roles. It says what a change does before it is merged, who can talk to whom, and where a
field comes from. It reads files and Git, and no cluster.
"""
CAVEATS = """\
This plug-in needs Python 3.11 or newer on the PATH, and Git to compare revisions. `kubectl krmfn report` needs
Graphviz, which it does not bring: for that command, install krmfn[report] with pip.
"""


class Platform(NamedTuple):
    """A platform as Go names it, and the tag of the wheels that run there."""

    os: str
    arch: str
    tag: str


PLATFORMS = (
    Platform("linux", "amd64", "manylinux2014_x86_64"),
    Platform("linux", "arm64", "manylinux2014_aarch64"),
    Platform("darwin", "arm64", "macosx_11_0_arm64"),
)


def file_of(platform: Platform) -> str:
    return f"krmfn_{__version__}_{platform.os}_{platform.arch}.tar.gz"


def archive(platform: Platform, wheel: Path, builder: Path) -> bytes:
    """A platform's archive, of krmfn's wheel and those that requirements.lock names, by a Python that has pex."""
    with tempfile.TemporaryDirectory() as folder:
        wheels, made = Path(folder, "wheels"), Path(folder, "krmfn")
        for python in PYTHONS:
            _run(builder, "pip", "download", *_of(platform, python), "--dest", wheels)
        targets = (f"--platform={platform.tag}-cp-{each}.0-cp{each.replace('.', '')}" for each in PYTHONS)
        found = ("--no-index", f"--find-links={wheels}", f"--find-links={wheel.parent}")
        # A shell finds the Python, the newest that fits first; unpacked once, it starts as quickly as an installed one.
        how = ("--sh-boot", "--venv", "--script=krmfn", f"--output-file={made}")
        kept = {"PEX_ROOT": str(builder.parents[1] / "pex")}
        _run(builder, "pex", *targets, *found, *how, f"krmfn=={__version__}", environment=kept)
        license_ = (ROOT / "LICENSE").read_bytes()
        return packed({PROGRAM: made.read_bytes(), "LICENSE": license_}, executable=PROGRAM)


def _of(platform: Platform, python: str) -> Iterable[str | Path]:
    yield from ("--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes")
    yield from (f"--requirement={ROOT / 'requirements.lock'}", f"--python-version={python}", "--implementation=cp")
    yield f"--platform={platform.tag}"


def _run(builder: Path, module: str, *arguments: str | Path, environment: dict[str, str] | None = None) -> None:
    told = {**os.environ, "SOURCE_DATE_EPOCH": str(DATED), **(environment or {})}
    subprocess.run([builder, "-m", module, *arguments], check=True, env=told)


def of_krew(archives: dict[Platform, bytes]) -> str:
    """The manifest for kubernetes-sigs/krew-index, plugins/krmfn.yaml."""
    return yaml.dump(
        {
            "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
            "kind": "Plugin",
            "metadata": {"name": "krmfn"},
            "spec": {
                "version": TAG,
                "homepage": HOME,
                "shortDescription": "Expand and judge tenant clusters for Flux",
                "description": DESCRIPTION,
                "caveats": CAVEATS,
                "platforms": [
                    {
                        "selector": {"matchLabels": {"os": platform.os, "arch": platform.arch}},
                        "uri": _url(platform),
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "files": [{"from": PROGRAM, "to": "kubectl-krmfn"}, {"from": "LICENSE", "to": "."}],
                        "bin": "kubectl-krmfn",
                    }
                    for platform, content in archives.items()
                ],
            },
        }
    )


def of_flux(archives: dict[Platform, bytes]) -> str:
    """The manifest for fluxcd/plugins, plugins/krmfn.yaml."""
    return yaml.dump(
        {
            "apiVersion": "cli.fluxcd.io/v1beta1",
            "kind": "Plugin",
            "name": "krmfn",
            "description": PROJECT["description"],
            "homepage": HOME,
            "source": HOME,
            "bin": PROGRAM,
            "versions": [
                {
                    "version": __version__,
                    "platforms": [
                        {
                            "os": platform.os,
                            "arch": platform.arch,
                            "url": _url(platform),
                            "checksum": f"sha256:{hashlib.sha256(content).hexdigest()}",
                        }
                        for platform, content in archives.items()
                    ],
                }
            ],
        }
    )


def _url(platform: Platform) -> str:
    return f"{HOME}/releases/download/{TAG}/{file_of(platform)}"
