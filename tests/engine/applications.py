"""The platform's API, stood in for: applications that are stored, and the HelmReleases that it makes of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.engine import flux
from tests.engine.api import CRD, HELM_RELEASE, Kind

if TYPE_CHECKING:
    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine

GROUP, VERSION = "apps.cozystack.io", "v1alpha1"
NATS, KUBERNETES = (Kind(f"{GROUP}/{VERSION}", kind) for kind in ("NATS", "Kubernetes"))
DEFINITIONS = {f"natses.{GROUP}": "NATS", f"kuberneteses.{GROUP}": "Kubernetes"}
PREFIXES = {"NATS": "nats-", "Kubernetes": "kubernetes-"}
CHARTS = {
    "NATS": "cozystack-nats-application-default-nats",
    "Kubernetes": "cozystack-kubernetes-application-kubevirt-kubernetes",
}
TIMEOUTS: dict[str, Object] = {"NATS": {"timeout": "10m0s"}, "Kubernetes": {"timeout": "20m0s", "disableWait": True}}
RETRIES = {"strategy": {"name": "RetryOnFailure", "retryInterval": "30s"}}


def define(engine: Engine) -> None:
    """Give the management cluster the kinds, as definitions: what is stored of them is no HelmRelease yet."""
    for name, kind in DEFINITIONS.items():
        anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        served = {"name": VERSION, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
        spec = {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": name.partition(".")[0], "singular": kind.lower()},
            "versions": [{**served, "subresources": {"status": {}}}],
        }
        engine.a.apply({"apiVersion": CRD.api_version, "kind": CRD.kind, "metadata": {"name": name}, "spec": spec})
    for name in DEFINITIONS:
        engine.wait_for(f"{name} to be served", partial(_established, engine.a, name), 30)


def remove(engine: Engine) -> None:
    """Take the kinds away again, and all that there is of them."""
    for name in DEFINITIONS:
        engine.a.delete(CRD, "", name)


def write_release(api: Api, application: Object) -> None:
    """What the platform's API stores of an application that is written through it (docs/platform.md#release-of-an-app).

    There the application is but a view of its HelmRelease, so that whoever deletes the one deletes the other. Here the
    one owns the other, and the garbage collector does the rest.
    """
    kind, meta = application["kind"], application["metadata"]
    name = PREFIXES[kind] + meta["name"]
    found = api.get(HELM_RELEASE, meta["namespace"], name)
    owner = {"apiVersion": application["apiVersion"], "kind": kind, "name": meta["name"], "uid": meta["uid"]}
    release: Any = {
        "apiVersion": HELM_RELEASE.api_version,
        "kind": HELM_RELEASE.kind,
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "labels": {
                **_prefixed(meta.get("labels")),
                "sharding.fluxcd.io/key": "tenants",
                "apps.cozystack.io/application.kind": kind,
                "apps.cozystack.io/application.group": GROUP,
                "apps.cozystack.io/application.name": meta["name"],
            },
            "annotations": _prefixed(meta.get("annotations")),
            "ownerReferences": [owner],
            **({"resourceVersion": found["metadata"]["resourceVersion"]} if found else {}),
        },
        "spec": {
            "chartRef": {"kind": "ExternalArtifact", "name": CHARTS[kind], "namespace": "cozy-system"},
            "interval": "5m0s",
            "maxHistory": 5,
            "install": {**TIMEOUTS[kind], **RETRIES},
            "upgrade": {**TIMEOUTS[kind], **RETRIES},
            "valuesFrom": [{"kind": "Secret", "name": "cozystack-values"}],
            "values": application["spec"],
        },
    }
    path = f"/apis/{HELM_RELEASE.api_version}/namespaces/{meta['namespace']}/helmreleases"
    query = urlencode({"fieldManager": "cozystack-api"})
    if found:
        api.call("PUT", f"{path}/{name}?{query}", release)
    else:
        api.call("POST", f"{path}?{query}", release)


def _prefixed(given: dict[str, str] | None) -> dict[str, str]:
    return {f"{GROUP}-{key}": value for key, value in (given or {}).items()}


def _established(api: Api, name: str) -> bool:
    return flux.is_established(api.get(CRD, "", name))
