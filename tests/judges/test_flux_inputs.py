"""Whatever a user writes where it could come into a HelmRelease is refused, or valid to Flux."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, yaml
from krmfn.declarations import Role, role_of
from krmfn.resourcelist import ResourceList
from krmfn.results import has_errors
from tests.judges.crds import SUBDOMAIN, of_flux, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import Draft202012Validator

    from krmfn.resourcelist import Resource

    Steps = tuple[str | int, ...]

WRITTEN = yaml.load_all("""
apiVersion: krmfn.dev/v1alpha1
kind: ComputePlane
metadata: {name: acme, namespace: tenant-acme}
spec:
  target: {flux: "2.9"}
  network: {apiServerAddresses: []}
  defaults: {interval: 5m, timeout: 10m, retryInterval: 30s, maxHistory: 5, chartNamespace: charts}
  objectsChart:
    chart:
      spec:
        chart: ./charts/krmfn-objects
        version: 1.x
        interval: 1m
        reconcileStrategy: ChartVersion
        sourceRef: {kind: GitRepository, name: fleet, namespace: flux-system, apiVersion: source.toolkit.fluxcd.io/v1}
  kinds:
  - {kind: Wiki, prefix: wiki-, chartRef: {kind: HelmChart, name: wiki, namespace: charts}}
  clusters:
  - name: lab
    kubeConfig: {secretRef: {name: lab-kubeconfig, key: value}}
    isolationProfile: sandbox
    cni: cilium
  - {name: own, values: {}, labels: {team: a}, annotations: {note: a}}
  apps:
  - {kind: Wiki, name: pages, values: {a: b}, labels: {team: a}, annotations: {note: a}}
  - {kind: Postgres, name: main, values: {users: {pages: {}}}}
  placements:
  - cluster: own
    app: {kind: Wiki, name: bus, values: {}}
    targetNamespace: bus
    connections:
    - to: {kind: Postgres, name: main}
      credentials:
      - {key: pages, targetPath: auth.password}
---
apiVersion: cozystack.io/v1alpha1
kind: ApplicationDefinition
metadata:
  name: shop
  annotations: {release.cozystack.io/helm-install-timeout: 15m, release.cozystack.io/helm-upgrade-timeout: 20m}
spec:
  application: {kind: Shop, plural: shops, singular: shop, openAPISchema: '{}'}
  release:
    prefix: shop-
    labels: {team: a}
    chartRef: {kind: OCIRepository, name: shop, namespace: charts}
    waitStrategy: poller
    healthCheckExprs:
    - {apiVersion: apps/v1, kind: Deployment, current: status.readyReplicas > 0, failed: "false", inProgress: "true"}
---
apiVersion: apps.cozystack.io/v1alpha1
kind: Shop
metadata: {name: a, namespace: tenant-acme, labels: {team: a}, annotations: {note: a}}
spec: {a: b}
""")
"""Everything that can come into a HelmRelease, the configuration first."""

HOSTILE = [
    *("0s", "1m1m", "0.5ms", "0.0000001s", "100ns", "9999999999999h", "1d", "1h ", "-1m"),
    *("poller ", "Legacy", "legacy", "ExternalArtifact", "HelmRepository", "latest"),
    *("", " ", "a", "a b", "A", "-a", "a-", "a.b", "a/b", "a\nb", "é", "*", "$" + "{X}", "[0]", "true"),
    *("x" * 54, "x" * 64, "x" * 254, "x" * 2049),
    *(True, 5, -1, 2**40, 1.5, None, [], {}, ["a"], {"a": "b"}),
]
NAMED = (("chartRef",), ("chart", "spec", "sourceRef"), ("kubeConfig", "secretRef"))
"""Where a HelmRelease names another object."""


def leaves(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every place of a text or a number."""
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*steps, key))
    else:
        yield steps


PLACES = [
    (index, steps)
    for index, document in enumerate(WRITTEN)
    for steps in leaves(document)
    if steps[0] in {"spec", "metadata"} and steps[:2] != ("spec", "target")
]


def releases(documents: list[Resource]) -> list[Resource] | None:
    """The HelmReleases that come of it; None where it is refused."""
    config, *items = documents
    answer = function.run(ResourceList(tuple(items), config))
    if has_errors(answer.results):
        return None
    theirs = {id(item) for item in items}
    ours = (item for item in answer.items if role_of(item) is Role.GENERATED and id(item) not in theirs)
    return [item for item in ours if item["kind"] == "HelmRelease"]


@pytest.fixture(scope="module")
def judge() -> Draft202012Validator:
    """What the newest Flux takes of these fields an older one takes as well (test_flux_versions.py)."""
    return of_flux("2.9")


@pytest.fixture(scope="module")
def valid(judge: Draft202012Validator) -> list[Resource]:
    """What comes of the input as it stands: an app of each kind, a placed one, two clusters and a boundary."""
    found = releases(copy.deepcopy(WRITTEN)) or []
    assert {release["metadata"]["name"] for release in found} == {
        *("wiki-pages", "postgres-main", "wiki-bus-on-own", "shop-a", "kubernetes-own", "lab-boundary")
    }
    assert not [complaint for release in found for complaint in complaints(release, judge)]
    return found


def complaints(release: Resource, judge: Draft202012Validator) -> list[str]:
    """What is wrong with it, and the names in it that no object can have."""
    found = verdict(judge, release)
    for steps in NAMED:
        place: Any = release["spec"]
        for step in steps:
            place = place.get(step, {})
        name = place.get("name", "a")
        found += [] if re.match(SUBDOMAIN, name) else [f"{'.'.join(steps)}.name: {name!r} is no name"]
    return found


@pytest.mark.parametrize(("index", "steps"), PLACES, ids=[".".join(map(str, steps)) for _, steps in PLACES])
def test_a_value_is_refused_or_valid_to_flux(
    index: int, steps: Steps, judge: Draft202012Validator, valid: list[Resource]
) -> None:
    """Texts, words, durations, lengths and other types, each in each place, never come to what Flux refuses."""
    for value in HOSTILE:
        documents = copy.deepcopy(WRITTEN)
        place: Any = documents[index]
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value
        for release in releases(documents) or []:
            assert release in valid or not complaints(release, judge), value


def test_what_flux_would_refuse_is_seen(judge: Draft202012Validator, valid: list[Resource]) -> None:
    """Of a release with one field wrong there is a complaint, about a duration as about a name; and many are tried."""
    assert len(PLACES) >= 60
    assert len(HOSTILE) >= 40
    for steps, value in ((("spec", "interval"), "1d"), (("spec", "chartRef", "name"), "a b"), (("spec", "typo"), 1)):
        wrong = copy.deepcopy(valid[0])
        place: Any = wrong
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value
        assert len(complaints(wrong, judge)) == 1, steps
