"""From a push to what runs: declarations, rendered and committed, as real Flux takes them to two clusters."""

from __future__ import annotations

import base64
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, resourcelist, yaml
from krmfn.declarations import Role, role_of
from tests.engine import flux, policies
from tests.engine.api import HELM_RELEASE, NAMESPACE, SECRET, RefusedError, kind_of, namespace_of
from tests.engine.engine import PASSWORD
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from tests.engine.api import Api, Object
    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

DEMO = TESTS.parent / "kustomize/demo"


@pytest.mark.parametrize(("target", "password"), [("2.9", PASSWORD), ("2.8", "not-a-number")])
def test_what_the_demo_declares_runs_where_it_says(engine: Engine, target: str, password: str) -> None:
    """The app reaches the tenant's cluster with its values and the database's password, and nothing of it stays on A.

    A password that `helm --set` would take apart arrives whole where Flux has `literal`, which is from 2.9 on.
    """
    tenant = engine.tenant(f"tenant-{target.replace('.', '-')}", password)
    [app, placed] = copy_demo(tenant, target)
    began = time.monotonic()
    commit = tenant.push("the demo")
    tenant.sync()
    tenant.wait_for_values(engine.b, placed, placed, bool)
    arrived = time.monotonic() - began
    tenant.wait_until_applied(commit)
    engine.figures[f"push of a cluster and an app for Flux {target}"] = told(arrived, time.monotonic() - began)

    for release in tenant.releases():
        engine.wait_until_ready(engine.a, HELM_RELEASE, tenant.namespace, release["metadata"]["name"])
    secret = engine.a.get(SECRET, tenant.namespace, "postgres-main-credentials")
    assert secret
    assert base64.b64decode(secret["data"]["notebooks"]).decode() == password
    declared = app["spec"]
    assert tenant.values_of(engine.b, placed, placed) == {
        "hub": {"db": {**declared["hub"]["db"], "password": password}}
    }
    assert found_on(engine.a, f"{placed}-on-lab") == []
    assert engine.a.get(NAMESPACE, "", placed) is None
    # What the namespace of the app holds on B is labelled with the release that lives on A.
    assert found_on(engine.b, f"{placed}-on-lab") == [("ConfigMap", f"{placed}-values")]
    assert not_before(engine.a, tenant.namespace, f"{placed}-on-lab", ["cilium", "coredns", "csi"])

    began = time.monotonic()
    text = (tenant.declarations / "tenants/acme/apps.yaml").read_text(encoding="utf-8")
    (tenant.declarations / "tenants/acme/apps.yaml").write_text(text.replace("type: postgres", "type: postgresql"))
    tenant.render()
    commit = tenant.push("another value")
    tenant.wait_for_values(engine.b, placed, placed, lambda values: values["hub"]["db"]["type"] == "postgresql")
    arrived = time.monotonic() - began
    tenant.wait_until_applied(commit)
    engine.figures[f"push of a changed value for Flux {target}"] = told(arrived, time.monotonic() - began)


def told(arrived: float, ready: float) -> str:
    return f"on B after {arrived:.1f} s, the Kustomization Ready after {ready:.1f} s"


def copy_demo(tenant: Tenant, target: str) -> tuple[Object, str]:
    """Make kustomize/demo the tenant's, for a Flux of that version; its placed app and that one's release."""
    shutil.copytree(DEMO, tenant.declarations)
    app: Object = {}
    release = f"jupyterhub-{tenant.namespace}"
    for file in sorted(tenant.declarations.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8").replace("tenant-acme", tenant.namespace)
        text = text.replace('flux: "2.8"', f'flux: "{target}"')
        # Two tenants share B here, so what is placed there is named after its tenant.
        file.write_text(text.replace("name: notebooks", f"name: {tenant.namespace}"), encoding="utf-8")
        for manifest in yaml.load_all(file.read_bytes()):
            if manifest["kind"] == "JupyterHub":
                app = manifest
    tenant.render()
    return app, release


def found_on(api: Api, release: str) -> list[tuple[str, str]]:
    """Everything on an API server that a HelmRelease has put there."""
    labelled = api.everything(f"helm.toolkit.fluxcd.io/name={release}")
    return [(item["kind"], item["metadata"]["name"]) for item in labelled]


def not_before(api: Api, namespace: str, app: str, addons: list[str]) -> bool:
    """Whether an app was installed only when its cluster's addons were."""

    def deployed(name: str) -> str:
        release = api.get(HELM_RELEASE, namespace, name)
        assert release
        first: str = release["status"]["history"][-1]["firstDeployed"]
        return first

    return all(deployed(f"kubernetes-lab-{addon}") <= deployed(app) for addon in addons)


def in_float64(value: Any) -> Any:
    """As any API server keeps numbers: beyond 64 bits an integer is a float, also in what its user applied."""
    match value:
        case dict():
            return {key: in_float64(inner) for key, inner in value.items()}
        case list():
            return [in_float64(inner) for inner in value]
        case int() if not -(2**63) <= value < 2**63:
            return float(value)
    return value


DEFAULTED = {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
"""Kinds whose definitions fill in what an object does not say; a HelmRelease's does not."""


def as_applied(stored: Any, applied: Any) -> Any:
    """What the server has of what was applied, without what it adds."""
    match stored, applied:
        case dict(), dict():
            return {key: as_applied(stored[key], inner) for key, inner in applied.items() if key in stored}
        case list(), list() if len(stored) == len(applied):
            return [as_applied(*pair) for pair in zip(stored, applied, strict=True)]
        case None, []:
            # So the server says of a role that it has no rules.
            return []
    return stored


def without_version(item: Object) -> Object:
    return {**item, "metadata": {**item["metadata"], "resourceVersion": ""}}


UNDEFINED = {"ClusterMesh"}
"""Kinds whose definition is in no Go module, and so not here; tests/judges has what their makers' types say."""
CASES = sorted(path.parent for path in (TESTS / "cases").glob("*/input.yaml"))


def test_no_emitted_object_has_a_field_that_its_definition_lacks(engine: Engine, third: Api) -> None:
    """Every object of every case is applied strictly by the server, and applied again it changes nothing."""
    flux.define(engine.processes, third)
    policies.define(engine.processes, third)
    emitted = 0
    for case in CASES:
        given = resourcelist.load((case / "input.yaml").read_bytes())
        came = {id(item) for item in given.items}
        items = function.run(given).items
        objects = [item for item in items if role_of(item) is Role.GENERATED and id(item) not in came]
        objects = [item for item in objects if item["kind"] not in UNDEFINED]
        for item in objects:
            if namespace_of(item):
                third.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace_of(item)}})
            # The first apply after a create counts as a write, though nothing differs; from then on none does.
            created, again, once_more = (third.apply(item) for _ in range(3))
            assert without_version(again) == without_version(created), case.name
            assert once_more == again, case.name
            assert in_float64(as_applied(created, item)) == in_float64(item), f"{case.name}: the server changed it"
            if item["kind"] not in DEFAULTED:
                assert in_float64(created.get("spec")) == in_float64(item.get("spec")), f"{case.name}: it has defaults"
        for item in objects:
            engine.wait_for(f"{case.name} to be deleted", partial(is_deleted, third, item))
        emitted += len(objects)
    assert emitted


def is_deleted(cluster: Api, item: dict[str, Any]) -> bool:
    """Deletes an object; False while a guard is in the way, which a server obeys for some time after its deletion."""
    try:
        cluster.delete(kind_of(item), namespace_of(item), item["metadata"]["name"])
    except RefusedError as error:
        if "denied request: " not in error.message:
            raise
        return False
    return True


DOLLARS: dict[str, Any] = {
    "variable": "host ${VAR}",
    "default": "host ${VAR:=x}",
    "undeclared": "host ${UNKNOWN}",
    "undeclaredDefault": "host ${UNKNOWN:=x}",
    "shell": 'for f in "$@"; do echo $HOME ${#f} $(date) $$ $?; done',
    "escaped": "$${VAR} $$VAR $$$ $",
    "actions": "${{ github.sha }} ${}",
    "grafana": '{"expr": "rate(x[$__rate_interval])", "legend": "{{ $labels.pod }} ${datasource}"}',
    "broken": "${var-with-dash} ${UNCLOSED",
    "lines": "a $x\n\n  b: ${UNKNOWN}\n# $$\n",
    "numbers": [1, 1.5, 0.1, -7, 1000660000, 1e21, True, False],
    "likeNumbers": ["1e3", "0o17", "0x1F", "0b1", "1_000", "+1", ".5", "007", "12:30", "1:30:00", "2026-01-01", ".inf"],
    "likeWords": ["on", "y", "N", "null", "~", "", "true", "=", "<<", "---", "..."],
    "likeYaml": [" x ", "# x", "&a", "*b", "!t", "%d", "@x", "`", "{a", "[b", "- c", "? d", ": e", "a: b", "|", ">"],
    "quotes": ["'", '"', "a\\b", "it's", '"x"', "'x'"],
    "spaces": ["\t", "\u00a0", "\u2028", "\ufeff", "\U0001f680", "\r\n", "x\n", "\n\nx  \n"],
    "long": "echo ${A} $B $${C} $(D) " * 20,
    "key with $VAR and ${UNKNOWN}": "$",
}
"""What people write into values: shells, dashboards, workflows; VAR is the one variable that is declared."""
PLAIN = {key: value for key, value in DOLLARS.items() if key not in {"variable", "default"}}
UNRELATED = {"substitute": {"CLUSTER": "c1"}}
DECLARED = {"substitute": {"VAR": "abc", "CLUSTER": "c1"}}


def nats(tenant: Tenant, name: str, values: Object) -> Object:
    return {
        "apiVersion": "apps.cozystack.io/v1alpha1",
        "kind": "NATS",
        "metadata": {"name": name, "namespace": tenant.namespace},
        "spec": values,
    }


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_declared_variables_are_substituted_and_nothing_else(
    engine: Engine, request: pytest.FixtureRequest, *, lenient: bool
) -> None:
    """A release that uses a declared variable gets its value; every other dollar, there and elsewhere, arrives."""
    if lenient:
        request.getfixturevalue("lenient_controller")
    tenant = engine.tenant(f"tenant-substituted-{'lenient' if lenient else 'strict'}")
    tenant.declare(
        nats(tenant, "uses", DOLLARS), nats(tenant, "plain", PLAIN), configuration={"postBuild": {"variables": ["VAR"]}}
    )
    commit = tenant.push("dollars")
    tenant.sync(DECLARED, lenient=lenient)
    tenant.wait_until_applied(commit)
    expected = {**DOLLARS, "variable": "host abc", "default": "host abc"}
    assert tenant.values_of(engine.a, tenant.namespace, "nats-uses") == expected
    assert tenant.values_of(engine.a, tenant.namespace, "nats-plain") == PLAIN


@pytest.mark.parametrize("post_build", [None, UNRELATED, DECLARED], ids=["without", "unrelated", "same-name"])
def test_without_declared_variables_every_dollar_arrives(engine: Engine, post_build: Object | None) -> None:
    """Whatever the Kustomization substitutes elsewhere, values arrive as their user wrote them, types included."""
    name = "without" if post_build is None else "-".join(post_build["substitute"]).lower()
    tenant = engine.tenant(f"tenant-verbatim-{name}")
    tenant.declare(nats(tenant, "all", DOLLARS))
    commit = tenant.push("dollars")
    tenant.sync(post_build)
    tenant.wait_until_applied(commit)
    assert tenant.values_of(engine.a, tenant.namespace, "nats-all") == DOLLARS
