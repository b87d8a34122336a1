"""The real CRDs judge everything that krmfn writes, in every case and every example, as it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from krmfn.marks import OWNER
from tests.judges.crds import network_policies, of_flux, verdict
from tests.judges.written import distinct, output, unique
from tests.laws import ANSWERED
from tests.test_schemas import EXAMPLES, PACKAGES

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from krmfn.resourcelist import Resource


def refused(judge: Draft202012Validator, kind: str) -> dict[str, list[str]]:
    """What a judge has against the distinct objects of a kind, of which there are some."""
    objects = distinct(kind)
    assert objects
    return {str(each): found for each in objects if (found := verdict(judge, each.resource))}


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


def test_the_newest_flux_takes_what_is_written(newest: Draft202012Validator) -> None:
    """Every HelmRelease is valid to the CRD of helm-controller v1.6.0 (Flux 2.9), with no field that it lacks."""
    assert refused(newest, "HelmRelease") == {}


@pytest.fixture(scope="session")
def cilium() -> Draft202012Validator:
    return network_policies()


def test_cilium_takes_what_is_written(cilium: Draft202012Validator) -> None:
    """Every CiliumNetworkPolicy is valid to the CRD of Cilium 1.19, with no field that it lacks."""
    assert refused(cilium, "CiliumNetworkPolicy") == {}


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
    [found] = verdict(cilium, changed(distinct("CiliumNetworkPolicy")[0].resource, field, value))
    assert complaint in found


def test_there_is_something_to_judge() -> None:
    """Of every example, every package that declares something and is no validator, and many cases, there is output."""
    assert all(output(path) for path in EXAMPLES)
    assert {path.name for path in PACKAGES if not output(path)} == {"at-scale", "validator"}
    assert len([folder for folder in ANSWERED if output(folder / "input.yaml")]) >= 150
    assert len(distinct("HelmRelease")) >= 279
    assert len(distinct("CiliumNetworkPolicy")) >= 34


def test_an_object_is_judged_once_and_every_other_too() -> None:
    """Equal objects are one, with the input that it came of first; what differs in one value is another."""
    one, other = ({"kind": "A", "metadata": {"name": name}} for name in ("x", "y"))
    found = unique([("first", one), ("second", dict(one)), ("third", other)])
    assert [str(each) for each in found] == ["A x of first", "A y of third"]


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
