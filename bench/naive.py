"""The function as one writes it in an afternoon: PyYAML, pydantic and click, an app in, a HelmRelease out.

It checks nothing, knows no cluster, and PyYAML writes strings that Kubernetes reads as numbers. It is here to be timed.
"""

from __future__ import annotations

import sys
from typing import Any

import click
import yaml
from pydantic import BaseModel


class Metadata(BaseModel):
    name: str
    namespace: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class App(BaseModel):
    apiVersion: str  # noqa: N815  (as Kubernetes spells it)
    kind: str
    metadata: Metadata
    spec: dict[str, Any] = {}


class NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True


@click.command()
def main() -> None:
    """Read a ResourceList, and add a HelmRelease for each app."""
    given = yaml.safe_load(sys.stdin.buffer)
    apps = [App.model_validate(item) for item in given["items"] if item["apiVersion"].startswith("apps.cozystack.io/")]
    given["items"] += [
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": f"{app.kind.lower()}-{app.metadata.name}", "namespace": app.metadata.namespace},
            "spec": {"interval": "5m", "chartRef": {"kind": "ExternalArtifact", "name": app.kind}, "values": app.spec},
        }
        for app in apps
    ]
    yaml.dump(given, sys.stdout, NoAliases, sort_keys=False)


if __name__ == "__main__":
    main()
