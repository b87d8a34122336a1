"""The real CRDs judge everything that krmfn writes, in every case and every example, as it is written."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, resourcelist, yaml
from krmfn.cli.reading import read
from krmfn.declarations import Role, role_of
from krmfn.marks import OWNER
from krmfn.resourcelist import ResourceList
from tests.judges.crds import network_policies, of_flux, verdict
from tests.test_schemas import CASES, EXAMPLES, PACKAGES, example, shown

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import Draft202012Validator

    from krmfn.resourcelist import Resource

INPUTS = [*CASES, *EXAMPLES, *PACKAGES]


def given(path: Path) -> ResourceList:
    """A case, an example, or all of a package as `krmfn render` reads it."""
    if path.is_dir():
        items = read([path]).items
        config = next((item for item in items if item["kind"] == "ComputePlane"), None)
        return ResourceList(tuple(items), config)
    return resourcelist.load(path.read_bytes()) if path in CASES else example(path)


@cache
def output(path: Path) -> list[Resource]:
    """What the function generates, as it is read back from its text."""
    came = given(path)
    theirs = {id(item) for item in came.items}
    ours = [item for item in function.run(came).items if role_of(item) is Role.GENERATED and id(item) not in theirs]
    return [yaml.load(yaml.dump(item)) for item in ours]


def of_kind(kind: str, path: Path) -> list[Resource]:
    return [resource for resource in output(path) if resource["kind"] == kind]


@pytest.fixture(scope="session")
def newest() -> Draft202012Validator:
    return of_flux("2.9")


@pytest.fixture(scope="session")
def accepted(newest: Draft202012Validator) -> Resource:
    """An object with all that krmfn ever writes into a HelmRelease, valid from Flux 2.9 on."""
    action = {"timeout": "10m0s", "strategy": {"name": "RetryOnFailure", "retryInterval": "30s"}}
    resource = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {
            "name": "jupyterhub-lab-on-sandbox",
            "namespace": "tenant-acme",
            "labels": {"krmfn.dev/placed-on": "kubernetes-sandbox", "empty": ""},
            "annotations": {OWNER: "JupyterHub/lab"},
        },
        "spec": {
            "chartRef": {"kind": "HelmChart", "name": "cozyllm-jupyterhub", "namespace": "cozy-public"},
            "interval": "5m0s",
            "kubeConfig": {"secretRef": {"name": "kubernetes-sandbox-admin-kubeconfig", "key": "super-admin.svc"}},
            "dependsOn": [{"name": "kubernetes-sandbox-cilium", "readyExpr": "true"}],
            "install": {"createNamespace": True, **action},
            "upgrade": action,
            "driftDetection": {"mode": "enabled", "ignore": [{"paths": ["/spec/replicas"]}]},
            "waitStrategy": {"name": "poller"},
            "healthCheckExprs": [{"apiVersion": "v1", "kind": "Pod", "current": "true"}],
            "valuesFrom": [
                {"kind": "Secret", "name": "s", "valuesKey": "k", "targetPath": "hub.db.password", "literal": True}
            ],
            "values": {"anything": [{"at": {"any": "depth"}}]},
        },
    }
    assert not verdict(newest, resource)
    return resource


@pytest.mark.parametrize("path", INPUTS, ids=shown)
def test_the_newest_flux_takes_what_is_written(path: Path, newest: Draft202012Validator) -> None:
    """Every HelmRelease is valid to the CRD of helm-controller v1.6.0 (Flux 2.9), with no field that it lacks."""
    for resource in of_kind("HelmRelease", path):
        assert not verdict(newest, resource), resource["metadata"]["name"]


@pytest.fixture(scope="session")
def cilium() -> Draft202012Validator:
    return network_policies()


@pytest.mark.parametrize("path", INPUTS, ids=shown)
def test_cilium_takes_what_is_written(path: Path, cilium: Draft202012Validator) -> None:
    """Every CiliumNetworkPolicy is valid to the CRD of Cilium 1.19, with no field that it lacks."""
    for resource in of_kind("CiliumNetworkPolicy", path):
        assert not verdict(cilium, resource), resource["metadata"]["name"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("spec.egress", [{"toEndpoint": [{}]}], "'toEndpoint' was unexpected"),
        ("spec.egressDeny", [{"toPorts": [{"ports": [{"port": 53}]}]}], "53 is not of type 'string'"),
        ("spec.egressDeny", [{"toPorts": [{"ports": [{"port": "53", "protocol": "ICMP"}]}]}], "'ICMP' is not one of"),
        ("spec.egress", [{"toPorts": [{"ports": [{"port": str(i)} for i in range(41)]}]}], "is too long"),
        ("spec.egress", [{"toEntities": ["internet"]}], "'internet' is not one of"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_judge_of_network_policies_refuses(
    field: str, value: Any, complaint: str, cilium: Draft202012Validator
) -> None:
    """A misspelt field, a wrong type, an unknown word and one port too many is one complaint each."""
    policies = (each for path in INPUTS for each in of_kind("CiliumNetworkPolicy", path))
    [found] = verdict(cilium, changed(next(policies), field, value))
    assert complaint in found


def test_there_is_something_to_judge() -> None:
    """An output without objects would pass every judge."""
    assert all(output(path) for path in EXAMPLES)
    assert any(output(path) for path in PACKAGES)
    assert any(output(path) for path in CASES)


REFUSED = [
    ("spec.chartReff", {"kind": "HelmChart"}, "'chartReff' was unexpected"),
    ("spec.install.strategy.retry", "30s", "'retry' was unexpected"),
    ("spec.kubeConfig.secretRef.optional", True, "'optional' was unexpected"),
    ("status", {}, "'status' was unexpected"),
    ("metadata.finalizers", [], "'finalizers' was unexpected"),
    ("spec.interval", "1d", "'1d' does not match"),
    ("spec.interval", "5m\n", "does not match"),
    ("spec.upgrade.timeout", "10 m", "'10 m' does not match"),
    ("spec.interval", "100ns", "'100ns' does not match"),
    ("spec.interval", "2562048h", "more than a Go duration can hold"),
    ("spec.interval", 300, "300 is not of type 'string'"),
    ("spec.maxHistory", "5", "'5' is not of type 'integer'"),
    ("spec.chartRef.kind", "HelmRepository", "'HelmRepository' is not one of"),
    ("spec.driftDetection.mode", "on", "'on' is not one of"),
    ("spec.releaseName", "x" * 54, "is too long"),
    ("spec.targetNamespace", "", "should be non-empty"),
    ("spec.valuesFrom", [{"kind": "Secret", "name": "s", "targetPath": "a b"}], "'a b' does not match"),
    ("spec.chart", {"spec": {"chart": "x", "sourceRef": {"kind": "GitRepository", "name": "x"}}}, "has(self.chart)"),
    ("spec.kubeConfig", {}, "has(self.configMapRef)"),
    ("spec.kubeConfig.configMapRef", {"name": "x"}, "!has(self.configMapRef)"),
    ("spec.install.strategy", {"name": "RemediateOnFailure", "retryInterval": "1s"}, "!= 'RemediateOnFailure'"),
    ("spec.upgrade.strategy", {"name": "RemediateOnFailure", "retryInterval": "1s"}, "== 'RetryOnFailure'"),
    ("metadata.name", "Lab", "'Lab' does not match"),
    ("metadata.name", "x" * 64, "is too long"),
    ("metadata.labels.a", "x" * 64, "does not match"),
    ("metadata.labels.b", True, "True is not of type 'string'"),
    ("metadata.annotations", {"a/b/c": "x"}, "'a/b/c' does not match"),
    ("apiVersion", "helm.toolkit.fluxcd.io/v2beta2", "'helm.toolkit.fluxcd.io/v2' was expected"),
]


@pytest.mark.parametrize(("field", "value", "complaint"), REFUSED, ids=[f"{row[0]}={row[1]}"[:40] for row in REFUSED])
def test_the_judge_refuses(
    field: str, value: Any, complaint: str, accepted: Resource, newest: Draft202012Validator
) -> None:
    """An unknown field, a wrong type, a bad pattern and each CEL rule is one complaint, and about that field."""
    [found] = verdict(newest, changed(accepted, field, value))
    assert complaint in found


def changed(resource: Resource, field: str, value: Any) -> Resource:
    """The object with another value at one place."""
    copied: Resource = json.loads(json.dumps(resource))
    *outer, last = field.split(".")
    place = copied
    for step in outer:
        place = place[step]
    place[last] = value
    return copied
