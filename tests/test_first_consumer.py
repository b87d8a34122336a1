"""The first consumer: five apps that run strangers' code on a sandbox, their models and data on the management plane.

What is expected is counted by hand from kustomize/sandbox, and from nothing that krmfn wrote.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import function, yaml
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity
from krmfn.topology.placements import FENCED
from tests.chart_values import record, recorded

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource
    from krmfn.results import Result

EXAMPLE = Path(__file__).parents[1] / "kustomize" / "sandbox"
# Beside the project and not in it: without it the last tests do not exist, and the header of the report says so.
REAL = Path(__file__).parents[2] / "shared" / "data" / "applicationdefinitions-external" / "cozyllm-free"

TENANT = "tenant-acme"
CLUSTER = "kubernetes-playground"
PLACED = {
    "JupyterHub": "jupyterhub-notebooks",
    "N8n": "n8n-workflows",
    "ComfyUI": "comfyui-studio",
    "Langflow": "langflow-flows",
    "OpenWebUI": "open-webui-chat",
}
HERE = {
    "VllmInference": "vllm-inference-chat",
    "Litellm": "litellm-models",
    "Postgres": "postgres-main",
    "Redis": "redis-queue",
    "Kubernetes": CLUSTER,
}
POSTGRES, REDIS, LITELLM = "postgres-main-credentials", "redis-queue-auth", "litellm-models-master-key"
REACHED = {
    ("Postgres", ("main",), ("5432/TCP",)),
    ("Redis", ("queue",), ("26379/TCP", "6379/TCP")),
    ("Litellm", ("models",), ("4000/TCP",)),
}


@cache
def example() -> ResourceList:
    items = [item for path in sorted(EXAMPLE.glob("tenants/**/*.yaml")) for item in yaml.load_all(path.read_bytes())]
    return ResourceList(tuple(items), yaml.load((EXAMPLE / "compute-plane.yaml").read_bytes()))


@cache
def expanded() -> ResourceList:
    return function.run(example())


def errors(answer: ResourceList) -> list[Result]:
    return [result for result in answer.results if result.severity is Severity.ERROR]


def of_kind(answer: ResourceList, kind: str) -> dict[str, Resource]:
    return {item["metadata"]["name"]: item for item in answer.items if item["kind"] == kind}


def spec_of(release: str, answer: ResourceList) -> Any:
    return of_kind(answer, "HelmRelease")[release]["spec"]


def references(release: str, answer: ResourceList) -> list[tuple[str, str, str]]:
    return [
        (each["name"], each["valuesKey"], each["targetPath"]) for each in spec_of(release, answer).get("valuesFrom", ())
    ]


def reached(policy: Resource) -> set[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Kind, names and ports of every managed app that a policy lets through."""
    found = set()
    for rule in policy["spec"]["egress"]:
        for peer in rule.get("toEndpoints", ()):
            kind = peer["matchLabels"].get("apps.cozystack.io/application.kind")
            if kind:
                [names] = [tuple(each["values"]) for each in peer["matchExpressions"]]
                ports = {f"{each['port']}/{each['protocol']}" for to in rule["toPorts"] for each in to["ports"]}
                found.add((kind, names, tuple(sorted(ports))))
    return found


def assert_placed(answer: ResourceList) -> None:
    """All five are on the cluster behind its boundary, all else is here, and nothing besides."""
    releases = of_kind(answer, "HelmRelease")
    on_cluster = {f"{release}-on-playground" for release in PLACED.values()}
    assert set(releases) == {*on_cluster, *HERE.values(), f"{CLUSTER}-boundary"}
    for name in on_cluster:
        meta, spec = releases[name]["metadata"], releases[name]["spec"]
        assert spec["kubeConfig"]["secretRef"] == {"name": f"{CLUSTER}-admin-kubeconfig", "key": "super-admin.svc"}
        assert spec["dependsOn"][0] == {"name": f"{CLUSTER}-boundary", "readyExpr": FENCED}
        assert spec["targetNamespace"] == spec["storageNamespace"] == name.removesuffix("-on-playground")
        assert "createNamespace" not in spec["install"]
        assert meta["labels"] == {"cozystack.io/target-cluster-name": CLUSTER, "krmfn.dev/placed-on": CLUSTER}
    for kind, name in HERE.items():
        meta, spec = releases[name]["metadata"], releases[name]["spec"]
        assert not {"kubeConfig", "dependsOn", "targetNamespace"} & spec.keys()
        assert meta["labels"]["apps.cozystack.io/application.kind"] == kind
        assert spec["valuesFrom"] == [{"kind": "Secret", "name": "cozystack-values"}]


def test_it_expands_without_an_error() -> None:
    """What is left to tell is what no output can close, and what the targeted Flux does with a value of a Secret's."""
    assert not errors(expanded())
    told = {result.code for result in expanded().results}
    open_to_people = {"kubeconfig-exposed", "node-consoles-open"}
    assert told == {"credential-not-literal", "needs-guards", "reach-shared", "values-unchecked", *open_to_people}


def test_five_apps_run_on_the_sandbox_and_the_rest_here() -> None:
    """The apps on the cluster, behind its boundary; the model, its gateway and the data on the management plane."""
    assert_placed(expanded())


def test_credentials_come_by_reference() -> None:
    """Each app has the password of its own user and the keys of what it declares, and no other."""
    assert {release: references(f"{release}-on-playground", expanded()) for release in PLACED.values()} == {
        "jupyterhub-notebooks": [(POSTGRES, "notebooks", "hub.db.password")],
        "n8n-workflows": [
            (POSTGRES, "workflows", "externalPostgresql.password"),
            (REDIS, "password", "externalRedis.password"),
        ],
        "comfyui-studio": [],
        "langflow-flows": [(POSTGRES, "flows", "langflow.backend.externalDatabase.password.value")],
        "open-webui-chat": [
            (POSTGRES, "chat", "extraEnvVars.DATABASE_PASSWORD"),
            (LITELLM, "key", "openaiApiKey"),
        ],
    }


def test_no_value_stands_where_a_credential_arrives() -> None:
    """An inline value would win over the Secret: in what is written there is none at its path."""
    names = [f"{release}-on-playground" for release in PLACED.values()]
    arriving = [(name, path) for name in names for _, _, path in references(name, expanded())]
    assert arriving
    for name, path in arriving:
        *above, last = path.split(".")
        here = spec_of(name, expanded())["values"]
        for step in above:
            here = here.get(step, {})
        assert last not in here


def test_one_policy_lets_exactly_the_declared_services_through() -> None:
    """Postgres, Redis and LiteLLM on their ports; neither the model behind LiteLLM nor any other app."""
    [policy] = of_kind(expanded(), "CiliumNetworkPolicy").values()
    assert policy["metadata"]["name"] == f"{CLUSTER}-egress"
    assert policy["spec"]["endpointSelector"]["matchLabels"] == {
        "kubevirt.io": "virt-launcher",
        "cluster.x-k8s.io/cluster-name": CLUSTER,
    }
    assert reached(policy) == REACHED


def test_the_boundary_has_a_fenced_namespace_for_each_app() -> None:
    """Restricted, and closed but for what that app declares: no app has another's connections."""
    objects = spec_of(f"{CLUSTER}-boundary", expanded())["values"]["objects"]
    namespaces = {each["metadata"]["name"]: each["metadata"] for each in objects if each["kind"] == "Namespace"}
    assert set(PLACED.values()) == namespaces.keys()
    for meta in namespaces.values():
        assert meta["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    hosts = {
        name: json.dumps([each for each in objects if each["metadata"].get("namespace") == name]) for name in namespaces
    }
    services = {"postgres-main-rw": "Postgres", "rfrm-redis-queue": "Redis", "litellm-models": "Litellm"}
    named = {name: {kind for host, kind in services.items() if host in text} for name, text in hosts.items()}
    assert named == {
        "jupyterhub-notebooks": {"Postgres"},
        "n8n-workflows": {"Postgres", "Redis"},
        "comfyui-studio": set(),
        "langflow-flows": {"Postgres"},
        "open-webui-chat": {"Postgres", "Litellm"},
    }


def test_the_sandbox_is_one() -> None:
    """Its own release has the mark that the guards know, cannot be pruned, and keeps its admission configuration."""
    release = of_kind(expanded(), "HelmRelease")[CLUSTER]
    assert release["metadata"]["labels"]["krmfn.dev/isolation"] == "sandbox"
    assert release["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
    assert list(of_kind(expanded(), "ConfigMap")) == [f"{CLUSTER}-admission"]


def test_the_charts_were_judged_with_these_values() -> None:
    """Every pod was admitted and every value did something when the real charts were given what they are given now.

    tests/judges/test_cluster_charts.py judges that, where KRMFN_CHARTS names them.
    """
    assert recorded() == record()


if REAL.is_dir():
    DEFINITIONS = {
        each["spec"]["application"]["kind"]: each
        for path in sorted(REAL.glob("*.yaml"))
        for each in yaml.load_all(path.read_bytes())
        if each
    }
    VALUES: dict[str, dict[str, Any]] = {
        "VllmInference": {"model": "Qwen/Qwen2.5-7B-Instruct", "gpuCount": 1, "storage": {"size": "100Gi"}},
        "Litellm": {
            # Flux fills it in, for the chart wants it in its values; nobody commits it.
            "masterKey": "sk-${LITELLM_MASTER_KEY}",
            "models": [
                {
                    "name": "Qwen/Qwen2.5-7B-Instruct",
                    "url": "http://vllm-inference-chat.tenant-acme.svc.cozy.local:8000/v1",
                }
            ],
        },
        "ComfyUI": {"storage": {"size": "100Gi"}, "gpuCount": 1},
        "JupyterHub": {"database": {"user": "notebooks", "name": "notebooks"}},
        "Langflow": {"database": {"user": "flows", "name": "flows"}},
    }
    """What the real schemas take, of the kinds that are there."""

    def with_real_definitions(*, charts: bool = True, placed: bool = True, **spoilt: Any) -> ResourceList:
        """The example with the real definitions instead of its own kinds.

        With `charts` the ComputePlane names others for those that are placed, and without these, or where nothing is
        placed, every app of a real definition has values for the chart of that.
        """
        given = example()
        config = json.loads(json.dumps(given.function_config))
        if not charts:
            config["spec"]["kinds"] = [each for each in config["spec"]["kinds"] if each["kind"] not in DEFINITIONS]
        items = [item for item in json.loads(json.dumps(given.items)) if placed or item["kind"] != "Placement"]
        for item in items:
            if item["kind"] in VALUES and not (charts and item["kind"] in PLACED):
                item["spec"] = {**VALUES[item["kind"]], **spoilt.get(item["kind"], {})}
        return function.run(ResourceList((*items, *DEFINITIONS.values()), config))

    def test_the_real_definitions_are_those_that_are_known() -> None:
        """As many as were counted by hand, each with values here: a folder that nobody reads would pass the rest."""
        assert DEFINITIONS.keys() == VALUES.keys()
        assert all(each["spec"]["application"]["openAPISchema"] for each in DEFINITIONS.values())

    def test_it_expands_beside_the_real_definitions() -> None:
        """The same releases; on the cluster by upstream's charts, which no other chart's schema judges."""
        answer = with_real_definitions()
        assert not errors(answer)
        assert "unknown-field" not in {result.code for result in answer.results}
        assert_placed(answer)
        for kind, definition in DEFINITIONS.items():
            if kind in HERE:
                assert spec_of(HERE[kind], answer)["chartRef"] == definition["spec"]["release"]["chartRef"]
                assert spec_of(HERE[kind], answer)["values"] == VALUES[kind]
            else:
                name = f"{PLACED[kind]}-on-playground"
                assert spec_of(name, answer) == spec_of(name, expanded())
        [policy] = of_kind(answer, "CiliumNetworkPolicy").values()
        assert reached(policy) == REACHED

    def test_the_real_charts_are_refused_on_the_sandbox() -> None:
        """Two need the platform's API, one's pods are not admitted: who places them is told which chart can run."""
        told = errors(with_real_definitions(charts=False))
        assert {(each.code, each.message.partition(" cannot")[0]) for each in told} == {
            ("not-placeable", "JupyterHub notebooks"),
            ("not-placeable", "Langflow flows"),
            ("pods-refused", "ComfyUI studio"),
        }
        [refusal] = [each for each in told if each.code == "pods-refused"]
        assert "ComfyUI studio cannot run on cluster playground" in refusal.message
        assert "the chart comfyui 0.10.4 of https://m11s-io.github.io/helm-charts can" in refusal.message
        entry = "{kind: ComfyUI, chartRef: {kind: HelmChart, name: comfyui, namespace: cozy-public}}"
        assert entry in refusal.message
        config = example().function_config
        assert config is not None
        assert yaml.load(entry) in config["spec"]["kinds"]

    @pytest.mark.parametrize(
        ("kind", "spoilt", "field"),
        [
            ("VllmInference", {"gpuCount": 3}, "spec.gpuCount"),
            ("VllmInference", {"model": "a/b"}, "spec.model"),
            ("VllmInference", {"storage": {"size": "1Gi"}}, "spec.storage.size"),
            ("Litellm", {"models": [{"name": "chat"}]}, "spec.models[0].url"),
            ("ComfyUI", {"storage": {"size": "much"}}, "spec.storage.size"),
            ("JupyterHub", {"database": {"replicas": "2"}}, "spec.database.replicas"),
            ("Langflow", {"replicaCount": "one"}, "spec.replicaCount"),
        ],
    )
    def test_the_real_schemas_judge_the_values(kind: str, spoilt: dict[str, Any], field: str) -> None:
        """What a real schema does not take is refused at its field, and nothing is expanded."""
        answer = with_real_definitions(charts=False, placed=False, **{kind: spoilt})
        found = [(error.code, error.resource and error.resource.kind, error.field) for error in errors(answer)]
        # Another model is also another name than LiteLLM asks for.
        code = "missing-field" if field == "spec.models[0].url" else "invalid-value"
        assert [each for each in found if each[0] != "name-not-shared"] == [(code, kind, field)]
        assert not of_kind(answer, "HelmRelease")
