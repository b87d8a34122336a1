"""Manifests that others wrote for Cozystack, and the HelmRelease that the platform's API would make of each.

What is expected is put together here from the platform's own ApplicationDefinition, as its API does it
(`convertApplicationToHelmRelease`), and from nothing of krmfn's. What is refused shows the reason itself.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import yaml
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from krmfn.resourcelist import Resource, ResourceList
    from krmfn.results import Result

# Beside the project and not in it: without them the tests below do not exist, and the header of the report says so.
DATA = Path(__file__).parents[2] / "shared" / "data"
EXAMPLES = sorted((DATA / "examples").glob("*.yaml"))
DEFINITIONS = sorted((DATA / "applicationdefinitions").glob("*.yaml"))
OTHER_DEFINITIONS = sorted((DATA / "applicationdefinitions-external").rglob("*.yaml"))

APPS = "apps.cozystack.io/v1alpha1"
MARKS = "release.cozystack.io/helm-"
TENANT = "tenant-test"
"""Where `kubectl -n` puts a manifest that names no namespace."""


@cache
def document(path: Path) -> Resource | None:
    """The file's one document; nothing where it is not YAML."""
    try:
        [found] = yaml.load_all(path.read_bytes())
    except yaml.YamlError:
        return None
    assert isinstance(found, dict)
    return found


@cache
def definitions() -> dict[str, Resource]:
    """The platform's ApplicationDefinitions, by the kind that they define."""
    found = [yaml.load(path.read_bytes()) for path in DEFINITIONS]
    return {each["spec"]["application"]["kind"]: each for each in found}


def expected(app: Resource, definition: Resource) -> Resource:
    """The HelmRelease that the platform's API would create, with krmfn's own marks on it."""
    kind, meta = app["kind"], app["metadata"]
    release, marks = definition["spec"]["release"], definition["metadata"].get("annotations") or {}
    install = marks.get(f"{MARKS}install-timeout", "10m")
    upgrade = marks.get(f"{MARKS}upgrade-timeout", install)
    strategy = {"name": "RetryOnFailure", "retryInterval": "30s"}
    no_wait = {"disableWait": True} if marks.get(f"{MARKS}install-disable-wait") == "true" else {}
    labels = {key: value for key, value in (release.get("labels") or {}).items() if key != "sharding.fluxcd.io/key"}
    labels |= {f"apps.cozystack.io-{key}": value for key, value in (meta.get("labels") or {}).items()}
    annotations = {f"apps.cozystack.io-{key}": value for key, value in (meta.get("annotations") or {}).items()}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {
            "name": release["prefix"] + meta["name"],
            "namespace": meta["namespace"],
            "labels": {
                **labels,
                "apps.cozystack.io/application.kind": kind,
                "apps.cozystack.io/application.group": "apps.cozystack.io",
                "apps.cozystack.io/application.name": meta["name"],
            },
            "annotations": {
                **annotations,
                "krmfn.dev/owner": f"{kind}/{meta['name']}",
                "kustomize.toolkit.fluxcd.io/substitute": "disabled",
                **({"kustomize.toolkit.fluxcd.io/prune": "disabled"} if kind == "Kubernetes" else {}),
            },
        },
        "spec": {
            "chartRef": release["chartRef"],
            "interval": "5m0s",
            "maxHistory": 5,
            "install": {"timeout": spelled(install), "strategy": strategy, **no_wait},
            "upgrade": {"timeout": spelled(upgrade), "strategy": strategy, **no_wait},
            "valuesFrom": [{"kind": "Secret", "name": "cozystack-values"}],
            # A null is no value to the platform's API, as to every other.
            **({} if app["spec"] is None else {"values": app["spec"]}),
        },
    }


def spelled(duration: str) -> str:
    """As Go writes it; the definitions have minutes and nothing else."""
    assert re.fullmatch(r"[1-9][0-9]?m", duration)
    return f"{duration}0s"


def exactly(resource: Any) -> str:
    """A value such that only the same one, types included, is equal: order of keys is all that does not count."""
    return json.dumps(resource, sort_keys=True, indent=1)


def generated(answer: ResourceList) -> list[Resource]:
    return [item for item in answer.items if item["kind"] == "HelmRelease"]


def errors(answer: ResourceList) -> list[Result]:
    return [result for result in answer.results if result.severity is Severity.ERROR]


class Reason(NamedTuple):
    """Why a manifest is refused: what shows it, and what the function says."""

    name: str
    shows: Callable[[Resource], bool]
    code: str
    field: str


def meta_of(app: Resource) -> dict[str, Any]:
    found: dict[str, Any] = app.get("metadata") or {}
    return found


REASONS = (
    Reason("an excerpt without metadata", lambda app: "metadata" not in app, "missing-field", "metadata"),
    Reason(
        "a shell script's variable for a namespace",
        lambda app: "$" in str(meta_of(app).get("namespace")),
        "invalid-value",
        "metadata.namespace",
    ),
    Reason(
        "a shell script's variable for a name",
        lambda app: "$" in str(meta_of(app).get("name")) and "$" not in str(meta_of(app).get("namespace")),
        "invalid-name",
        "metadata.name",
    ),
    Reason(
        "a kind that the platform no longer has", lambda app: app["kind"] not in definitions(), "unknown-kind", "kind"
    ),
    Reason(
        "a tenant with a dash, which the platform's own test expects to be refused",
        lambda app: app["kind"] == "Tenant" and "-" in str(meta_of(app).get("name")),
        "invalid-name",
        "metadata.name",
    ),
    Reason(
        "subnets by name, as before the chart made a list of them",
        lambda app: app["kind"] == "VirtualPrivateCloud" and isinstance(app["spec"]["subnets"], dict),
        "invalid-value",
        "spec.subnets",
    ),
    Reason(
        "a group of nodes without disks, which Helm refuses",
        lambda app: (
            app["kind"] == "Kubernetes"
            and "diskSize" not in (app["spec"].get("nodeGroups") or {}).get("gpu-workers", {"diskSize"})
        ),
        "missing-field",
        "spec.nodeGroups.gpu-workers.diskSize",
    ),
    Reason(
        "zones where an earlier chart had them, without which the chart fails",
        lambda app: (
            app["kind"] == "SeaweedFS"
            and app["spec"].get("topology") == "MultiZone"
            and not (app["spec"].get("volume") or {}).get("zones")
        ),
        "invalid-value",
        "spec.volume.zones",
    ),
    Reason(
        "a machine without an instance type and without sockets, for which the chart fails",
        lambda app: (
            app["kind"] == "VMInstance"
            and app["spec"].get("instanceType") == ""
            and "sockets" not in (app["spec"].get("resources") or {})
        ),
        "invalid-value",
        "spec.instanceType",
    ),
)


def reasons(app: Resource) -> list[Reason]:
    return [reason for reason in REASONS if reason.shows(app)]


def placed(app: Resource) -> Resource:
    """The manifest in the namespace that it names, or in the one that `kubectl -n` would give it."""
    meta = meta_of(app)
    return app if not meta or "namespace" in meta else {**app, "metadata": {**meta, "namespace": TENANT}}


def shown(path: Path) -> str:
    return path.stem


READABLE = [path for path in EXAMPLES if document(path) is not None]
OURS = [path for path in READABLE if (document(path) or {}).get("apiVersion") == APPS]
NO_YAML = [path for path in EXAMPLES if path not in READABLE]
FOREIGN = [path for path in READABLE if path not in OURS]
REFUSED = [path for path in OURS if reasons(document(path) or {})]
ACCEPTED = [path for path in OURS if path not in REFUSED]
HOMELESS = [path for path in ACCEPTED if "namespace" not in meta_of(document(path) or {})]


def app_of(path: Path) -> Resource:
    """An accepted manifest, in a namespace."""
    found = document(path)
    assert found is not None
    return placed(found)
