"""Fleets as people have them: a platform, and tenants with clusters, apps on these, and databases that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.declarations import app, cluster, plane

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAID = (
    "objectsChart: {chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-system}}, "
    "network: {apiServerAddresses: [203.0.113.10], podCIDRs: [10.244.0.0/16], serviceCIDRs: [10.96.0.0/16]}, "
    "kinds: [{kind: N8n, chartRef: {kind: HelmChart, name: n8n, namespace: cozy-public}}, "
    "{kind: Langflow, chartRef: {kind: HelmChart, name: langflow-ide, namespace: cozy-public}}]"
)
ADDONS = "componentProfile: standard-addons"
SANDBOX = f"{{isolationProfile: sandbox, {ADDONS}, addons: {{monitoringAgents: {{enabled: false}}}}}}"
SMALL = 5
"""Apps that one cluster is enough for."""


class GeneratedFleet(NamedTuple):
    """How many tenants, and how many apps each of them has; a quarter of the apps are databases and caches."""

    tenants: int
    apps: int

    def write(self, folder: Path) -> None:
        for name, text in self._files():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _files(self) -> Iterator[tuple[str, str]]:
        head = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: platform}\n"
        yield "platform/plane.yaml", f"{head}spec: {{scope: platform, {SAID}}}\n"
        for number in range(self.tenants):
            space, name = f"tenant-t{number}", f"t{number}"
            yield f"tenants/{name}/plane.yaml", plane(f"{{{SAID}}}", space, name)
            yield f"tenants/{name}/declared/all.yaml", "---\n".join(self._declared(space))

    def _declared(self, space: str) -> Iterator[str]:
        services = max(1, self.apps // 4)
        placed = self.apps - services
        yield cluster("lab", spec=SANDBOX, namespace=space)
        if self.apps > SMALL:
            yield cluster("prod", spec=f"{{{ADDONS}}}", namespace=space)
        for number in range(services):
            users = ", ".join(f"u{each}: {{}}" for each in range(number, placed, services))
            spec = "{}" if number % 2 else f"{{users: {{{users}}}}}"
            yield app(*_service(number), spec, space)
        for number in range(placed):
            kind, name = ("N8n" if number % 2 else "Langflow"), f"app-{number}"
            target, which = _service(number % services)
            yield app(kind, name, "{}", space)
            yield (
                f"apiVersion: krmfn.dev/v1alpha1\nkind: Placement\nmetadata: {{name: {name}, namespace: {space}}}\n"
                f"spec:\n  cluster: {'lab' if self.apps <= SMALL or number % 3 else 'prod'}\n"
                f"  apps: [{{kind: {kind}, name: {name}}}]\n"
                f"  connections: [{{to: {{kind: {target}, name: {which}}}}}]\n"
            )


def _service(number: int) -> tuple[str, str]:
    return ("Redis", f"cache-{number}") if number % 2 else ("Postgres", f"main-{number}")
