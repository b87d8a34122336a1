"""The function over malformed declarations: whatever a user leaves out or misplaces is a result, no traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.command_line import run

if TYPE_CHECKING:
    from tests.command_line import Bytes


ENVELOPE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
APP = "apiVersion: apps.cozystack.io/v1alpha1, kind: Redis"
TENANT_CLUSTER = "apiVersion: apps.cozystack.io/v1alpha1, kind: Kubernetes"
PLACEMENT = "apiVersion: krmfn.dev/v1alpha1, kind: Placement"
ISOLATION = "apiVersion: krmfn.dev/v1alpha1, kind: IsolationProfile"
COMPONENTS = "apiVersion: krmfn.dev/v1alpha1, kind: ComponentProfile"
DEFINITION = "apiVersion: cozystack.io/v1alpha1, kind: ApplicationDefinition"
CONFIG = "apiVersion: krmfn.dev/v1alpha1, kind: ComputePlane"
GOOD = "metadata: {name: good, namespace: tenant-a}"
MALFORMED = (
    f"{APP}",
    f"{APP}, metadata: null",
    f"{APP}, metadata: text",
    f"{APP}, metadata: []",
    f"{APP}, metadata: {{}}",
    f"{APP}, metadata: {{name: null, namespace: null}}",
    f"{APP}, metadata: {{name: [a], namespace: {{b: c}}}}",
    f"{APP}, metadata: {{name: 1, namespace: 2}}",
    f'{APP}, metadata: {{name: "", namespace: ""}}',
    f'{APP}, metadata: {{name: "a b", namespace: "\\u0000"}}',
    f"{APP}, metadata: {{name: a, namespace: b, labels: []}}",
    f"{APP}, metadata: {{name: a, namespace: b, labels: {{c: null}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, labels: {{c: [d]}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: text}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: [c]}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: {{config.kubernetes.io/path: 1}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: {{config.kubernetes.io/index: [x]}}}}",
    f"{APP}, metadata: {{name: a, namespace: b, annotations: {{internal.config.kubernetes.io/previousNames: 7}}}}",
    f"{APP}, {GOOD}, spec: []",
    f"{APP}, {GOOD}, spec: text",
    f"{APP}, {GOOD}, spec: true",
    "apiVersion: apps.cozystack.io/v1alpha1, metadata: {name: a, namespace: b}",
    "apiVersion: apps.cozystack.io/v1alpha1, kind: null, metadata: {name: a, namespace: b}",
    "apiVersion: apps.cozystack.io/v1alpha1, kind: [Redis], metadata: {name: a, namespace: b}",
    'apiVersion: apps.cozystack.io/v1alpha1, kind: "../../Redis", metadata: {name: a, namespace: b}',
    'apiVersion: apps.cozystack.io/v1alpha1, kind: "", metadata: {name: a, namespace: b}',
    f"{TENANT_CLUSTER}, metadata: {{name: a}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: [a]",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{isolationProfile: {{name: sandbox}}}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{isolationProfile: '../kinds/redis'}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{componentProfile: 3}}",
    f"{TENANT_CLUSTER}, {GOOD}, spec: {{componentProfile: ''}}",
    f"{PLACEMENT}",
    f"{PLACEMENT}, {GOOD}",
    f"{PLACEMENT}, {GOOD}, spec: null",
    f"{PLACEMENT}, {GOOD}, spec: {{}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [null]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [[{{kind: Redis}}]]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: [a], apps: {{kind: Redis, name: b}}}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], connections: {{to: c}}}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], connections: [{{}}]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], connections: [{{to: null}}]}}",
    f"{PLACEMENT}, {GOOD}, spec: {{cluster: a, apps: [{{kind: Redis, name: b}}], targetNamespace: [c]}}",
    f"{ISOLATION}, metadata: {{name: a}}",
    f"{ISOLATION}, metadata: {{name: a}}, spec: {{egress: open}}",
    f"{ISOLATION}, metadata: {{name: a}}, spec: {{pins: [a]}}",
    f"{ISOLATION}, metadata: {{name: [a]}}, spec: {{extends: {{b: c}}}}",
    f"{COMPONENTS}, metadata: {{name: a}}, spec: {{bundles: ingress}}",
    f"{COMPONENTS}, metadata: {{name: a}}, spec: {{bundles: [null]}}",
    f"{COMPONENTS}, metadata: {{name: a}}, spec: {{values: [a]}}",
    f"{DEFINITION}, metadata: {{name: a}}",
    f"{DEFINITION}, metadata: {{name: a}}, spec: {{application: null, release: []}}",
    f"{DEFINITION}, metadata: {{name: a}}, spec: {{application: {{kind: 1}}, release: {{chartRef: a, prefix: null}}}}",
    f"{DEFINITION}, metadata: {{name: a, annotations: {{release.cozystack.io/helm-install-timeout: 5}}}}, spec: {{}}",
    "apiVersion: krmfn.dev/v1alpha1, kind: Nothing, metadata: [a]",
    "apiVersion: krmfn.dev/v1alpha1",
)


MALFORMED_CONFIGS = (
    "{}",
    "{apiVersion: 1, kind: []}",
    "{kind: ConfigMap}",
    "{apiVersion: v1, kind: ConfigMap, data: []}",
    "{apiVersion: v1, kind: ConfigMap, data: {scope: null}}",
    "{apiVersion: v1, kind: ConfigMap, data: {target.flux: 2.8}}",
    "{apiVersion: v1, kind: ConfigMap, data: {'': x, '.': y, target.: z}}",
    f"{{{CONFIG}}}",
    f"{{{CONFIG}, metadata: text}}",
    f"{{{CONFIG}, {GOOD}, spec: []}}",
    f"{{{CONFIG}, {GOOD}, spec: {{target: text}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{target: {{flux: [2, 8]}}}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{clusters: {{name: a}}}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{clusters: [null, text, []]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{clusters: [{{name: a, kubeConfig: text, module: 'yes'}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{apps: [{{}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{apps: [{{kind: Redis, name: a, values: []}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{placements: [{{cluster: a}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{placements: [{{cluster: a, app: Redis, connections: text}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{kinds: [{{kind: A, chartRef: text}}]}}}}",
    f"{{{CONFIG}, {GOOD}, spec: {{network: [], defaults: 5m, postBuild: {{variables: A}}}}}}",
)


@pytest.mark.parametrize("item", MALFORMED)
def test_a_malformed_declaration_is_a_result_and_not_a_traceback(item: str) -> None:
    """Whatever a user leaves out or puts in its place is told with a field, and the item goes back."""
    answer = run(stdin=f"{ENVELOPE}items:\n- {{{item}}}\n")
    _refused(answer)
    assert yaml.load(answer.stdout)["items"] == [yaml.load("{" + item + "}")]


@pytest.mark.parametrize("config", MALFORMED_CONFIGS)
def test_a_malformed_function_config_is_a_result_and_not_a_traceback(config: str) -> None:
    """So is whatever stands where a functionConfig should, and nothing is expanded with half of it."""
    item = f"{{{APP}, {GOOD}}}"
    answer = run(stdin=f"{ENVELOPE}items:\n- {item}\nfunctionConfig: {config}\n")
    _refused(answer)
    assert yaml.load(answer.stdout)["items"] == [yaml.load(item)]


@pytest.mark.parametrize("digits", [11, 5000])
def test_an_absurdly_long_number_is_no_bug_of_ours(digits: int) -> None:
    """Python refuses to read numbers beyond some length; a user who writes one gets an answer all the same."""
    number = "9" * digits
    marks = f'{{config.kubernetes.io/path: a.yaml, config.kubernetes.io/index: "{number}"}}'
    item = f"{APP}, metadata: {{name: a, namespace: b, annotations: {marks}}}"
    assert run(stdin=f"{ENVELOPE}items:\n- {{{item}}}\n").returncode == 0
    spec = f'{{target: {{flux: "2.{number}"}}, defaults: {{interval: {number}h}}}}'
    _refused(run(stdin=f"{ENVELOPE}functionConfig: {{{CONFIG}, {GOOD}, spec: {spec}}}\n"))
    data = f'{{defaults.maxHistory: "{number}"}}'
    config = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {data}}}"
    _refused(run(stdin=f"{ENVELOPE}functionConfig: {config}\n"))


def _refused(answer: Bytes) -> None:
    assert answer.returncode == 1, answer.stderr.decode()
    results: list[Any] = yaml.load(answer.stdout)["results"]
    assert any(result["severity"] == "error" for result in results)
    assert all(result["message"] and result["field"]["path"] and result["tags"]["code"] for result in results)
    lines = answer.stderr.decode().splitlines()
    assert len(lines) == len(results)
    assert all(line.startswith(("error: ", "warning: ")) for line in lines)


DOUBTFUL = "  data:\n    a: !Ref b\n    a: .inf\n"
"""What Kubernetes' YAML readers differ on or refuse: an unknown tag, a key twice, a number that JSON does not have."""
SOMEONE_ELSES = f"- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n{DOUBTFUL}"


def test_another_ones_object_is_no_reason_to_refuse() -> None:
    """An object that krmfn does not read goes back in its own words, and what is declared is expanded (R5)."""
    own = f"- {{{APP}, {GOOD}}}\n"
    done = run(stdin=f"{ENVELOPE}items:\n{own}{SOMEONE_ELSES}")
    assert done.returncode == 0, done.stderr
    assert SOMEONE_ELSES.encode() in done.stdout
    assert b"kind: HelmRelease" in done.stdout
    assert run(stdin=done.stdout).stdout == done.stdout


@pytest.mark.parametrize(
    "kind",
    [
        "apiVersion: apps.cozystack.io/v1alpha1\n  kind: Redis",
        "apiVersion: krmfn.dev/v1alpha1\n  kind: Placement",
        "apiVersion: cozystack.io/v1alpha1\n  kind: ApplicationDefinition",
        "apiVersion: kpt.dev/v1\n  kind: Kptfile",
        "apiVersion: v1\n  kind: ConfigMapList",
    ],
)
def test_what_krmfn_reads_must_mean_the_same_to_every_reader(kind: str) -> None:
    """The same in a declaration, a definition, a Kptfile or a List is an error that says where."""
    item = SOMEONE_ELSES.replace("apiVersion: v1\n  kind: ConfigMap", kind)
    done = run(stdin=f"{ENVELOPE}items:\n{SOMEONE_ELSES}{item}")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "line 16, column 8: a tag is not allowed" in done.stderr.decode()
