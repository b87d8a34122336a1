"""Fleets of tenants, as files: for measuring how `krmfn check` grows with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.check.verdict import alone
from krmfn.cli.plan.revisions import Revisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Files = Iterator[tuple[str, str]]

SAID = (
    "objectsChart: {chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-system}}, "
    "network: {apiServerAddresses: []}"
)


class Fleet(NamedTuple):
    """What grows, how many there are at first, and the files of a size."""

    name: str
    first: int
    files: Callable[[int], Files]


def write(files: Files, folder: Path) -> None:
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def checked(folder: Path) -> int:
    """Check the fleet in a folder, in this process, and return the number of findings."""
    return len(alone(Revisions((folder,), "", "")).results)


def _plane(name: str, namespace: str, spec: str) -> str:
    inside = f", namespace: {namespace}" if namespace else ""
    head = f"apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {{name: {name}{inside}}}\n"
    return f"{head}spec: {{{spec}}}\n"


def _app(kind: str, name: str, namespace: str, spec: str) -> str:
    head = f"apiVersion: apps.cozystack.io/v1alpha1\nkind: {kind}\n"
    return f"{head}metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"


def tenants(size: int) -> Files:
    """A platform, and tenants with a cluster, a database and a cache each."""
    yield "platform/plane.yaml", _plane("platform", "", f"scope: platform, {SAID}")
    for number in range(size):
        # All names are of one length: some work is done letter by letter.
        space, folder = f"tenant-t{number:05}", f"tenants/t{number:05}"
        yield f"{folder}/plane.yaml", _plane(f"t{number:05}", space, SAID)
        yield f"{folder}/declared/lab.yaml", _app("Kubernetes", "lab", space, "{componentProfile: standard-addons}")
        yield f"{folder}/declared/main.yaml", _app("Postgres", "main", space, "{users: {a: {}}}")
        yield f"{folder}/declared/cache.yaml", _app("Redis", "cache", space, "{}")


def alike(size: int) -> Files:
    """The tenants, and no run of the platform: every run is as the others."""
    return (each for each in tenants(size) if not each[0].startswith("platform/"))


def _claims(size: int) -> Files:
    """Runs that all claim one namespace, and declare one object in it."""
    for number in range(size):
        yield f"t{number}/plane.yaml", _plane(f"t{number}", "tenant-acme", "")
        yield f"t{number}/declared/main.yaml", _app("Redis", "cache", "tenant-acme", "{}")


def _foreign(size: int) -> Files:
    """Two tenants, of which one declares in the namespace of the other."""
    for name in ("acme", "mallory"):
        yield f"{name}/plane.yaml", _plane(name, f"tenant-{name}", "")
    yield (
        "mallory/declared/all.yaml",
        "---\n".join(_app("Redis", f"cache{number}", "tenant-acme", "{}") for number in range(size)),
    )


FLEETS = (
    Fleet("tenants of a fleet, checked in one process", 250, tenants),
    Fleet("tenants of a fleet without the platform's run", 250, alike),
    Fleet("runs that claim one namespace", 250, _claims),
    Fleet("objects in another tenant's namespace", 500, _foreign),
)
