"""CRDs as judges: their structural schemas made strict, and the CEL rules of Flux's kinds in Python.

Strict is what server-side apply is to a field that the schema does not declare: it refuses it. Covered are all rules
(`x-kubernetes-validations`) of the kinds that are judged; one that this module does not know is an error, never passed
over. So is a duration that Go cannot hold: the API server takes it, and the controller then reads no object at all.
Not covered: what an API server does beyond the schema (admission), and what helm-controller refuses later.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from krmfn import yaml
from tests.tools.modules import definitions, source
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Rule = Callable[[dict[str, Any]], bool]

DATA = TESTS.parents[1] / "shared" / "data"
"""Beside the project and not in it."""
HELM_RELEASES = "helm.toolkit.fluxcd.io_helmreleases"

SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z"
LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
KEYS = {"pattern": rf"^([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{LABEL}\Z"}
METADATA = {
    "type": "object",
    "required": ["name", "namespace"],
    "additionalProperties": False,
    "properties": {
        # helm-controller puts the name on every object as a label's value (docs/platform.md#helmrelease).
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
    "!has(self.serviceAccountName) || (has(self.provider) && self.provider == 'azure')": (
        lambda it: "serviceAccountName" not in it or it.get("provider") == "azure"
    ),
    "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))": (
        lambda it: "serviceAccountName" not in it or it.get("provider") in {"azure", "aws"}
    ),
    "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'": (
        lambda it: "verify" not in it or it["sourceRef"]["kind"] == "HelmRepository"
    ),
}
"""CEL, word for word, and what it says."""

CEL = "x-kubernetes-validations"
DURATION = "x-go-duration"
DURATIONS = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
"""How Flux's CRDs have them."""
SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}
LONGEST = Fraction(2**63 - 1, 10**9)
OPEN = "x-kubernetes-preserve-unknown-fields"
PLAIN = {
    *("type", "required", "enum", "minLength", "maxLength", "default", "description", "oneOf", "anyOf"),
    *("x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-map-type"),
    "x-kubernetes-list-map-keys",
}
"""Keywords that mean the same to JSON Schema, or nothing to a judge."""


def of_flux(version: str, crd: str = HELM_RELEASES) -> Draft202012Validator:
    """The judge for one kind of a version of Flux, from its API modules."""
    return judge(definitions(version) / f"{crd}.yaml")


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
    keywords = {CEL: _cel, DURATION: _duration}
    judging: type[Draft202012Validator] = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
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
                schema |= {DURATION: True} if value == DURATIONS else {}
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


def _duration(_: Draft202012Validator, __: bool, instance: Any, ___: Any) -> Iterator[ValidationError]:  # noqa: FBT001
    """What Go's time.ParseDuration does with it: an overflow is an error, and no object of the kind is read again."""
    if isinstance(instance, str):
        parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", instance)
        if sum((Fraction(number) * SECONDS[unit] for number, unit in parts), Fraction()) > LONGEST:
            yield ValidationError(f"'{instance}' is more than a Go duration can hold")
