"""The engine: a management cluster A with Flux, a tenant's cluster B, a Git server."""

from __future__ import annotations

import base64
import json
import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tests.engine import charts, clusters, flux, policies
from tests.engine.processes import Processes
from tests.engine.repositories import Server, serving
from tests.engine.tenants import Tenant
from tests.tools.programs import ENGINE, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from tests.engine.api import Api, Kind, Object

Given = TypeVar("Given")

PASSWORD = "007,a=b{x},y[0]\\true"  # noqa: S105  (all that `helm --set` would take apart)
"""What the stand-in databases give every user."""


@dataclass
class Engine:
    """All of it, running."""

    processes: Processes
    etcd: str
    a: Api
    b: Api
    server: Server
    figures: dict[str, str] = field(default_factory=dict)
    """What is told at the end of a run: how long, how much."""

    def wait_for(
        self, what: str, check: Callable[[], Given | None], seconds: float = 60, *, seen: Callable[[], str] = str
    ) -> Given:
        """What a check gives once it gives something, or a failure that says what was waited for."""
        return self.processes.wait_for(what, check, seconds, seen=seen)

    def wait_until_ready(self, api: Api, kind: Kind, namespace: str, name: str, seconds: float = 90) -> Object:
        """An object, once its controller is content with its latest change."""

        def check() -> Object | None:
            found = api.get(kind, namespace, name)
            return found if flux.is_ready(found) else None

        return self.wait_for(
            f"{kind.kind} {namespace}/{name} on {api.name} to be Ready",
            check,
            seconds,
            seen=lambda: flux.conditions(api.get(kind, namespace, name)),
        )

    def wait_until_gone(self, api: Api, kind: Kind, namespace: str, name: str, seconds: float = 60) -> None:
        """Wait until an object does not exist."""
        self.wait_for(
            f"{kind.kind} {namespace}/{name} on {api.name} to be gone",
            lambda: api.get(kind, namespace, name) is None,
            seconds,
            seen=lambda: json.dumps((api.get(kind, namespace, name) or {}).get("metadata"), indent=2),
        )

    def tenant(
        self,
        namespace: str,
        password: str = PASSWORD,
        *,
        on: Mapping[str, Api] | None = None,
        starting: Iterable[str] = (),
    ) -> Tenant:
        """A new tenant: its namespace, what the platform puts there, and an empty repository.

        Each cluster of `on` comes up as that API server, any other as B; one of `starting` only by `Tenant.comes_up`.
        """
        self.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        kubeconfigs = {f"kubernetes-{name}": api.portable_kubeconfig() for name, api in (on or {}).items()}
        stand_in = {
            "_standIn": {
                "kubeconfig": self.b.portable_kubeconfig(),
                "kubeconfigs": kubeconfigs,
                "password": password,
                "starting": [f"kubernetes-{name}" for name in starting],
            }
        }
        self.a.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "cozystack-values", "namespace": namespace},
                "data": {"values.yaml": base64.b64encode(json.dumps(stand_in).encode()).decode()},
            }
        )
        return Tenant(self, namespace, self.server.repository(namespace))


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """The engine, from nothing to its end; building is not part of the time that its start takes."""
    for name in ENGINE:
        program(name)
    processes = Processes(folder)
    try:
        with serving(folder / "served") as server:
            began = time.monotonic()
            etcd = clusters.start_etcd(processes)
            a, b = (clusters.start_api_server(processes, etcd, name) for name in "ab")
            clusters.wait_until_ready(processes, a)
            flux.define(processes, a)
            flux.start(processes, a)
            clusters.wait_until_ready(processes, b)
            for each in (a, b):
                policies.define(processes, each)
            engine = Engine(processes, etcd, a, b, server)
            engine.figures["engine start"] = f"{time.monotonic() - began:.1f} s"
            charts.publish_all(a, server)
            yield engine
            engine.figures["peak memory"] = _memory(processes)
    finally:
        processes.stop_all()


def _memory(processes: Processes) -> str:
    processes.note_memory()
    # The tests themselves serve Git and the charts.
    tests = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    each = [f"{name} {process.peak_memory}" for name, process in processes.started.items()]
    most = processes.most_memory + tests
    return f"{most} MiB at most, the sum of each program's peak (at the end: tests {tests}, {', '.join(each)})"
