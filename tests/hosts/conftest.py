"""The hosts, made ready once a session: kustomize, kpt, a container engine that answers to `docker`, krmfn's image."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hosts.images import CONTAINERS_CONF, built
from tests.hosts.index import serving
from tests.hosts.running import Hosts
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    # A missing engine is a failure with a remedy, never a skip.
    podman = shutil.which("podman")
    assert podman, "podman is not on PATH: run `make packages`"
    krmfn = Path(sysconfig.get_path("scripts"), "krmfn")
    assert krmfn.exists(), f"{krmfn} is not there: run `make judges`"

    folder = tmp_path_factory.mktemp("hosts")
    configuration = folder / "containers.conf"
    configuration.write_text(CONTAINERS_CONF)
    programs = folder / "bin"
    programs.mkdir()
    # kustomize runs a program named docker, whatever the engine is; kpt and the examples look krmfn up on PATH.
    (programs / "docker").symlink_to(podman)
    (programs / "krmfn").symlink_to(krmfn)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "CONTAINERS_CONF": str(configuration),
        "KPT_FN_RUNTIME": "podman",
    }
    return Hosts(program("kustomize"), program("kpt"), krmfn, environment)


@pytest.fixture(scope="session")
def image(hosts: Hosts) -> Iterator[str]:
    with built(hosts, "first") as tag:
        yield tag


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("index")) as address:
        yield address
