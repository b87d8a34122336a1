"""Tenants: a repository of declarations, what krmfn makes of it, and the Flux objects that sync that."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from krmfn import yaml
from tests.engine import charts, flux
from tests.engine.api import CONFIG_MAP, GIT_REPOSITORY, HELM_RELEASE, KUSTOMIZATION, Api, Kind, Object
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.engine.engine import Engine
    from tests.engine.repositories import Repository


@dataclass(frozen=True)
class Tenant:
    """A tenant's repository, and the Flux objects that sync it."""

    engine: Engine
    namespace: str
    repository: Repository

    @property
    def declarations(self) -> Path:
        """Where the tenant's own words are."""
        return self.repository.work / "declarations"

    @property
    def rendered(self) -> Path:
        """Where krmfn's output is, which Flux reads."""
        return self.repository.work / "rendered"

    def declare(self, *manifests: Object, configuration: Object | None = None) -> None:
        """Write all of the tenant's declarations anew, and render them."""
        self.declarations.mkdir(exist_ok=True)
        spec = {"target": {"flux": "2.9", "cozystack": "1.6"}, "kinds": charts.KINDS, **(configuration or {})}
        plane = {
            "apiVersion": "krmfn.dev/v1alpha1",
            "kind": "ComputePlane",
            "metadata": {"name": self.namespace},
            "spec": spec,
        }
        for file, written in (("compute-plane.yaml", [plane]), ("declarations.yaml", manifests)):
            text = "---\n".join(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n" for manifest in written)
            (self.declarations / file).write_text(text, encoding="utf-8")
        self.render()

    def render(self) -> None:
        """Run krmfn as a pipeline does."""
        # Without definitions of kinds, which are declared beside apps and which no API server here knows.
        done = self.krmfn("render", str(self.declarations), "--output-dir", str(self.rendered), "--generated-only")
        assert done.returncode == 0, done.stderr

    def krmfn(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run krmfn in the tenant's repository, however that ends."""
        return subprocess.run(
            [sys.executable, "-m", "krmfn", *arguments],
            cwd=self.repository.work,
            env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def releases(self) -> list[Object]:
        """Every HelmRelease that krmfn has written."""
        found = [it for file in sorted(self.rendered.rglob("*.yaml")) for it in yaml.load_all(file.read_bytes())]
        return [manifest for manifest in found if manifest["kind"] == HELM_RELEASE.kind]

    def push(self, message: str) -> str:
        """Commit, push, and tell Flux as a webhook would; the commit's name."""
        commit = self.repository.push(message)
        if self.engine.a.get(GIT_REPOSITORY, flux.NAMESPACE, self.namespace):
            asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
            self.engine.a.patch(GIT_REPOSITORY, flux.NAMESPACE, self.namespace, asked)
        return commit

    def comes_up(self, cluster: str, api: Api) -> None:
        """A cluster gets its kubeconfig as Kamaji writes it, and its addons find it."""
        release = f"kubernetes-{cluster}"
        self.engine.a.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": f"{release}-admin-kubeconfig", "namespace": self.namespace},
                "data": {"super-admin.svc": base64.b64encode(api.portable_kubeconfig().encode()).decode()},
            }
        )
        for item in self.engine.a.all(HELM_RELEASE, self.namespace, f"cozystack.io/target-cluster-name={release}"):
            self.reconcile(item["metadata"]["name"])

    def reconcile(self, release: str) -> None:
        """Ask for a HelmRelease to be reconciled, as `flux reconcile` does."""
        asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
        self.engine.a.patch(HELM_RELEASE, self.namespace, release, asked)

    def retry(self) -> None:
        """Ask for the Kustomization to be reconciled, where its retryInterval would make it do so in a while."""
        asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
        self.engine.a.patch(KUSTOMIZATION, flux.NAMESPACE, self.namespace, asked)

    def installed(self) -> dict[str, tuple[str, bool, list[tuple[int, str, str]]]]:
        """Of each HelmRelease which one it is, whether it is on its way out, and what Helm has done for it."""
        return {
            item["metadata"]["name"]: (
                item["metadata"]["uid"],
                "deletionTimestamp" in item["metadata"],
                [(it["version"], it["status"], it["lastDeployed"]) for it in item.get("status", {}).get("history", [])],
            )
            for item in self.engine.a.all(HELM_RELEASE, self.namespace)
        }

    def sync(
        self,
        post_build: Mapping[str, Any] | None = None,
        *,
        lenient: bool = False,
        service_account: str = "",
        timeout: str = "2m",
    ) -> None:
        """Give Flux the repository, as the README says; applied as its administrator, or as a service account."""
        metadata: Object = {"name": self.namespace, "namespace": flux.NAMESPACE}
        source = {"interval": "1m", "url": self.repository.url, "ref": {"branch": "main"}}
        self.engine.a.apply({**_head(GIT_REPOSITORY), "metadata": metadata, "spec": source})
        spec = {
            "interval": "10m",
            "retryInterval": "5s",
            "timeout": timeout,
            "path": "./rendered",
            "prune": True,
            "wait": True,
            "sourceRef": {"kind": "GitRepository", "name": self.namespace},
            **({"postBuild": post_build} if post_build else {}),
            **({"serviceAccountName": service_account} if service_account else {}),
        }
        labels = {"labels": {flux.LENIENT: "yes"}} if lenient else {}
        self.engine.a.apply({**_head(KUSTOMIZATION), "metadata": {**metadata, **labels}, "spec": spec})

    def wait_until_applied(self, commit: str, seconds: float = 90) -> Object:
        """The tenant's Kustomization, once a commit is applied and all in it is Ready."""
        api, place = self.engine.a, (KUSTOMIZATION, flux.NAMESPACE, self.namespace)

        def check() -> Object | None:
            found = api.get(*place)
            applied = (found or {}).get("status", {}).get("lastAppliedRevision", "")
            return found if applied.endswith(commit) and flux.is_ready(found) else None

        return self.engine.wait_for(
            f"Kustomization {self.namespace} to be Ready at {commit}",
            check,
            seconds,
            seen=lambda: f"{flux.conditions(api.get(*place))}\n{self.said()}",
        )

    def wait_for_values(self, api: Api, namespace: str, release: str, check: Callable[[Any], bool]) -> None:
        """Wait until the values that reached a release of a stand-in chart are as they should."""

        def found() -> bool:
            config_map = api.get(CONFIG_MAP, namespace, f"{release}-values")
            return config_map is not None and check(json.loads(config_map["data"]["values.json"]))

        self.engine.wait_for(
            f"release {namespace}/{release} on {api.name} to have its values",
            found,
            90,
            seen=self.said,
        )

    def said(self) -> str:
        """What the tenant's HelmReleases say of themselves, those that are not Ready."""
        found = [item for item in self.engine.a.all(HELM_RELEASE, self.namespace) if not flux.is_ready(item)]
        told = [f"{item['metadata']['name']}: {flux.conditions(item)}" for item in found]
        return "\n".join(told) or "all its HelmReleases are Ready"

    def values_of(self, api: Api, namespace: str, release: str) -> Any:
        """The values that reached a release of a stand-in chart."""
        found = api.get(CONFIG_MAP, namespace, f"{release}-values")
        assert found, f"no release {release} in {namespace} on {api.name}"
        return json.loads(found["data"]["values.json"])

    def told(self, release: str) -> str:
        """What a HelmRelease of the tenant says of itself."""
        return flux.conditions(self.engine.a.get(HELM_RELEASE, self.namespace, release))

    def wait_for_words(self, release: str, words: str) -> None:
        """Wait until a HelmRelease says something of itself."""
        what = f"{release} to say: {words}"
        self.engine.wait_for(what, lambda: words in self.told(release), 150, seen=lambda: self.told(release))

    def kubectl(self, *names: str) -> str:
        """What an operator types, and what is printed: some of the tenant's HelmReleases, or all."""
        listed = "".join(f" {name}" for name in names)
        typed = f"$ kubectl get helmreleases --namespace {self.namespace}{listed}\n"
        return typed + self.engine.a.table(HELM_RELEASE, self.namespace, *names)


def _head(kind: Kind) -> Object:
    return {"apiVersion": kind.api_version, "kind": kind.kind}
