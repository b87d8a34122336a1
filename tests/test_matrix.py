"""`krmfn matrix`: what each pair of profiles makes of a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from krmfn import function
from krmfn.catalog import Catalog
from krmfn.matrix import matrix
from krmfn.resourcelist import ResourceList
from krmfn.yaml import load_all
from tests.command_line import run_in
from tests.declarations import cluster, plane
from tests.test_reach import CHART, write

if TYPE_CHECKING:
    from tests.command_line import Text

SCHEMA = Path(__file__).parents[1] / "docs/matrix.schema.json"
CLOSED = (
    "apiVersion: krmfn.dev/v1alpha1\nkind: IsolationProfile\nmetadata: {name: closed}\n"
    "spec: {extends: sandbox, egress: {internet: deny}, pins: {oidc: {mode: None}}}\n"
)
BACKED_UP = (
    "apiVersion: krmfn.dev/v1alpha1\nkind: ComponentProfile\nmetadata: {name: backed-up}\n"
    "spec: {extends: standard-addons, bundles: [backup]}\n"
)
OWN = {"plane.yaml": plane(f"{{{CHART}}}"), "closed.yaml": CLOSED, "backed-up.yaml": BACKED_UP}


def told(folder: Path) -> list[dict[str, Any]]:
    """The pairs as JSON, which fits its schema; of a folder with one configuration."""
    answer = run_in(folder, "matrix", "--output", "json")
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    [run] = document["runs"]
    pairs: list[dict[str, Any]] = run["pairs"]
    return pairs


def test_every_pair_is_there(tmp_path: Path) -> None:
    """Each isolation profile with each component profile and with none, the users' own too, and none is refused."""
    pairs = told(write(tmp_path, OWN))
    catalog = Catalog.shipped()
    isolations, components = (*catalog.isolation_names(), "closed"), (*catalog.component_names(), "backed-up", None)
    names = [(each["isolationProfile"], each.get("componentProfile")) for each in pairs]
    assert sorted(names, key=str) == sorted(((one, other) for one in isolations for other in components), key=str)
    assert not any(each["refused"] for each in pairs)


def test_a_pair_is_what_a_cluster_gets(tmp_path: Path) -> None:
    """A cluster that is declared with the two profiles gets exactly these values and objects."""
    write(tmp_path, OWN)
    shown = {(each["isolationProfile"], each.get("componentProfile")): each for each in told(tmp_path)}
    checked = 0
    for isolation, component in [("closed", "backed-up"), ("sandbox", "gpu"), ("standard", "standard-addons")]:
        declared = cluster("example", spec=f"{{isolationProfile: {isolation}, componentProfile: {component}}}")
        texts = f"{CLOSED}---\n{BACKED_UP}---\n{declared}"
        given = ResourceList(tuple(load_all(texts)), load_all(OWN["plane.yaml"])[0])
        generated = function.expand(given).generated
        release = next(each for each in generated if each["metadata"]["name"] == "kubernetes-example")
        pair = shown[isolation, component]
        for path, value in pair["values"].items():
            found: Any = release["spec"]["values"]
            for step in path.split("."):
                found = found[step]
            assert found == value, path
            checked += 1
        assert {(each["kind"], each["name"]) for each in pair["objects"]} == {
            (each["kind"], each["metadata"]["name"]) for each in generated if each is not release
        }
    assert checked > 10


def test_a_pair_that_loses_something_says_so(tmp_path: Path) -> None:
    """A sandbox closes the monitoring that standard-addons sends to: the table has it as a warning."""
    pairs = told(write(tmp_path, OWN))
    warned = {
        (each["isolationProfile"], each.get("componentProfile"))
        for each in pairs
        if "monitoring-unreachable" in {found["tags"]["code"] for found in each["results"]}
    }
    assert ("sandbox", "standard-addons") in warned
    assert ("standard", "standard-addons") not in warned
    assert ("sandbox", "minimal") not in warned
    text = run_in(tmp_path, "matrix").stdout
    assert "closed x backed-up" in text


def test_the_text_is_a_table(tmp_path: Path) -> None:
    """One row a pair, with what differs from a cluster without profiles; an empty folder has the shipped ones."""
    lines = run_in(tmp_path, "matrix").stdout.splitlines()
    assert lines[0].split()[:3] == ["isolationProfile", "componentProfile", "addons"]
    rows = [line.split() for line in lines if line.startswith(("standard ", "sandbox ", "cluster-meshed "))]
    assert len([row for row in rows if "x" not in row]) == 12
    [plain] = [line for line in lines if line.split()[:3] == ["standard", "-", "-"]]
    assert plain.split("  ")[-1].strip() == "-"
    assert plain.split("what the platform leaves open")[1].split() == ["privileged", "available", "-"]
    [box] = [line for line in lines if line.split()[:2] == ["sandbox", "minimal"]]
    assert "what is declared, the internet  restricted    withheld    ConfigMap, CiliumNetworkPolicy, boundary" in box


def ask(folder: Path, *arguments: str) -> Text:
    return run_in(folder, "matrix", *arguments)


def test_what_is_invalid_is_left_out_and_said(tmp_path: Path) -> None:
    """A profile with an error is not in the table; the errors are on stderr, and the exit code is 1."""
    broken = CLOSED.replace("internet: deny", "internet: maybe")
    answer = ask(write(tmp_path, {**OWN, "closed.yaml": broken}), "--output", "markdown")
    assert answer.returncode == 1
    assert "closed.yaml:4" in answer.stderr
    assert "| `sandbox` | `gpu` |" in answer.stdout
    assert "closed" not in answer.stdout


@pytest.mark.parametrize("arguments", [("nowhere",), ("--config", "nowhere"), ("--output", "html")])
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What cannot be done as asked is usage: exit 2, and nothing on stdout."""
    answer = ask(tmp_path, *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")


def test_two_configurations_with_other_profiles_are_two_tables(tmp_path: Path) -> None:
    """A run with profiles of its own has its own table; runs with the same pairs share one."""
    for tenant in ("acme", "blue", "cyan"):
        folder = tmp_path / tenant
        folder.mkdir()
        write(folder, {"plane.yaml": plane(f"{{{CHART}}}", f"tenant-{tenant}", name=tenant)})
        write(folder, {"box.yaml": cluster("box", spec="{isolationProfile: sandbox}", namespace=f"tenant-{tenant}")})
    write(tmp_path / "cyan", {"closed.yaml": CLOSED})
    document = json.loads(ask(tmp_path, "--output", "json").stdout)
    assert [each["configuration"]["name"] for each in document["runs"]] == ["acme", "cyan"]
    assert "ComputePlane cyan (cyan/plane.yaml)" in ask(tmp_path).stdout


def test_nothing_shipped_is_refused() -> None:
    """The shipped pairs all are valid, as values too."""
    from krmfn import declarations  # noqa: PLC0415

    pairs = matrix(declarations.parse(ResourceList(())))
    assert [each for each in pairs if each.is_refused] == []
    assert len(pairs) == 12
