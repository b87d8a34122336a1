"""What `krmfn render` prints is what the real kustomize builds: the same objects, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krmfn import yaml
from tests.declarations import redis
from tests.folders import plant
from tests.hosts.examples import find

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Finished, Hosts

PLANE = """\
apiVersion: krmfn.dev/v1alpha1
kind: ComputePlane
metadata:
  name: acme
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./krmfn}
spec: {}
"""
OTHERS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: z, annotations: {config.kubernetes.io/local-config: "false"}}
data: {on: on, b: "y", s: 12:30}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: local, annotations: {config.kubernetes.io/local-config: "true"}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: inside}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: bound}
  subjects: [{kind: ServiceAccount, name: default}, {kind: ServiceAccount, name: other, namespace: x}]
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: x}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: bound}
subjects: [{kind: ServiceAccount, name: default}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: x}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
"""
MORE = """\
apiVersion: v1
kind: Namespace
metadata: {name: tenant-a}
---
apiVersion: x.example.org/v1
kind: Thing
metadata: {name: thing}
"""
DEFINITION = """\
apiVersion: cozystack.io/v1alpha1
kind: ApplicationDefinition
metadata: {name: shop}
spec:
  application: {kind: Shop, plural: shops, singular: shop}
  release: {prefix: shop-, chartRef: {kind: HelmChart, name: shop}}
"""


def passed(done: Finished) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("namespace", ["", "namespace: tenant-a\n"], ids=["as written", "with a namespace"])
def test_a_folder_with_other_objects(namespace: str, hosts: Hosts, tmp_path: Path) -> None:
    """Lists, local configuration, cluster-scoped kinds, subfolders, kinds that nobody knows, a namespace for all."""
    program = f'#!/bin/sh\nexec {hosts.krmfn} "$@"\n'
    plant(
        tmp_path,
        {
            "kustomization.yaml": (
                f"{namespace}resources: [z.yaml, sub, shop.yaml, cache.yaml]\ntransformers: [plane.yaml]\n"
            ),
            "plane.yaml": PLANE,
            "krmfn": program,
            "z.yaml": OTHERS,
            "cache.yaml": redis("tenant-a"),
            "sub/kustomization.yaml": "resources: [more.yaml]\n",
            "sub/more.yaml": MORE,
            # Where the ComputePlane is: below it, tenants write.
            "shop.yaml": DEFINITION,
        },
    )
    (tmp_path / "krmfn").chmod(0o755)
    built = yaml.load_all(passed(hosts.kustomize_build(tmp_path)))
    assert len(built) == 11
    assert yaml.load_all(passed(hosts.render(tmp_path))) == built


@pytest.mark.parametrize("name", [each.name for each in find() if each.role == "transformers"])
def test_the_examples(name: str, hosts: Hosts, tmp_path: Path) -> None:
    """The folders that users copy, and what Flux builds of the files that render wrote of them."""
    folder = next(each for each in find() if each.name == name).copy(tmp_path)
    built = yaml.load_all(passed(hosts.kustomize_build(folder)))
    assert yaml.load_all(passed(hosts.render(folder))) == built
    passed(hosts.run(hosts.krmfn, "render", folder, "--output-dir", tmp_path / "out"))
    assert yaml.load_all(passed(hosts.kustomize_build(tmp_path / "out"))) == built
