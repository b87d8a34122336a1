"""The schemas of a starter repository in a real editor's server and in kubeconform, on good and on broken files."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.command_line import run_in
from tests.judges.editor import Editor
from tests.tools.nodepackages import package
from tests.tools.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHERE = "schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
"""As docs/install.md says it: the layout of the CRDs-catalog, by which kubeconform finds custom resources."""
DECLARED = "tenants/acme/declared"


class Broken(NamedTuple):
    """A mistake in a file of the starter, and a word of what a user has to be told."""

    name: str
    right: str
    wrong: str
    word: str

    def text(self, fleet: Path) -> str:
        text = (fleet / DECLARED / self.name).read_text(encoding="utf-8")
        assert self.right in text
        return text.replace(self.right, self.wrong, 1)


BROKEN = [
    Broken("placement.yaml", "  cluster: ", "  clusta: ", "clusta"),
    Broken("database.yaml", "spec:\n", "spec:\n  replicas: two\n", "integer"),
    Broken("notebooks.yaml", "  name: notebooks", "  nam: notebooks", "name"),
    Broken("../compute-plane.yaml", "protect: data", "protect: date", "data"),
]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editors")
    assert run_in(folder, "init").returncode == 0
    return folder


@pytest.fixture(scope="module")
def editor(fleet: Path) -> Iterator[Editor]:
    opened = Editor(package("yaml-language-server"), fleet)
    try:
        yield opened
    finally:
        opened.close()


def declarations(fleet: Path) -> list[Path]:
    found = [*(fleet / "tenants").rglob("*.yaml"), *(fleet / "platform").rglob("*.yaml")]
    return [path for path in found if path.name != "kustomization.yaml"]


def kubeconform(fleet: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [program("kubeconform"), "-verbose", "-schema-location", WHERE, *paths]
    return subprocess.run(command, cwd=fleet, capture_output=True, text=True, check=False)


def test_an_editor_marks_nothing_in_a_starter(fleet: Path, editor: Editor) -> None:
    """By the first line of each file it finds the schema of its kind."""
    assert len(declarations(fleet)) > len(BROKEN)
    for path in declarations(fleet):
        assert editor.wrong(path, path.read_text(encoding="utf-8")) == [], path


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.wrong.strip())
def test_an_editor_marks_a_mistake(fleet: Path, editor: Editor, broken: Broken) -> None:
    """A mistyped field, a value of the wrong type, a field that is missing, a choice that there is not."""
    path = (fleet / DECLARED / broken.name).resolve()
    assert any(broken.word in said for said in editor.wrong(path.with_name(f"broken-{path.name}"), broken.text(fleet)))


def test_an_editor_explains_and_completes(fleet: Path, editor: Editor) -> None:
    """A field's description and its example; and the fields that fit."""
    path = fleet / DECLARED / "placement.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    editor.wrong(path, "\n".join(lines))
    told = editor.hover(path, lines.index("  cluster: playground"), 4)
    assert "A cluster of the same namespace" in told
    assert "Example" in told
    lines.insert(lines.index("spec:") + 1, "  ")
    new = path.with_name("new.yaml")
    editor.wrong(new, "\n".join(lines))
    offered = editor.fitting(new, lines.index("spec:") + 1, 2)
    assert "targetNamespace" in offered
    assert "cluster" not in offered, "it is there already"


def test_kubeconform_passes_a_starter(fleet: Path) -> None:
    """Each declaration has a schema: a missing one would be an error."""
    done = kubeconform(fleet, *declarations(fleet))
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" is valid\n") == len(declarations(fleet))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.wrong.strip())
def test_kubeconform_refuses_a_mistake(fleet: Path, tmp_path: Path, broken: Broken) -> None:
    """The same mistakes, told by their field."""
    path = tmp_path / "broken.yaml"
    path.write_text(broken.text(fleet), encoding="utf-8")
    done = kubeconform(fleet, path)
    assert done.returncode == 1
    assert broken.word in done.stdout
