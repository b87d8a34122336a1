"""The chart that applies the objects in its values, and its releases' size, by Helm 3, Helm 4 and as Flux does it."""

from __future__ import annotations

import json
import random
import string
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krmfn import catalog
from krmfn.resources.size import LIMIT, OBJECT_LIMIT, object_bytes, release_bytes
from tests.tools.programs import program

CHART = Path(catalog.__file__).parent / "chart"
HOSTILE = [
    "{{ .Values.objects }}", '{{ fail "evaluated" }}', "{{- /* */ -}}", "${VAR} $$x", "<b>&'\"\\", "true", "null", "~",
    "on", "y", "1e3", "0o17", "017", "0x1f", "1_000", "12:30", "2026-01-01", ".inf", "9007199254740993", "<<", "*a",
    "", " ", "a: b", "- a", "? a", "a # b", "---", "...", "%YAML 1.1", "a\nb\n", "\n\n---\nkind: Secret\n---\n",
    "!!str x",
    " lead\n  x\n", "a  \nb \n", "a\r\nb\r", "\t", "\u0001\u001f", "\u2028\u2029", "\ufeffx", "\U0001f600",
    "\u00fc", "x " * 300, ("y" * 200 + "\n") * 3,
]  # fmt: skip
NUMBERS = [0, -1, 1000660000, 2**53 - 1, -(2**53) + 1, 10**15, 0.1, 1.5, 1e-7, 3.14159265358979]
FLUX = {"helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"}
BOUNDARY = ["template", "krmfn-boundary", "--namespace", "krmfn-system"]
"""The only release that the chart lets through."""


def config_map(name: str = "a", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}, **fields}


def written(value: Any) -> str:
    """JSON as Go writes it, and so as Flux reads it from the API server: these two characters are escaped."""
    return json.dumps(value, ensure_ascii=False).translate({0x2028: "\\u2028", 0x2029: "\\u2029"})


def annotated(**annotations: str) -> dict[str, Any]:
    return {**config_map(), "metadata": {"name": "a", "annotations": annotations}}


def helm(tmp_path: Path, command: list[str], values: Any) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "values.json"
    file.write_text(written(values), encoding="utf-8")
    return subprocess.run(
        [program("helm"), *command, CHART, "--values", file], capture_output=True, text=True, check=False
    )


def judged(*releases: Any) -> list[dict[str, Any]]:
    """What Flux makes of each: the objects without the two labels that it adds, and the bytes of the Secret."""
    asked = written({"chart": str(CHART), "releases": releases})
    done = subprocess.run([program("release-judge")], input=asked, capture_output=True, text=True, check=True)
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    for each in (each for verdict in verdicts for each in verdict["objects"] or ()):
        labels = each["metadata"].pop("labels")
        assert labels.keys() >= FLUX
        kept = {key: value for key, value in labels.items() if key not in FLUX}
        each["metadata"] |= {"labels": kept} if kept else {}
    return verdicts


def test_lint_finds_nothing(tmp_path: Path) -> None:
    """`helm lint --strict` passes with objects and with none."""
    for objects in ([], [config_map()]):
        done = helm(tmp_path, ["lint", "--strict"], {"objects": objects})
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "namespace"),
    [("postgres-main", "tenant-mallory"), ("krmfn-boundary", "tenant-mallory"), ("postgres-main", "krmfn-system")],
)
def test_it_is_no_chart_of_a_kind(tmp_path: Path, name: str, namespace: str) -> None:
    """A release that is not a boundary's fails, whatever is in it: on the management cluster that may be anything."""
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "evil"}}
    done = helm(tmp_path, ["template", name, "--namespace", namespace], {"objects": [binding]})
    assert done.returncode != 0
    assert "only for the boundary inside a tenant cluster" in done.stderr
    assert helm(tmp_path, BOUNDARY, {"objects": [binding]}).returncode == 0


def test_helm_evaluates_nothing(tmp_path: Path) -> None:
    """Real Helm renders every hostile string and number as it was, as a value and as a key, in the order given."""
    objects = [config_map(f"s{i}", data={"x": text, f"k{text}": [text]}) for i, text in enumerate(HOSTILE)]
    objects += [config_map(f"n{i}", x=[number, {"y": number}]) for i, number in enumerate(NUMBERS)]
    done = helm(tmp_path, BOUNDARY, {"objects": objects})
    assert done.returncode == 0, done.stderr
    # Every document is one line of JSON.
    assert [json.loads(line) for line in done.stdout.split("\n") if line.startswith("{")] == objects
    assert len([each for each in pyyaml.safe_load_all(done.stdout) if each]) == len(objects)


def test_flux_applies_what_was_written() -> None:
    """Helm 4 with Flux's post-renderer hands on hostile strings, numbers, nulls and empty values as they were."""
    objects = [config_map(f"s{i}", data={"x": text, f"k{text}": [text]}) for i, text in enumerate(HOSTILE)]
    objects += [config_map(f"n{i}", x=[number, {"y": number}]) for i, number in enumerate(NUMBERS)]
    objects += [config_map("empty", a={}, b=[], c="", d=None, e=[None, {"f": None}], g=False)]
    objects += [{**annotated(**{"helm.sh/resource-policy": "keep", "krmfn.dev/owner": "on"})}]
    (verdict,) = judged({"objects": objects})
    assert not verdict.get("error")
    assert verdict["hooks"] == 0
    assert verdict["objects"] == objects


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


# An example is a list of many objects, for one run of the judge.
@settings(
    max_examples=settings().max_examples // 20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(st.lists(VALUES, min_size=20, max_size=40))
def test_flux_applies_any_object_that_may_be_written(values: list[Any]) -> None:
    """Whatever an object holds, Flux applies it as written."""
    objects = [config_map(f"o{i}", x=value) for i, value in enumerate(values)]
    (verdict,) = judged({"objects": objects})
    assert not verdict.get("error")
    assert verdict["objects"] == objects


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"objects": None},
        {"objects": {}},
        {"objects": [], "object": []},
        {"objects": ["kind: Secret"]},
        {"objects": [None]},
        {"objects": [{"kind": "ConfigMap", "metadata": {"name": "a"}}]},
        {"objects": [{"apiVersion": "v1", "metadata": {"name": "a"}}]},
        {"objects": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}]},
        {"objects": [{"apiVersion": "v1", "kind": "ConfigMap"}]},
        {"objects": [{"apiVersion": "v1", "kind": "List", "metadata": {"name": "a"}, "items": [config_map()]}]},
        {"objects": [config_map(x=[{"y": 2**53 + 1}])]},
        {"objects": [config_map(x=-(2**53) - 1)]},
        {"objects": [annotated(**{"helm.sh/hook": "pre-install"})]},
        {"objects": [annotated(**{"config.kubernetes.io/index": "0"})]},
        {"objects": [annotated(**{"internal.config.kubernetes.io/path": "x"})]},
        {"objects": [annotated(**{"config.k8s.io/id": "1"})]},
        {"objects": [annotated(**{"postrenderer.helm.sh/postrender-filename": "x"})]},
    ],
    ids=lambda values: json.dumps(values)[:60],
)
def test_the_schema_refuses_what_would_not_arrive(tmp_path: Path, values: Any) -> None:
    """What is no object, or what Helm or kustomize would take for something else, fails the release in Helm 3 and 4."""
    done = helm(tmp_path, BOUNDARY, values)
    assert done.returncode != 0
    assert "schema" in done.stderr
    assert "schema" in judged(values)[0]["error"]


def test_control_characters_do_not_arrive() -> None:
    """DEL and the C1 controls fail the release, and NEL becomes a space without a word: krmfn must not write them."""
    failing = judged(*({"objects": [config_map(data={"x": f"a{char}b"})]} for char in "\x7f\x80\x9f"))
    assert all("control characters are not allowed" in verdict["error"] for verdict in failing)
    (silent,) = judged({"objects": [config_map(data={"x": "a\x85b"})]})
    assert silent["objects"][0]["data"] == {"x": "a b"}


def test_two_of_one_name_fail_the_release() -> None:
    """An object listed twice is an error of the release, never one that quietly wins."""
    (verdict,) = judged({"objects": [config_map(x=1), config_map(x=2)]})
    assert "already registered id" in verdict["error"]


def test_helm_orders_by_kind_and_then_as_given() -> None:
    """A Namespace comes before what is in it; kinds that Helm does not know come last, in the order given."""
    kinds = [
        "CiliumNetworkPolicy",
        "ConfigMap",
        "ValidatingAdmissionPolicy",
        "NetworkPolicy",
        "Namespace",
        "ResourceQuota",
    ]
    (verdict,) = judged({"objects": [{"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}} for kind in kinds]})
    assert [each["kind"] for each in verdict["objects"]] == [
        *("Namespace", "NetworkPolicy", "ResourceQuota", "ConfigMap"),
        *("CiliumNetworkPolicy", "ValidatingAdmissionPolicy"),
    ]


def policies(count: int, random_: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"allow-{random_.randrange(10**6)}-{i}", "namespace": f"app-{i % 20}"},
            "spec": {
                "podSelector": {"matchLabels": {"app": f"a{i}"}},
                "policyTypes": ["Egress"],
                "egress": [
                    {
                        "to": [{"ipBlock": {"cidr": f"10.{random_.randrange(256)}.{random_.randrange(256)}.0/24"}}],
                        "ports": [{"protocol": "TCP", "port": random_.randrange(65536)}],
                    }
                ],
            },
        }
        for i in range(count)
    ]


def text(alphabet: str, length: int, random_: random.Random) -> list[dict[str, Any]]:
    return [config_map(data={"x": "".join(random_.choices(alphabet, k=length))})]


def test_the_size_of_a_release_is_never_under_estimated() -> None:
    """Helm's own driver stores no more than was computed: small to over the limit, well and badly compressible."""
    random_ = random.Random(4)  # noqa: S311 data, not secrets
    printable = "".join(map(chr, range(33, 127)))
    cases = [
        *([], policies(1, random_), policies(100, random_), policies(1000, random_)),
        *(text("0123456789abcdef", length, random_) for length in (1_000, 400_000, 740_000, 750_000, 1_500_000)),
        *(text(printable, length, random_) for length in (100_000, 440_000, 450_000)),
        *(text('\u0434\u00fc\u8a9e\U0001f600<>&\\"\n', length, random_) for length in (10_000, 300_000, 600_000)),
        *(text(f"{string.ascii_lowercase} \n", 600_000, random_), text("a", 3_000_000, random_)),
    ]
    verdicts = judged(*({"objects": objects} for objects in cases))
    assert not [verdict["error"] for verdict in verdicts if "error" in verdict]
    stored = [verdict["bytes"] for verdict in verdicts]
    computed = [release_bytes(objects) for objects in cases]
    assert all(ours >= theirs for ours, theirs in zip(computed, stored, strict=True)), [
        *zip(computed, stored, strict=True)
    ]
    # Near the limit, where it counts, by no more than a third.
    near = [(ours, theirs) for ours, theirs in zip(computed, stored, strict=True) if theirs > LIMIT / 2]
    assert len(near) >= 6
    assert all(ours < theirs * 4 / 3 for ours, theirs in near), near
    assert min(stored) < LIMIT < max(stored)


def test_an_object_is_as_large_as_its_json() -> None:
    """A well-compressible release can fit Helm's Secret while its HelmRelease does not fit etcd: both have a number."""
    objects = [config_map(data={"x": "\u00fc" * 1_000_000})]
    release = {"kind": "HelmRelease", "spec": {"values": {"objects": objects}}}
    assert release_bytes(objects) < LIMIT
    assert object_bytes(release) == len(json.dumps(release, ensure_ascii=False, separators=(",", ":")).encode())
    assert object_bytes(release) > OBJECT_LIMIT


def test_krmfn_does_not_take_the_chart_for_its_catalog() -> None:
    """The chart's folder adds no kind, profile or bundle: every list of the catalog is one of its other folders'."""
    shipped = catalog.Catalog.shipped()
    named = {*shipped.kind_names(), *shipped.isolation_names(), *shipped.component_names(), *shipped.bundle_names()}
    assert not named & {"Chart", "values", "objects", "krmfn-objects"}
