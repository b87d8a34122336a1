"""Line and column of findings: in every format, from disk and from Git, and nothing of it where there is no text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krmfn.fieldpaths import path_of, steps_of
from krmfn.yaml.places import source
from tests.command_line import run_in
from tests.declarations import app, cluster

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history import History

TEXT = """\
# a comment
apiVersion: v1
kind: List
items:
- apiVersion: apps.cozystack.io/v1alpha1
  kind: Postgres
  metadata: {name: one, namespace: tenant-acme}
  spec:
    users:
      lab: {}
    list:
    - a
    - b: 1
---
apiVersion: apps.cozystack.io/v1alpha1
kind: Postgres
metadata:
  name: two
  annotations:
    krmfn.dev/x: "1"
spec:
  <<: {version: v1, size: 2Gi}
  size: 1Gi
"""


@pytest.mark.parametrize(
    ("document", "name", "field", "place"),
    [
        (0, "one", "spec.users.lab", (10, 7)),
        (0, "one", "spec.list[0]", (12, 7)),
        (0, "one", "spec.list[1].b", (13, 7)),
        (0, "one", "metadata.namespace", (7, 25)),
        (1, "two", 'metadata.annotations["krmfn.dev/x"]', (20, 5)),
        (1, "two", "spec.size", (23, 3)),
        (1, "two", "spec.version", (22, 8)),
    ],
)
def test_a_field_is_found_again(document: int, name: str, field: str, place: tuple[int, int]) -> None:
    """In a List, in a flow mapping, behind a quoted key, and through a << whose own keys win."""
    assert source(TEXT.encode()).place(document, "Postgres", name, steps_of(field)) == place


@pytest.mark.parametrize(
    ("field", "place"),
    [("spec.users.ghost.password", (9, 5)), ("spec.list[7]", (11, 5)), ("status", (5, 3)), ("", (5, 3))],
)
def test_an_absent_field_is_the_nearest_one_around_it(field: str, place: tuple[int, int]) -> None:
    """Its parent, its grandparent, and in the end the object."""
    assert source(TEXT.encode()).place(0, "Postgres", "one", steps_of(field)) == place


def test_an_object_is_found_by_its_name_where_the_text_has_changed() -> None:
    """Another object at the number is passed over, and one that is nowhere has no place."""
    found = source(TEXT.encode())
    assert found.place(0, "Postgres", "two", ("spec",)) == (21, 1)
    assert found.place(0, "Postgres", "three", ("spec",)) == (0, 0)


@given(st.lists(st.one_of(st.integers(min_value=0, max_value=99), st.text("ab.[ -/\u0456", min_size=1)), min_size=1))
def test_a_path_is_read_as_it_was_written(steps: list[int | str]) -> None:
    """`steps_of` is the inverse of `path_of`, whatever the keys."""
    assert list(steps_of(path_of(*steps))) == steps


def test_every_format_has_line_and_column(tmp_path: Path) -> None:
    """Of an object in a file, and of a declaration inside the ComputePlane."""
    (tmp_path / "lab.yaml").write_text("---\n" + cluster("lab", spec="{isolationProfile: sandbx}"))
    (tmp_path / "plane.yaml").write_text(
        "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: acme, namespace: tenant-acme}\n"
        "spec:\n  clusters:\n  - name: edge\n    isolationProfile: sandbx\n"
    )
    lines = (tmp_path / "lab.yaml").read_text().splitlines()
    line = next(i for i, each in enumerate(lines, 1) if "sandbx" in each)
    column = lines[line - 1].index("isolationProfile") + 1
    text = run_in(tmp_path, "check").stdout
    assert f"error: lab.yaml:{line}:{column}: Kubernetes tenant-acme/lab spec.isolationProfile: " in text
    assert "  also plane.yaml:7:5: ComputePlane tenant-acme/acme spec.clusters[0].isolationProfile\n" in text
    document = json.loads(run_in(tmp_path, "check", "--format", "json").stdout)
    assert {"path": "lab.yaml", "index": 0, "line": line, "column": column} in [e["file"] for e in document["results"]]
    sarif = json.loads(run_in(tmp_path, "check", "--format", "sarif").stdout)
    regions = [each["locations"][0]["physicalLocation"]["region"] for each in sarif["runs"][0]["results"]]
    assert {"startLine": line, "startColumn": column} in regions
    github = run_in(tmp_path, "check", "--format", "github").stdout
    assert f"::error file=lab.yaml,line={line},col={column},title=" in github
    assert f"lab.yaml:{line}:{column}: " in run_in(tmp_path, "render").stderr


def test_lines_are_those_of_the_revision(history: History) -> None:
    """What is removed is shown where the earlier revision has it; what is there, where the work tree has it."""
    history.commit({"a.yaml": "# one\n# two\n" + cluster("lab"), "b.yaml": app("Postgres", "db")})
    history.write({"a.yaml": None, "b.yaml": "# down\n" + app("Postgres", "db", "{users: {lab: {password: hunter2}}}")})
    document = json.loads(history.check("--against", "HEAD", "--format", "json").stdout)
    places = {each["tags"]["code"]: each["file"] for each in document["results"]}
    assert places["removed-unconfirmed"] == {"path": "a.yaml", "index": 0, "line": 6, "column": 3}
    assert places["inline-credential"] == {"path": "b.yaml", "index": 0, "line": 7, "column": 22}


def test_what_is_no_yaml_has_its_line(tmp_path: Path) -> None:
    """A file that cannot be read is shown at the character that is wrong."""
    (tmp_path / "a.yaml").write_text("apiVersion: krmfn.dev/v1alpha1\nkind: X\n\tfoo: 1\n")
    assert run_in(tmp_path, "check").stdout.startswith("error: a.yaml:3:1: is not YAML that Kubernetes reads: found")
