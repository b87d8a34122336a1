"""The engine, started once a run; its logs stay when a test fails; what it cost is told at the end."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine import clusters, flux
from tests.engine.engine import Engine, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.api import Api

TOLD = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    told = request.config.stash.setdefault(TOLD, {})
    folder = Path(tempfile.mkdtemp(prefix="krmfn-engine-"))
    keep = True
    try:
        with running(folder) as engine:
            yield engine
            keep = bool(request.session.testsfailed)
        told |= engine.figures
    finally:
        if keep:
            told["logs"] = f"{folder}/*.log"
        else:
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def third(engine: Engine) -> Api:
    """One more API server, with nothing on it."""
    api = clusters.start_api_server(engine.processes, engine.etcd, "c")
    clusters.wait_until_ready(engine.processes, api)
    return api


@pytest.fixture(scope="session")
def lenient_controller(engine: Engine) -> None:
    """A kustomize-controller for Kustomizations that are labelled flux.LENIENT."""
    flux.start_lenient(engine.processes, engine.a)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, figure in config.stash.get(TOLD, {}).items():
        terminalreporter.write_line(f"{what}: {figure}")
