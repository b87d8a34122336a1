"""Makes krmfn/catalog/shapes: what the values of each kind may be, from the platform's definitions and chart schemas.

``python -m tests.shapes`` writes them all. Only facts are taken over: names, types, choices, patterns, bounds and
what is required. Texts of others (descriptions, titles) are left out, and so are default values: of these only the
names count, for Helm merges a user's values into the chart's own before it looks for what is required.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn import yaml
from tests.platform.bounds import bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SHAPES = ROOT / "krmfn/catalog/shapes"
DATA = ROOT.parent / "shared/data"
"""Real definitions and schemas, beside the project and not in it."""
TARGET = "1.6"
RELEASE = DATA / "cozystack-1.6.2"
EXTERNAL = DATA / "applicationdefinitions-external"

KEPT = ("type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
"""Keywords that are taken over as they are."""
LEFT_OUT = frozenset(
    {
        # Texts, and what a user interface makes of a field.
        *("title", "description", "$schema", "x-cozystack-options", "x-cozy-widget", "x-cozy-options"),
        "x-cozy-sensitive",
        # `self == oldSelf` throughout: what may not change later. Helm knows nothing of it.
        "x-kubernetes-validations",
    }
)
"""Keywords that say nothing of what a value may be; one that is in neither list stops the generator."""
READ = ("properties", "required", "additionalProperties", "items", "anyOf", "default")
OPEN, INT_OR_STRING = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"
NO_CHART = {"virtualprivatecloud": "vpc"}
"""Definitions that are not called like their chart."""
QUANTITY = "[KMGTPE]i)|[numkMGTPE]"
"""What the patterns of quantities have and no other."""
WORTH_SHARING = 60
"""How long a part must be, as text, for two uses of it to be written once."""

# Instance types of KubeVirt that the platform installs: packages/system/kubevirt-instancetypes at v1.6.2 of
# https://github.com/cozystack/cozystack. The charts look a name up in the cluster, where an operator may have more.
_SIZES = {
    "cx1": "medium large xlarge 2xlarge 4xlarge 8xlarge medium1gi large1gi xlarge1gi 2xlarge1gi 4xlarge1gi 8xlarge1gi",
    "d1": "nano micro small medium 2xmedium large xlarge 2xlarge 4xlarge 8xlarge",
    "gn1": "xlarge 2xlarge 4xlarge 8xlarge",
    "m1": "large xlarge 2xlarge 4xlarge 8xlarge large1gi xlarge1gi 2xlarge1gi 4xlarge1gi 8xlarge1gi",
    "n1": "medium large xlarge 2xlarge 4xlarge 8xlarge",
    "o1": "nano micro small medium large xlarge 2xlarge 4xlarge 8xlarge",
    "rt1": "micro small medium large xlarge 2xlarge 4xlarge 8xlarge",
    "u1": "nano micro small medium 2xmedium large xlarge 2xlarge 4xlarge 8xlarge",
}
# Preferences of the same package: what a guest's system needs.
_SYSTEMS = """
ubuntu debian fedora alpine cirros oraclelinux sles linux linux.efi linux.virtiotransitional legacy opensuse.leap
opensuse.tumbleweed centos.stream9 centos.stream10 centos.stream9.desktop centos.stream10.desktop centos.stream9.dpdk
fedora.arm64 fedora.s390x rhel.7 rhel.8 rhel.9 rhel.10 rhel.7.desktop rhel.8.desktop rhel.9.desktop rhel.8.dpdk
rhel.9.dpdk rhel.9.realtime rhel.9.arm64 rhel.10.arm64 rhel.9.s390x rhel.10.s390x windows.xp windows.7 windows.10
windows.11 windows.2k3 windows.2k8 windows.2k12 windows.2k16 windows.2k19 windows.2k22 windows.2k25 windows.7.virtio
windows.10.virtio windows.11.virtio windows.2k8.virtio windows.2k12.virtio windows.2k16.virtio windows.2k19.virtio
windows.2k22.virtio windows.2k25.virtio
"""
PREFERENCES = _SYSTEMS.split()
INSTANCE_TYPES = [f"{series}.{size}" for series, sizes in _SIZES.items() for size in sizes.split()]
_DURATION = {"x-go-duration": True}
MORE: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {
    "Kubernetes": {
        # A misspelt addon would leave a cluster without it, and nothing would say so.
        ("addons",): {"additionalProperties": False},
        ("nodeGroups", "*", "instanceType"): {"x-known": INSTANCE_TYPES},
        ("nodeGroups", "*", "nodeStartupTimeout"): _DURATION,
        ("nodeHealthCheck", "nodeStartupTimeout"): _DURATION,
    },
    "KubernetesNodes": {("instanceType",): {"x-known": INSTANCE_TYPES}, ("nodeStartupTimeout",): _DURATION},
    "VMInstance": {("instanceType",): {"x-known": INSTANCE_TYPES}, ("instanceProfile",): {"x-known": PREFERENCES}},
}
"""What the schemas leave open and the platform does not, in keywords of krmfn's own: a MachineHealthCheck takes Go's
durations, charts look up instance types, and no chart reads an addon that it does not know. What definitions of other
objects allow is in tests/platform/bounds.yaml."""
INNER = {"*": "additionalProperties", "[]": "items"}
"""In a place, any key of a map and any entry of a list."""


GIVEN: dict[str, dict[str, Any]] = {
    # Its values.yaml has an empty one at 391e9f2 of https://github.com/aenix-io/cozyllm; its schema gives no default.
    "Litellm": {"masterKey": {}},
}
"""What a chart's own values have beside what its schema gives a default."""


class Source(NamedTuple):
    """A kind's definition, and the schema of its chart where that is known on its own."""

    kind: str
    chart: str
    definition: dict[str, Any]
    schema: dict[str, Any] | None


def sources() -> Iterator[Source]:
    """Every kind that there is data of, in the order of files."""
    for path in sorted((RELEASE / "applicationdefinitions").glob("*.yaml")):
        schema = RELEASE / "schemas" / f"{NO_CHART.get(path.stem, path.stem)}.json"
        yield _source(yaml.load(path.read_bytes()), json.loads(schema.read_bytes()))
    for path in sorted(EXTERNAL.rglob("*.yaml")):
        for document in yaml.load_all(path.read_bytes()):
            yield _source(document, None)


def _source(definition: Any, schema: dict[str, Any] | None) -> Source:
    application, release = definition["spec"]["application"], definition["spec"]["release"]
    return Source(application["kind"], release["chartRef"]["name"], json.loads(application["openAPISchema"]), schema)


def disagreements(source: Source) -> list[str]:
    """Where a definition and its chart's schema do not say the same of values; nothing where only one is known."""
    if source.schema is None:
        return []
    return list(_differences(_facts(source.definition), _facts(source.schema), ""))


def _differences(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _differences(one.get(key), other.get(key), f"{place}/{key}")
    elif one != other:
        yield place


def shape(source: Source) -> dict[str, Any]:
    """The shape of a kind's values.

    Raises:
        ValueError: the definition and the chart's schema disagree, or say something that this module cannot read.
    """
    if wrong := disagreements(source):
        message = f"{source.kind}: definition and chart disagree at {wrong}; decide which is stricter, here"
        raise ValueError(message)
    facts = _facts(source.schema or source.definition)
    for place, more in MORE.get(source.kind, {}).items():
        _at(facts, place).update(more)
    for bound in bounds():
        if bound.kind == source.kind and not bound.by_rule:
            _at(facts, bound.place).update(bound.more)
    shared, rest = _shared(facts)
    given = {**GIVEN.get(source.kind, {}), **_given(source.schema or source.definition)}
    return {"x-chart": source.chart, "x-given": given, **({"$defs": shared} if shared else {}), **rest}


def _facts(schema: Any) -> dict[str, Any]:
    """What a schema says of a value, in the words of JSON Schema."""
    if unknown := schema.keys() - {*KEPT, *READ, *LEFT_OUT, OPEN, INT_OR_STRING}:
        message = f"keywords that nobody decided about: {sorted(unknown)}"
        raise ValueError(message)
    facts = {key: schema[key] for key in KEPT if key in schema}
    if schema.get(INT_OR_STRING) or "anyOf" in schema:
        if schema["anyOf"] != [{"type": "integer"}, {"type": "string"}]:
            message = f"a choice that nobody decided about: {schema['anyOf']}"
            raise ValueError(message)
        facts = {"type": ["integer", "string"], **facts}
    if schema.get("required"):
        facts["required"] = sorted(schema["required"])
    if "properties" in schema:
        facts["properties"] = {name: _facts(inner) for name, inner in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        facts["additionalProperties"] = _facts(schema["additionalProperties"])
    elif "additionalProperties" in schema:
        facts["additionalProperties"] = schema["additionalProperties"]
    elif schema.get(OPEN):
        facts["additionalProperties"] = True
    if "items" in schema:
        facts["items"] = _facts(schema["items"])
    return facts


def _given(schema: Any) -> dict[str, Any]:
    """The names that the chart's own values have, each with those inside it.

    The charts' schemas are made from their values, so what has a default there has a value here: compared with the
    values.yaml of all charts at v1.6.2. Two defaults of KubernetesNodes stand for what the chart computes, and are
    required nowhere.
    """
    given: dict[str, Any] = {}
    for name, inner in schema.get("properties", {}).items():
        within = _given(inner)
        default = inner.get("default")
        if within or "default" in inner:
            given[name] = {**(_names(default)), **within}
    return given


def _names(value: Any) -> dict[str, Any]:
    return {key: _names(inner) for key, inner in value.items()} if isinstance(value, dict) else {}


def _at(facts: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    for step in place:
        facts = facts[INNER[step]] if step in INNER else facts["properties"][step]
    return facts


def _shared(facts: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parts that occur more than once, by the name of the field where each stands first; and the rest."""
    uses: dict[str, list[str]] = {}
    for name, part in _parts(facts, ""):
        text = json.dumps(part)
        if len(text) > WORTH_SHARING:
            uses.setdefault(text, []).append(name)
    names: dict[str, str] = {}
    for text, where in uses.items():
        if len(where) > 1:
            called = "quantity" if QUANTITY in text else where[0]
            taken = sum(name.rstrip("0123456789") == called for name in names.values())
            names[text] = f"{called}{taken + 1 if taken else ''}"
    used: dict[str, Any] = {}
    rest = {key: _replaced(value, names, used) for key, value in facts.items()}
    return dict(sorted(used.items())), rest


def _parts(facts: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside another, with the name of the field that it is of."""
    for key, inner in facts.get("properties", {}).items():
        yield key, inner
        yield from _parts(inner, key)
    for key in ("additionalProperties", "items"):
        if isinstance(facts.get(key), dict):
            yield name, facts[key]
            yield from _parts(facts[key], name)


def _replaced(node: Any, names: dict[str, str], used: dict[str, Any]) -> Any:
    if not isinstance(node, dict):
        return node
    name = names.get(json.dumps(node))
    if name is None:
        return {key: _replaced(inner, names, used) for key, inner in node.items()}
    if name not in used:
        used[name] = {}
        used[name] = {key: _replaced(inner, names, used) for key, inner in node.items()}
    return {"$ref": f"#/$defs/{name}"}


def text(made: dict[str, Any]) -> str:
    """The shape as JSON, one field a line, so that a change can be read."""
    lines = []
    for key, value in made.items():
        if key in {"$defs", "properties"}:
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items())
            lines.append(f' "{key}": {{\n{inner}\n }}' if value else f' "{key}": {{}}')
        else:
            lines.append(f' "{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def made() -> dict[str, str]:
    """The text of every file, by its path below the project."""
    folder = SHAPES / TARGET
    return {str((folder / f"{each.kind}.json").relative_to(ROOT)): text(shape(each)) for each in sources()}


def main() -> None:
    """Writes the files."""
    if not RELEASE.is_dir():
        message = f"{RELEASE} is absent: the shapes stay as they are"
        raise SystemExit(message)
    (SHAPES / TARGET).mkdir(parents=True, exist_ok=True)
    for path, content in made().items():
        (ROOT / path).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
