"""CRDs as judges: their structural schemas made strict, and the CEL rules of the HelmRelease in Python.

Strict is what server-side apply is to a field that the schema does not declare: it refuses it. Covered are all five
rules (`x-kubernetes-validations`) of its CRD; one that this module does not know is an error, never passed over.
Not covered: what an API server does beyond the schema (admission), and what helm-controller refuses later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from krmfn import yaml
from tests.tools.modules import source
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Rule = Callable[[dict[str, Any]], bool]

DATA = TESTS.parents[1] / "shared" / "data"
"""Beside the project and not in it."""
FLUX_2_8 = DATA / "crds" / "helmreleases.helm.toolkit.fluxcd.io.yaml"
"""As Flux 2.8.0 ships it: its helm-controller v1.5.0 cannot be had from the module proxy."""

SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z"
LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
KEYS = {"pattern": rf"^([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{LABEL}\Z"}
METADATA = {
    "type": "object",
    "required": ["name", "namespace"],
    "additionalProperties": False,
    "properties": {
        # helm-controller puts the name on every object as a label's value (facts/flux.md).
        "name": {"type": "string", "pattern": SUBDOMAIN, "maxLength": 63},
        "namespace": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z", "maxLength": 63},
        "labels": {
            "type": "object",
            "propertyNames": KEYS,
            "additionalProperties": {"type": "string", "pattern": rf"^({LABEL})?\Z"},
        },
        "annotations": {"type": "object", "propertyNames": KEYS, "additionalProperties": {"type": "string"}},
    },
}
"""ObjectMeta, of which a CRD says nothing, as Kubernetes validates it: the part that krmfn writes."""

RULES: dict[str, Rule] = {
    "(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))": (
        lambda it: ("chart" in it) != ("chartRef" in it)
    ),
    "has(self.configMapRef) || has(self.secretRef)": lambda it: "configMapRef" in it or "secretRef" in it,
    "!has(self.configMapRef) || !has(self.secretRef)": lambda it: "configMapRef" not in it or "secretRef" not in it,
    "!has(self.retryInterval) || self.name != 'RemediateOnFailure'": (
        lambda it: "retryInterval" not in it or it["name"] != "RemediateOnFailure"
    ),
    "!has(self.retryInterval) || self.name == 'RetryOnFailure'": (
        lambda it: "retryInterval" not in it or it["name"] == "RetryOnFailure"
    ),
}
"""CEL, word for word, and what it says."""

CEL = "x-kubernetes-validations"
OPEN = "x-kubernetes-preserve-unknown-fields"
PLAIN = {
    *("type", "required", "enum", "minLength", "maxLength", "default", "description", "oneOf", "anyOf"),
    *("x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-map-type"),
    "x-kubernetes-list-map-keys",
}
"""Keywords that mean the same to JSON Schema, or nothing to a judge."""


def flux_2_9() -> Draft202012Validator:
    """The judge for helm-controller v1.6.0, from its source."""
    return judge(source("helm-controller") / "config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml")


def network_policies() -> Draft202012Validator:
    """The judge for CiliumNetworkPolicies, from Cilium's source."""
    return judge(source("cilium") / "pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml")


def judge(path: Path) -> Draft202012Validator:
    """The judge that a file with a CustomResourceDefinition makes."""
    [definition] = yaml.load_all(path.read_bytes())
    group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
    [version] = definition["spec"]["versions"]
    schema = strict(version["schema"]["openAPIV3Schema"])
    del schema["properties"]["status"]
    schema["properties"] |= {
        "apiVersion": {"const": f"{group}/{version['name']}"},
        "kind": {"const": kind},
        "metadata": METADATA,
    }
    schema["required"] = ["apiVersion", "kind", "metadata", "spec"]
    # The library's stubs have no types for its parameters.
    judging: type[Draft202012Validator] = extend(Draft202012Validator, {CEL: _cel})  # type: ignore[no-untyped-call]
    judging.check_schema(schema)
    return judging(schema)


def strict(structural: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a structural schema, without room for anything that it does not declare."""
    schema: dict[str, Any] = {}
    for keyword, value in structural.items():
        match keyword:
            case "properties":
                schema[keyword] = {name: strict(inner) for name, inner in value.items()}
            case "items" | "additionalProperties":
                schema[keyword] = strict(value)
            case "pattern":
                # Go's $ is the end of the text; Python's is also before a last line break.
                ended = value.removesuffix("$") + r"\Z" if value.endswith("$") else value
                # No control characters, which Python has no class for.
                schema[keyword] = ended.replace(r"\PC", r"[^\x00-\x1f\x7f-\x9f]")
            case "x-kubernetes-validations":
                schema[keyword] = [rule["rule"] for rule in value]
                assert set(schema[keyword]) <= set(RULES), f"a rule that the judge does not know: {value}"
            case "format":
                # In status, which only controllers write, and in policies, which Cilium's own parser judges too.
                assert value in {"date-time", "int64", "int32", "cidr", "idn-hostname"}, (
                    f"a format that the judge does not know: {value}"
                )
            case "minimum" | "maximum" | "maxItems" | "minItems" | "x-kubernetes-preserve-unknown-fields":
                schema[keyword] = value
            case _:
                assert keyword in PLAIN, f"a keyword that the judge does not know: {keyword}"
                schema[keyword] = value
    if schema.get("type") == "object" and "additionalProperties" not in schema and not schema.get(OPEN):
        schema["additionalProperties"] = False
    return schema


def verdict(judging: Draft202012Validator, resource: dict[str, Any]) -> list[str]:
    """Every complaint about an object, by field; none when it is accepted."""
    return sorted(f"{error.json_path}: {error.message}" for error in judging.iter_errors(resource))


def _cel(_: Draft202012Validator, rules: list[str], instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        yield from (ValidationError(f"is not: {rule}") for rule in rules if not RULES[rule](instance))
