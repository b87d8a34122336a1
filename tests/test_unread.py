"""What looks like a declaration and is not read is told: documents that are no objects, and files of another ending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.command_line import run_in
from tests.declarations import app, plane, redis

if TYPE_CHECKING:
    from pathlib import Path

CACHE = redis("tenant-acme")
INDENTED = "".join(f"  {line}\n" for line in CACHE.splitlines())


@pytest.fixture
def tenant(tmp_path: Path) -> Path:
    """A tenant in which nothing refers to what is not read."""
    (tmp_path / "plane.yaml").write_text(plane("{}"))
    (tmp_path / "other.yaml").write_text(app("Redis", "other"))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CACHE.replace("kind:", "Kind:"), "has a document with no kind, so it is not read; write kind instead of Kind"),
        (
            CACHE.replace("apiVersion:", "apiversion:"),
            "with no apiVersion, so it is not read; write apiVersion instead",
        ),
        (CACHE.replace("kind:", "kind\u200b:"), "instead of kind? (it contains U+200B, which is invisible)"),
        (
            CACHE.replace("apiVersion: apps.cozystack.io/v1alpha1\n", ""),
            "with no apiVersion, so it is not read; add it",
        ),
        (CACHE.replace("kind: Redis\n", ""), "has a document with no kind, so it is not read; add it"),
    ],
)
def test_an_object_without_what_names_it_is_an_error(tenant: Path, text: str, says: str) -> None:
    """Neither krmfn nor Kubernetes knows what it is: its author does."""
    (tenant / "cache.yaml").write_text(text)
    answer = run_in(tenant, "check")
    assert answer.returncode == 1
    assert answer.stdout.startswith("error: cache.yaml: ")
    assert says in answer.stdout


@pytest.mark.parametrize("text", [f"cache:\n{INDENTED}", f"-\n{INDENTED}", f"items:\n-\n{INDENTED}"])
def test_a_declaration_inside_another_value_is_told(tenant: Path, text: str) -> None:
    """It may be a value of a chart, so it is a warning."""
    (tenant / "cache.yaml").write_text(text)
    answer = run_in(tenant, "check")
    assert answer.returncode == 0
    assert answer.stdout.startswith("warning: cache.yaml: contains Redis, which is not read: it is inside another")


@pytest.mark.parametrize(
    "text", [f"--- |\n{INDENTED}", f"- |\n{INDENTED}", f"apiVersion: v1\nkind: List\nitems:\n- |\n{INDENTED}"]
)
def test_a_text_in_the_place_of_an_object_is_an_error(tenant: Path, text: str) -> None:
    """Nobody applies it: no cluster reads a text as an object."""
    (tenant / "cache.yaml").write_text(text)
    answer = run_in(tenant, "check")
    assert answer.returncode == 1
    assert answer.stdout.startswith(
        "error: cache.yaml: has a text where an object is expected, with a declaration in it"
    )


def test_a_declaration_in_the_data_of_a_config_map_is_data(tenant: Path) -> None:
    """Another program reads it; krmfn passes the ConfigMap on as it is."""
    data = INDENTED.replace("\n  ", "\n    ")
    (tenant / "data.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: tenant-acme}}\ndata:\n  a.yaml: |\n  {data}"
    )
    assert run_in(tenant, "check").returncode == 0


def test_a_list_under_another_name_is_refused(tenant: Path) -> None:
    """`kind: list` is no List: it goes on unexpanded."""
    (tenant / "cache.yaml").write_text(f"apiVersion: v1\nkind: list\nitems:\n-\n{INDENTED}")
    assert "Redis in a list is not expanded" in run_in(tenant, "check").stdout


@pytest.mark.parametrize("name", ["cache.yml.txt", "cache.yamll", ".cache.yaml", "cache.yaml "])
def test_a_declaration_in_a_file_of_another_ending_is_told(tenant: Path, name: str) -> None:
    """Who renamed it did not mean that it goes."""
    (tenant / name).write_text(CACHE)
    assert ": names one of krmfn's groups, but is not read" in run_in(tenant, "check").stdout


@pytest.mark.parametrize("name", ["cache.yaml~", "cache.yaml.bak", "cache.yaml.disabled", "cache.yaml.j2", "cache.md"])
def test_what_is_kept_on_purpose_is_not(tenant: Path, name: str) -> None:
    """Editors' leftovers, templates, and prose that quotes a manifest."""
    (tenant / name).write_text(CACHE)
    assert run_in(tenant, "check").stdout == ""


def test_others_documents_are_not(tenant: Path) -> None:
    """Values of a chart, and whatever else has a spec."""
    (tenant / "values.yaml").write_text("spec: {a: 1}\nkind: daemon\nmetadata: {}\n")
    assert run_in(tenant, "check").stdout == ""


def test_what_is_left_out_is_missing_nowhere(tenant: Path) -> None:
    """A cluster in a misspelt namespace is one error: the placement on it does not say that it is not there."""
    (tenant / "lab.yaml").write_text(app("Kubernetes", "lab", namespace="tenant-amce"))
    (tenant / "p.yaml").write_text(
        "apiVersion: krmfn.dev/v1alpha1\nkind: Placement\nmetadata: {name: p, namespace: tenant-acme}\n"
        "spec: {cluster: lab, apps: [{kind: ComfyUI, name: studio}]}\n"
    )
    (tenant / "studio.yaml").write_text(app("ComfyUI", "studio"))
    (line,) = run_in(tenant, "check").stdout.splitlines()
    assert line.startswith("error: lab.yaml:5:3: Kubernetes tenant-amce/lab metadata.namespace: ")
    assert 'did you mean "tenant-acme"?' in line


REAL, NAMED = "apiVersion: v2\nname: chart\nversion: 1.0.0\n", "name: no chart of Helm's\n"


@pytest.mark.parametrize(
    ("chart", "path"),
    [
        (REAL, "chart/more/cache.yaml"),
        (REAL, "chart/more/templates/cache.yaml"),
        (NAMED, "chart/templates/cache.yaml"),
        (REAL, "chart/cache.yaml"),
    ],
)
def test_a_declaration_in_a_chart_is_told(tenant: Path, chart: str, path: str) -> None:
    """By one file more, all that is in a folder is read no longer; each declaration in it is pointed out."""
    (tenant / path).parent.mkdir(parents=True)
    (tenant / "chart/Chart.yaml").write_text(chart)
    (tenant / path).write_text(f"apiVersion: v1\nkind: List\nitems:\n-\n{INDENTED}")
    answer = run_in(tenant, "check")
    assert (answer.returncode, answer.stdout.count("\n")) == (0, 1)
    assert answer.stdout.startswith(f"warning: {path}: ")
    assert "is not read: Chart.yaml" in answer.stdout
    (tenant / ".krmignore").write_text("cache.yaml\n")
    assert run_in(tenant, "check").stdout == ""


@pytest.mark.parametrize(
    "path",
    [
        "chart/templates/cache.yaml",
        "chart/crds/cache.yaml",
        "chart/charts/inner/cache.yaml",
        "chart/more/inner/templates/cache.yaml",
        "chart/more/.hidden/cache.yaml",
        "chart/more/cache.txt",
        "chart/values-cache.yaml",
    ],
)
def test_what_helm_reads_in_a_chart_is_not(tenant: Path, path: str) -> None:
    """A template is no declaration, also in a chart inside another folder of a chart."""
    (tenant / path).parent.mkdir(parents=True)
    (tenant / path).write_text(CACHE)
    for folder in ("chart", "chart/more/inner"):
        (tenant / folder).mkdir(parents=True, exist_ok=True)
        (tenant / folder / "Chart.yaml").write_text(REAL)
    template = tenant / "chart/more/inner/template.yaml"
    template.write_text(CACHE.replace("name: cache", "name: {{ .Release.Name }}"))
    assert run_in(tenant, "check").stdout == ""


def test_links_in_a_chart_are_followed_once(tenant: Path) -> None:
    """Also one that leads to where it is."""
    (tenant / "chart/more").mkdir(parents=True)
    (tenant / "chart/Chart.yaml").write_text(REAL)
    (tenant / "chart/more/again").symlink_to("..")
    (tenant / "chart/more/cache.yaml").write_text(CACHE)
    assert run_in(tenant, "check").stdout.startswith("warning: chart/more/cache.yaml: ")
