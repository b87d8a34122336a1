"""JSON Schemas for editors and CI, the examples of function-config/, and the frozen models that a run uses."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from pydantic_core import __version__ as pydantic_core_version

import krmfn
from krmfn import function, resourcelist, yaml
from krmfn.cli.schema import declarations as schema
from krmfn.declarations import Role, role_of
from krmfn.declarations.freeze import FROZEN, freeze
from krmfn.marks import OWNER
from krmfn.resourcelist import ResourceList, annotations_of, group_of
from krmfn.results import has_errors
from tests.folders import tree
from tests.laws import case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "function-config" / "schema"
EXAMPLES = sorted((ROOT / "function-config" / "examples").glob("*.yaml"))
PACKAGES = sorted(path for path in (ROOT / "kustomize").iterdir() if path.is_dir())
DECLARED = [*EXAMPLES, *(path for package in PACKAGES for path in sorted(package.rglob("*.yaml")))]
CASES = sorted(Path(__file__).with_name("cases").glob("*/input.yaml"))
TENANT = ROOT / "function-config" / "examples" / "component-profile.yaml"
"""What the examples that are options and nothing else are run over."""

WARNS = {
    "compute-plane-inline.yaml": {"values-unchecked"},
    "compute-plane-mesh.yaml": {"mesh-needs-kilo", "mesh-opens-management-cluster", "mesh-shares-pod-network"},
    "compute-plane-plain-flux.yaml": {"values-unchecked"},
    "placement.yaml": {"values-unchecked"},
}
"""What is remarked of an example: what the platform's current Flux cannot do, and charts whose values nobody checks."""


def shown(path: Path) -> str:
    return path.parent.name if path in CASES else path.relative_to(ROOT).as_posix()


def example(path: Path) -> ResourceList:
    """An example as a host would give it: its functionConfig apart, and items where it has none of its own."""
    documents = yaml.load_all(path.read_bytes())
    config = documents[0] if documents[0]["kind"] in {"ComputePlane", "ConfigMap"} else None
    items = documents[1:] if config else documents
    spec = (config or {}).get("spec") or {}
    if not items and not spec.get("placements"):
        items = yaml.load_all(TENANT.read_bytes())
    return ResourceList(tuple(items), config)


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / schema.file_of(kind)).read_text(encoding="utf-8")))


def kind_of(document: Resource) -> str:
    """The schema that a document has; nothing where it is no declaration."""
    kind = str(document.get("kind"))
    match group_of(document):
        case "apps.cozystack.io":
            return "Kubernetes" if kind == "Kubernetes" else "Application"
        case "krmfn.dev" | "cozystack.io" if kind in schema.kinds():
            return kind
        case _:
            return ""


def complaints(document: Resource) -> list[str]:
    """What the schema of its kind says against a document."""
    kind = kind_of(document)
    return [f"{error.json_path}: {error.message}" for error in validator(kind).iter_errors(document)] if kind else []


def test_the_schemas_are_current() -> None:
    """In the repository is what the models say, and no schema of a kind that is gone; else `make generate`."""
    assert {path: (SCHEMAS / path).read_bytes() for path in tree(SCHEMAS)} == schema.texts()


@pytest.mark.parametrize("kind", [*schema.kinds(), "Postgres", "JupyterHub"])
def test_each_field_is_described_and_has_an_example(kind: str) -> None:
    """A sentence, and at least one value that the field's own schema takes; of the kinds of apps, two stand for all."""
    made = schema.schema(kind)
    fields = dict(described(made))
    assert len(fields) >= len(("apiVersion", "kind", "metadata", "spec"))
    for path, field in fields.items():
        assert field.get("description", "").endswith("."), path
        assert field.get("examples"), path
        judge = Draft202012Validator({**field, "$defs": made.get("$defs", {})})
        for example in field["examples"]:
            assert [error.message for error in judge.iter_errors(example)] == [], f"{path}: {example}"


def described(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field of a schema and of what it refers to; what a chart's values may be is the chart's to describe."""
    models = {name: each for name, each in made.get("$defs", {}).items() if name[0].isupper()}
    for name, node in {made["title"]: made, **models}.items():
        yield from ((f"{name}.{field}", each) for field, each in node.get("properties", {}).items())


def test_a_kind_of_the_catalog_has_a_schema_of_its_own() -> None:
    """It takes its own kind alone, and refuses what the schema of all apps refuses."""
    database = {"apiVersion": "apps.cozystack.io/v1alpha1", "kind": "Postgres", "metadata": {"name": "main"}}
    own, any_app = (Draft202012Validator(schema.schema(kind)) for kind in ("Postgres", "Application"))
    for judge in (own, any_app):
        assert judge.is_valid({**database, "spec": {"replicas": 2}})
        assert not judge.is_valid({**database, "spec": {"replicas": "two"}})
    assert any_app.is_valid({**database, "kind": "Guestbook"})
    assert not own.is_valid({**database, "kind": "Guestbook"})


@pytest.mark.parametrize("kind", schema.kinds())
def test_a_schema_is_a_schema(kind: str) -> None:
    """It is valid by the dialect that it names, and says in a sentence what its kind is for."""
    written = json.loads(schema.text(kind))
    Draft202012Validator.check_schema(written)
    assert written["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert written["description"].endswith(".")


@pytest.mark.parametrize("path", EXAMPLES, ids=shown)
def test_an_example_says_what_it_shows(path: Path) -> None:
    """Its first line is a sentence."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert re.fullmatch(r"# [A-Z].{30,}\.", first)


@pytest.mark.parametrize("path", EXAMPLES, ids=shown)
def test_an_example_works(path: Path) -> None:
    """The function takes it, makes releases of it, and has nothing to remark but what the table above admits."""
    answer = function.run(example(path))
    assert not has_errors(answer.results), answer.results
    assert {result.code for result in answer.results} == WARNS.get(path.name, set())
    assert any(annotations_of(item).get(OWNER) for item in answer.items)


def test_examples_show_every_kind() -> None:
    """Whoever looks for a kind finds a file to copy."""
    documents = [document for path in EXAMPLES for document in yaml.load_all(path.read_bytes())]
    assert {kind_of(document) for document in documents} == {*schema.kinds(), ""}
    assert {document["kind"] for document in documents if not kind_of(document)} == {"ConfigMap"}


@pytest.mark.parametrize("path", DECLARED, ids=shown)
def test_what_users_copy_validates(path: Path) -> None:
    """Every declaration in function-config/examples and kustomize/ is valid to its schema."""
    documents = yaml.load_all(path.read_bytes())
    assert documents
    for document in documents:
        assert not complaints(document)


def declarations(given: ResourceList) -> Iterator[Resource]:
    """What the function reads: the functionConfig and the items; a ComputePlane among these is not read."""
    if given.function_config and given.function_config["kind"] == "ComputePlane":
        yield given.function_config
    for item in given.items:
        if role_of(item) in {Role.DECLARATION, Role.DEFINITION} and item["kind"] != "ComputePlane":
            yield item


@pytest.mark.parametrize("path", CASES, ids=shown)
def test_what_the_function_accepts_validates(path: Path) -> None:
    """Every declaration of a case without errors is valid to its schema: an editor never marks what a run takes.

    But for what an editor cannot know: that a definition in another file judges, or that Flux fills a variable in.
    """
    _, given, answer = case(path.parent)
    plane = (given.function_config or {}).get("spec") or {}
    defined = any(item.get("kind") == "ApplicationDefinition" for item in given.items)
    if not has_errors(answer.results) and not defined and not plane.get("postBuild"):
        for declaration in declarations(given):
            assert not complaints(declaration)


BAD = [
    ("placement.yaml", "Placement", "spec.clutser", "lab", "'clutser' was unexpected"),
    ("placement.yaml", "Placement", "spec.cluster", "", "'' should be non-empty"),
    ("placement.yaml", "Placement", "spec.apps", [], "[] should be non-empty"),
    ("placement.yaml", "Placement", "spec.apps.0.kind", 1, "1 is not of type 'string'"),
    ("placement.yaml", "Placement", "spec.connections.0.to", {"kind": "Postgres"}, "'name' is a required property"),
    ("placement.yaml", "Placement", "spec.connections.0.ports", [70000], "70000 is greater than"),
    ("placement.yaml", "Placement", "spec.targetNamespace", "No Caps", "'No Caps' does not match"),
    ("placement.yaml", "Placement", "metadata", {"namespace": "x"}, "'name' is a required property"),
    ("placement.yaml", "Kubernetes", "spec.isolationProfile", ["sandbox"], "is not valid under any"),
    ("placement.yaml", "Postgres", "spec", "size: 1Gi", "is not of type 'object'"),
    ("placement.yaml", "Postgres", "apiVersion", "apps.cozystack.io/v1", "was expected"),
    ("isolation-profile.yaml", "IsolationProfile", "spec.podSecurity", "strict", "'strict' is not one of"),
    ("isolation-profile.yaml", "IsolationProfile", "spec.pin", {}, "'pin' was unexpected"),
    ("component-profile.yaml", "ComponentProfile", "spec.bundles", "gateway", "is not valid under any"),
    ("application-definition.yaml", "ApplicationDefinition", "spec.release.prefix", "Guest", "does not match"),
    ("application-definition.yaml", "ApplicationDefinition", "spec.release.chartRef.kind", "Chart", "is not one of"),
    ("compute-plane-inline.yaml", "ComputePlane", "spec.scope", "tennant", "is not one of"),
    ("compute-plane-inline.yaml", "ComputePlane", "spec.target.flux", 2.8, "is not valid under any"),
    ("compute-plane-inline.yaml", "ComputePlane", "spec.target.fluxx", "2.8", "'fluxx' was unexpected"),
    ("compute-plane-inline.yaml", "ComputePlane", "spec.defaults", {"interval": "1d"}, "'1d' does not match"),
    ("compute-plane-inline.yaml", "ComputePlane", "spec.cluster", [], "'cluster' was unexpected"),
    ("compute-plane-mesh.yaml", "ComputePlane", "spec.meshes.0.clusters.0.allowedNetworks", [], "should be non-empty"),
    ("compute-plane-mesh.yaml", "ComputePlane", "spec.meshes.0.clusters.0.podCIDRs", [], "'podCIDRs' was unexpected"),
    ("isolation-profile-sandbox.yaml", "IsolationProfile", "spec.quota", {"pods": 1.5}, "1.5 is not of type"),
    ("isolation-profile-sandbox.yaml", "IsolationProfile", "spec.limits.0.type", "Node", "'Node' is not one of"),
    ("compute-plane-inline.yaml", "ComputePlane", "spec.validateOnly", "true", "is not of type 'boolean'"),
]


@pytest.mark.parametrize(
    ("file", "kind", "field", "value", "complaint"), BAD, ids=[f"{row[1]}.{row[2]}" for row in BAD]
)
def test_what_the_function_refuses_by_its_shape_does_not_validate(
    file: str, kind: str, field: str, value: Any, complaint: str
) -> None:
    """An unknown field, a wrong type or a bad pattern is a complaint of the schema, and an error of the function."""
    given = example(EXAMPLES[0].with_name(file))
    documents = copy.deepcopy([*given.items, *([given.function_config] if given.function_config else [])])
    document = next(document for document in documents if document["kind"] == kind)
    place: Any = document
    *outer, last = field.split(".")
    for step in outer:
        place = place[int(step) if isinstance(place, list) else step]
    place[last] = value
    found = best_match(validator(kind_of(document)).iter_errors(document))
    assert found
    assert complaint in found.message
    config = next((each for each in documents if each["kind"] == "ComputePlane"), None)
    items = tuple(each for each in documents if each is not config)
    assert has_errors(function.run(ResourceList(items, config)).results)


LOCKED = re.search(r"^pydantic-core==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)


# What another release of the library freezes may look otherwise; the project's own environment has the locked one.
if LOCKED and LOCKED[1] == pydantic_core_version:

    def test_frozen_models_are_current() -> None:
        """What is frozen is what the models say; else `make generate`."""
        assert json.loads(FROZEN.read_bytes()) == json.loads(json.dumps(freeze()))


RUN_ALL = """
import sys
from pathlib import Path
from krmfn import function, resourcelist
for path in sys.argv[1:]:
    sys.stdout.write(resourcelist.dump(function.run(resourcelist.load(Path(path).read_bytes()))))
    sys.stdout.write("#####\\n")
"""


def test_frozen_models_find_what_the_models_find(tmp_path: Path) -> None:
    """A krmfn whose frozen models fit no library makes them anew, and answers every case with the same bytes."""
    shutil.copytree(Path(krmfn.__file__).parent, tmp_path / "krmfn", ignore=shutil.ignore_patterns("__pycache__"))
    frozen = tmp_path / "krmfn" / "declarations" / FROZEN.name
    frozen.write_text(json.dumps({kind: {"type": "of-no-library"} for kind in freeze()}), encoding="utf-8")
    # Without coverage: a copy is not measured, and it would take as long again.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", RUN_ALL, *map(str, CASES)]
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert [resourcelist.dump(case(path.parent).answer) for path in CASES] == made.stdout.split("#####\n")[:-1]


VALUES = [
    ("Postgres", {"size": "10GB"}, "does not match"),
    ("Postgres", {"replicas": "2"}, "'2' is not"),
    ("Postgres", {"version": "v9"}, "'v9' is not"),
    ("MariaDB", {"users": {"shop": {"password": ""}}}, "'maxUserConnections' is a required property"),
    ("Kubernetes", {"nodeGroups": {"md0": {"minReplicas": 1}}}, "is a required property"),
    ("Kubernetes", {"addons": {"certManger": {}}}, "'certManger' was unexpected"),
]


@pytest.mark.parametrize(("kind", "spec", "complaint"), VALUES, ids=[f"{row[0]}-{row[2]}" for row in VALUES])
def test_an_editor_marks_values_that_the_function_refuses(kind: str, spec: dict[str, Any], complaint: str) -> None:
    """The schema of an app knows the values of each kind; what the chart's own values give need not be there."""
    app = {"apiVersion": "apps.cozystack.io/v1alpha1", "kind": kind, "metadata": {"name": "x", "namespace": "tenant-x"}}
    assert not complaints(app)
    assert not complaints({**app, "spec": None})
    told = [leaf for error in validator(kind_of(app)).iter_errors({**app, "spec": spec}) for leaf in leaves(error)]
    assert any(complaint in message for message in told), told


def leaves(error: Any) -> list[str]:
    """The message of an error, and those of the choices below it."""
    return [error.message, *(each for inner in error.context for each in leaves(inner))]
