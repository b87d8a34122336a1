"""What the charts rendered when they were run, as records: a judge that needs neither Helm nor a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml as pyyaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource

RECORDS = Path(__file__).parents[3] / "shared" / "data" / "cozystack-1.6.2"
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})


class Render(NamedTuple):
    """A release: the kind of its app, its name, the values that it was given, and all that came of them."""

    kind: str
    release: str
    name: str
    values: dict[str, Any]
    objects: tuple[Resource, ...]

    def of_kind(self, *kinds: str) -> dict[str, Resource]:
        return {each["metadata"]["name"]: each for each in self.objects if each["kind"] in kinds}

    def secrets(self) -> dict[str, set[str]]:
        """The keys of each Secret that have a value."""
        return {
            name: {key for part in ("data", "stringData") for key, value in (each.get(part) or {}).items() if value}
            for name, each in self.of_kind("Secret").items()
        }

    def pods(self) -> Iterator[tuple[dict[str, str], dict[str, int]]]:
        """The labels of each workload's pods, and the ports on which they listen, by name or number."""
        for workload in self.of_kind(*WORKLOADS).values():
            template = workload["spec"]["template"]
            listening = [port for container in template["spec"]["containers"] for port in container.get("ports") or ()]
            ports = {str(port.get("name") or port["containerPort"]): port["containerPort"] for port in listening}
            yield (template.get("metadata") or {}).get("labels") or {}, ports


@cache
def load(file: Path) -> Any:
    return list(filter(None, pyyaml.load_all(file.read_text(encoding="utf-8"), Loader=pyyaml.CSafeLoader)))


@cache
def kinds() -> dict[str, tuple[str, str]]:
    """The kind and the prefix of each ApplicationDefinition, by the name of its file."""
    found = {}
    for file in sorted((RECORDS / "applicationdefinitions").glob("*.yaml")):
        [definition] = load(file)
        spec = definition["spec"]
        found[file.stem] = (spec["application"]["kind"], spec["release"]["prefix"])
    return found


@cache
def recorded() -> dict[str, str]:
    """The kind of each render that is recorded, by the name of its files."""
    stems = sorted(file.name.removesuffix(".values.yaml") for file in (RECORDS / "rendered").glob("*.values.yaml"))
    return {stem: _kind_and_prefix(stem)[0] for stem in stems}


@cache
def render(stem: str) -> Render:
    """One of them, read when it is asked for."""
    kind, prefix = _kind_and_prefix(stem)
    [values] = load(RECORDS / "rendered" / f"{stem}.values.yaml") or [{}]
    objects = tuple(load(RECORDS / "rendered" / f"{stem}.yaml"))
    release = stem.removesuffix("-2")
    return Render(kind, release, release.removeprefix(prefix), values or {}, objects)


def renders(kind: str = "") -> tuple[Render, ...]:
    """Every render that is recorded; with a kind, its own."""
    return tuple(render(stem) for stem, each in recorded().items() if kind in {"", each})


def _kind_and_prefix(stem: str) -> tuple[str, str]:
    """A module's release is called like it; any other begins with the kind's prefix, the longest of which counts."""
    for name, (kind, prefix) in kinds().items():
        if not prefix and stem.removesuffix("-2") == name:
            return kind, prefix
    fitting = [(len(prefix), kind, prefix) for kind, prefix in kinds().values() if prefix and stem.startswith(prefix)]
    _, kind, prefix = max(fitting)
    return kind, prefix
