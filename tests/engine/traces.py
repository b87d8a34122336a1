"""What shows that Flux did something, or did nothing: a release's history, and when an object was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine import flux
from tests.engine.api import HELM_RELEASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.api import Api, Object
    from tests.engine.tenants import Tenant

LABEL = "helm.toolkit.fluxcd.io/name"
"""What helm-controller labels every object with: the name of its HelmRelease."""


def releases(tenant: Tenant) -> dict[str, Object]:
    """Every HelmRelease of a tenant by name; all of them are Ready."""
    found = _releases(tenant)
    assert [name for name, item in found.items() if not flux.is_ready(item)] == []
    return found


def _releases(tenant: Tenant) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in tenant.engine.a.all(HELM_RELEASE, tenant.namespace)}


def histories(tenant: Tenant) -> dict[str, Any]:
    """What Flux has installed and upgraded so far, by HelmRelease."""
    return {name: item["status"]["history"] for name, item in releases(tenant).items()}


def wait_until_only(tenant: Tenant, before: Mapping[str, Any], names: set[str]) -> None:
    """All releases are Ready, and the history of these has changed, of no other.

    To look once is not enough: helm-controller puts values on a cluster, then calls the release Ready, then writes its
    history.
    """

    def only_these() -> bool:
        found = _releases(tenant)
        now = {name: item.get("status", {}).get("history") for name, item in found.items()}
        return all(map(flux.is_ready, found.values())) and changed(before, now) == names

    tenant.engine.wait_for(f"a new history of {sorted(names)} alone", only_these, 120, seen=tenant.said)


def revisions(tenant: Tenant, release: str) -> list[tuple[int, str]]:
    """What Helm has done for a release, the latest first."""
    return [(each["version"], each["status"]) for each in histories(tenant)[release]]


def written(api: Api, release: str = "") -> dict[str, int]:
    """What releases have put on an API server, and when: one etcd counts the writes of all servers."""
    found = {}
    for item in api.everything(f"{LABEL}={release}" if release else LABEL):
        metadata = item["metadata"]
        found[f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"] = int(metadata["resourceVersion"])
    return found


def fences(objects: Mapping[str, int], namespace: str) -> list[int]:
    """When the policies of a namespace were written."""
    return [when for name, when in objects.items() if f"NetworkPolicy {namespace}/" in name]


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Those that were added, that went, or that are not what they were."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
