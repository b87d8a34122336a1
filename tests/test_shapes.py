"""Shapes of values: made from real definitions and schemas, small, and true to what Helm makes of values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from krmfn import catalog, function, yaml
from krmfn.catalog import Catalog
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity
from krmfn.topology.checks.fits import fits
from krmfn.topology.checks.misfits import misfits
from krmfn.topology.checks.openapi import SchemaError, read
from krmfn.topology.checks.patternmatch import matches
from krmfn.topology.checks.patterns import spelled
from tests import shapes
from tests.command_line import run

FILES = sorted((Path(catalog.__file__).parent / "shapes").rglob("*.json"))
SHIPPED = Catalog.shipped()
RENDERED = sorted((shapes.RELEASE / "rendered").glob("*.values.yaml"))


def test_there_are_shapes_and_they_are_small() -> None:
    """Facts of 35 kinds in 100 kB: no text of others, and nothing written out twice."""
    assert len(FILES) >= 35
    assert sum(path.stat().st_size for path in FILES) < 100_000
    words = {"description", "title", "default", "example", "x-cozystack-options"}
    for path in FILES:
        assert not words & set(re.findall(r'"([^"]+)": ', path.read_text(encoding="utf-8").partition('"type"')[2]))


def test_an_unknown_kind_has_no_shape() -> None:
    """A name is looked up, never followed as a path."""
    assert [SHIPPED.shape(name) for name in ("Guestbook", "../1.6/Redis", "", "redis")] == [None] * 4


def patterns(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(patterns, node))
    if not isinstance(node, dict):
        return set()
    own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
    return own.union(*map(patterns, node.values()))


SAMPLES = [
    "10Gi",
    "10GB",
    "10 Gi",
    "1e3",
    "-1.5",
    ".5",
    "",
    "a\n",
    "a/b",
    "org/model-1.5_x",
    "x.example.org",
    "5Gi\n",
    "٣Gi",
]


def test_patterns_of_shapes_need_no_other_spelling() -> None:
    """They go to the engine as they are; that is right as long as RE2 and the engine agree on them."""
    found = set().union(*(patterns(json.loads(path.read_bytes())) for path in FILES))
    assert found
    for pattern in found:
        assert [matches(pattern, text) for text in SAMPLES] == [matches(spelled(pattern)[0], text) for text in SAMPLES]


@pytest.mark.parametrize("folder", ["components", "bundles", "isolation"])
def test_what_krmfn_ships_for_clusters_fits(folder: str) -> None:
    """Values of profiles and bundles, and pins: nothing in them is unknown or of another type."""
    shape = SHIPPED.shape("Kubernetes")
    assert shape
    files = sorted((Path(catalog.__file__).parent / folder).glob("*.yaml"))
    assert files
    for path in files:
        document = yaml.load(path.read_bytes())
        spec = document.get("spec", document)
        assert not list(misfits(spec.get("values") or spec.get("pins") or {}, shape.schema, shape.given))


def cluster(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "dev", "namespace": "tenant-acme"}
    return {"apiVersion": "apps.cozystack.io/v1alpha1", "kind": "Kubernetes", "metadata": metadata, "spec": spec}


GROUP = {"minReplicas": 1, "maxReplicas": 3, "instanceType": "u1.large", "diskSize": "40Gi"}


def app(kind: str, **spec: Any) -> dict[str, Any]:
    return {**cluster(**spec), "kind": kind}


def group(**changed: Any) -> dict[str, Any]:
    return cluster(nodeGroups={"md0": {**GROUP, **changed}})


# Each: what a user wrote, the field that is told, and what the message shows to be right.
MISTAKES = {
    "nodeGroup:": (cluster(nodeGroup={"md0": GROUP}), "spec.nodeGroup", '"nodeGroups"'),
    'minReplicas: "1"': (group(minReplicas="1"), "spec.nodeGroups.md0.minReplicas", "without quotes"),
    "min 9 over max 3": (group(minReplicas=9), "spec.nodeGroups.md0.minReplicas", "at most maxReplicas"),
    "version: v9.99": (cluster(version="v9.99"), "spec.version", '"v1.35"'),
    "addons.certManger": (cluster(addons={"certManger": {}}), "spec.addons.certManger", '"certManager"'),
    "sizee:": (app("Postgres", sizee="10Gi"), "spec.sizee", '"size"'),
    "size: 10GB": (app("Postgres", size="10GB"), "spec.size", "10Gi"),
    "instanceType: u1.larg": (group(instanceType="u1.larg"), "spec.nodeGroups.md0.instanceType", '"u1.large"'),
    'replicas: "two"': (app("Postgres", replicas="two"), "spec.replicas", "a whole number"),
    "a user without what the chart requires": (
        app("MariaDB", users={"shop": {}}),
        "spec.users.shop.maxUserConnections",
        "a whole number",
    ),
    "storageClas": (app("Redis", storageClas="local"), "spec.storageClas", '"storageClass"'),
    "a port as text": (app("VMInstance", externalPorts=["22"]), "spec.externalPorts[0]", "without quotes"),
    "a list for a map": (app("Postgres", users=["shop"]), "spec.users", "a mapping"),
    "a map for a list": (group(roles={"ingress-nginx": True}), "spec.nodeGroups.md0.roles", "a list"),
    "null for a required field": (group(diskSize=None), "spec.nodeGroups.md0.diskSize", "10Gi"),
    "a boolean as text": (app("Redis", external="true"), "spec.external", "true or false"),
    "an enum in other case": (
        cluster(addons={"ingressNginx": {"exposeMethod": "proxied"}}),
        "spec.addons.ingressNginx.exposeMethod",
        '"Proxied"',
    ),
    "a quantity with a space": (app("Redis", size="10 Gi"), "spec.size", "without a space"),
    "a duration without unit": (
        group(nodeStartupTimeout="10"),
        "spec.nodeGroups.md0.nodeStartupTimeout",
        "10m",
    ),
    "an unknown addon": (cluster(addons={"kyverno": {}}), "spec.addons.kyverno", "certManager"),
    "a renamed kind: MySQL": (app("MySQL"), "kind", "since Cozystack 1.0 there is no MySQL: declare MariaDB"),
    "a renamed kind: VirtualMachine": (app("VirtualMachine"), "kind", "declare VMInstance and VMDisk"),
    "a node group without disk": (
        cluster(nodeGroups={"md0": {key: value for key, value in GROUP.items() if key != "diskSize"}}),
        "spec.nodeGroups.md0.diskSize",
        "is required: a quantity like",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_typical_mistake_is_one_error_that_shows_what_is_right(mistake: str) -> None:
    """At its field, with the right spelling."""
    item, field, right = MISTAKES[mistake]
    answer = function.run(ResourceList((item,)))
    found = [each for each in answer.results if each.severity is Severity.ERROR and each.field == field]
    assert [right in each.message for each in found] == [True]


def line_of(text: str, field: str) -> int:
    """The line of a field, or of what is to have it: the last line that a step of its path is found on."""
    lines, at = text.splitlines(), 0
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", field):
        wanted = f"{name}:" if name else "- "
        found = [number for number, line in enumerate(lines) if number >= at and line.lstrip().startswith(wanted)]
        at = found[int(index or 0)] if found else at
    return at + 1


def test_each_mistake_is_shown_at_its_line(tmp_path: Path) -> None:
    """`krmfn check` says file, line, field and what is right of each, all of them at once."""
    for number, (item, _, _) in enumerate(MISTAKES.values()):
        named = {**item, "metadata": {**item["metadata"], "name": f"m{number}"}}
        (tmp_path / f"{number}.yaml").write_text(f"# {number}\n{yaml.dump(named)}", encoding="utf-8")
    done = run("check", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    told = json.loads(done.stdout)["results"]
    for number, (mistake, (_, field, right)) in enumerate(MISTAKES.items()):
        text = (tmp_path / f"{number}.yaml").read_text(encoding="utf-8")
        found = [
            each
            for each in told
            if each["severity"] == "error"
            and (each["file"]["path"], each["field"]["path"]) == (f"{number}.yaml", field)
        ]
        assert [(each["file"]["line"], right in each["message"]) for each in found] == [(line_of(text, field), True)], (
            mistake
        )
    assert len(MISTAKES) >= 22


def test_what_substitution_fills_in_is_not_judged() -> None:
    """A variable has no type before Flux puts a value in."""
    metadata = {"name": "plane", "namespace": "tenant-acme"}
    plane = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ComputePlane", "metadata": metadata}
    with_variable = {**plane, "spec": {"postBuild": {"variables": ["REPLICAS"]}}}
    item = app("Redis", replicas="${REPLICAS}")
    assert [each.code for each in function.run(ResourceList((item,), plane)).results] == ["invalid-value"]
    assert [each.code for each in function.run(ResourceList((item,), with_variable)).results] == ["retyped-variable"]


HARD = {
    "deeply nested choices": json.dumps({"type": "object", "properties": {"a": None}}).replace(
        "null", '{"oneOf": [{"type": "integer"}, ' * 40 + '{"type": "string"}' + "]}" * 40
    ),
    "unique entries": '{"type": "object", "properties": {"a": {"type": "array", "uniqueItems": true}}}',
    "a pattern that goes back": '{"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}',
}


@pytest.mark.parametrize("hard", HARD)
def test_a_schema_that_others_take_forever_over(hard: str) -> None:
    """Nested choices are each looked at once, entries are compared by their text, and patterns take linear time."""
    value: Any = [{"n": number} for number in range(20_000)] if hard == "unique entries" else "a" * 50_000 + "!"
    found = list(misfits({"a": value}, read(HARD[hard]), None))
    assert len(found) == (hard == "a pattern that goes back")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('{"type": "object", "properties": {"a": {"type": "string", "pattern": "(a)\\\\1"}}}', "no back-references"),
        ('{"type": ["string", "null"]}', "a type must be one of"),
        ('{"items": [{}]}', "must be a mapping"),
        ('{"properties": {"a": {"minimum": "1"}}}', "minimum must be a number"),
        ('{"multipleOf": 0}', "more than 0"),
        ('{"allOf": {}}', "allOf must be a list"),
        ('{"additionalProperties": 1}', "must be a mapping"),
        ('{"required": [1]}', "a list of names"),
        ('{"not": ' * 150 + "{}" + "}" * 150, "nested more than 100 deep"),
        ("[" * 100_000, "nested too deeply"),
        (json.dumps({"properties": {str(n): {"pattern": f"{n}(a{{900}}){{9}}"} for n in range(9)}}), "more than 20000"),
    ],
)
def test_a_schema_that_kubernetes_would_not_take(wrong: str, said: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(said)):
        read(wrong)


if shapes.RELEASE.is_dir():

    def test_shapes_are_current() -> None:
        """What is committed is what the definitions and schemas say; else `make generate`."""
        made = shapes.made()
        assert {str(path.relative_to(shapes.ROOT)) for path in FILES} == set(made)
        for path, content in made.items():
            assert (shapes.ROOT / path).read_text(encoding="utf-8") == content, path

    def test_definitions_and_charts_agree() -> None:
        """Both judge a release; of 1.6.2 they say the same, so that neither is the stricter one."""
        assert [shapes.disagreements(each) for each in shapes.sources() if shapes.disagreements(each)] == []

    @pytest.mark.parametrize("path", RENDERED, ids=lambda path: path.name.partition(".")[0])
    def test_values_that_helm_rendered_fit(path: Path) -> None:
        """What the real charts took has nothing to be told of."""
        values = yaml.load(path.read_bytes()) or {}
        name = path.name.partition(".")[0]
        shape = next(each for each in map(SHIPPED.shape, kinds_of(name)) if each)
        assert not list(misfits(values, shape.schema, shape.given))
        assert fits(values, shape.schema, shape.given)


def kinds_of(rendered: str) -> list[str]:
    """The kinds whose release could be called so, the longest prefix first."""
    known = {path.stem: SHIPPED.kind(path.stem) for path in FILES}
    prefixes = {kind: (found.prefix or found.name) for kind, found in known.items() if found}
    return sorted(
        (kind for kind, prefix in prefixes.items() if rendered.startswith(prefix.rstrip("-"))),
        key=lambda kind: -len(prefixes[kind]),
    )
