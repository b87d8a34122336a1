"""The engine, started once a run; its logs stay when a test fails; what it cost is told at the end."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import clusters, flux, guards, policies
from tests.engine.api import kind_of
from tests.engine.engine import Engine, running
from tests.engine.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.api import Api, Object

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


@pytest.fixture(scope="module")
def new_cluster(engine: Engine) -> Iterator[Callable[..., Api]]:
    """Starts a tenant's cluster by its name, with the kinds of Cilium; it ends with the module.

    For a boundary a cluster of its own: two cannot share one, as no two sandboxes are one cluster.
    """
    started = []

    def start(name: str, *controllers: str) -> Api:
        api = clusters.start_api_server(engine.processes, engine.etcd, name)
        started.append(name)
        clusters.wait_until_ready(engine.processes, api, *controllers)
        policies.define(engine.processes, api)
        return api

    yield start
    for name in started:
        clusters.stop(engine.processes, name)


@pytest.fixture(scope="module")
def installed_guards(engine: Engine) -> Iterator[list[Object]]:
    """The platform output, installed, and a Flux that is held by it; gone again when the module is done."""
    installed = guards.install(engine)
    yield installed
    for item in reversed(installed):
        engine.a.delete(kind_of(item), "", item["metadata"]["name"])


@pytest.fixture(scope="session")
def page(request: pytest.FixtureRequest) -> Page:
    """docs/flux.md, which shows what the tests have seen."""
    return Page(rewrite=bool(request.config.option.update_snapshots))


@pytest.fixture(scope="session")
def lenient_controller(engine: Engine) -> None:
    """A kustomize-controller for Kustomizations that are labelled flux.LENIENT."""
    flux.start_lenient(engine.processes, engine.a)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several processes each hands its figures to the one that tells them."""
    handed: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if handed is not None:
        handed["figures"] = session.config.stash.get(TOLD, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a process's figures; each has an engine of its own."""
    told = node.config.stash.setdefault(TOLD, {})
    for what, figure in getattr(node, "workeroutput", {}).get("figures", {}).items():
        told[f"{what} ({node.gateway.id})" if what in told else what] = figure


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, figure in config.stash.get(TOLD, {}).items():
        terminalreporter.write_line(f"{what}: {figure}")
