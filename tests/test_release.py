"""What a release is made of, as far as Python alone can make it; tests/hosts/test_release.py builds and installs it."""

from __future__ import annotations

import io
import re
import tarfile
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from krmfn import __version__, yaml
from krmfn.cli.commands import krmfn
from release import HOME, IMAGE, ROOT, TAG, archives, completions, manpages, metadata, notes, pins, plugins
from tests.command_line import run

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PINNED = {
    "README.md",
    "Dockerfile",
    "action.yml",
    "docs/at-scale.md",
    "docs/hosts.md",
    "docs/install.md",
    "docs/pull-requests.md",
    "krmfn/cli/init/starter/.github/workflows/krmfn.yaml",
    "krmfn/cli/init/starter/.pre-commit-config.yaml",
    "templates/krmfn.yml",
}
"""At least these tell a user to fetch something."""
FETCHED = re.compile(
    r"wherever your clone is|\bkrmfn:latest|(?<!/)\bkrmfn:v\d|git\+https://github\.com/krmfn/krmfn(?!@)"
    r"|\b(?:pip|pipx|uv) install '?krmfn(?:\[report\])?'?(?!\[|==)(?=[\s'`])"
)
"""What names no version: it would be another one tomorrow."""
ARCHIVES = {platform: platform.arch.encode() for platform in plugins.PLATFORMS}


def test_whatever_a_user_is_told_to_fetch_is_this_version() -> None:
    """Tags, images, hooks and files of releases, on every page and in every template; `make generate` writes them."""
    named = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in pins.files()}
    for path, text in named.items():
        assert text == pins.pinned(text), path
        assert not FETCHED.findall(text), path
    assert {path for path, text in named.items() if pins.named(text)} >= PINNED
    assert all(set(pins.named(named[path])) <= {TAG, __version__} for path in PINNED)


@pytest.mark.parametrize(
    "old",
    [
        "- uses: krmfn/krmfn@v0.0.7",
        "- component: $CI_SERVER_FQDN/krmfn/krmfn/krmfn@v0.0.7",
        "pip install git+https://github.com/krmfn/krmfn@v0.0.7",
        "- repo: https://github.com/krmfn/krmfn\n  rev: v0.0.7",
        "image: ghcr.io/krmfn/krmfn:v0.0.7",
        "image: ghcr.io/krmfn/krmfn:latest",
        "pip install krmfn==0.0.7",
        "pipx install 'krmfn[report]==0.0.7'",
        "curl https://github.com/krmfn/krmfn/releases/download/v0.0.7/krmfn-0.0.7-man.tar.gz",
    ],
)
def test_another_version_is_found(old: str) -> None:
    """In each form in which a page names one."""
    assert pins.pinned(old) != old
    assert "0.0.7" not in pins.pinned(old)
    assert set(pins.named(pins.pinned(old))) <= {TAG, __version__}


def test_the_newest_version_of_the_changelog_is_this_one() -> None:
    """It has notes, and whether it is released is said there alone."""
    assert notes.versions(CHANGELOG)[0][0] == __version__
    assert notes.of_this_release().startswith(f"# krmfn {__version__}")
    two = "# Changelog\n\n## Unreleased: 9.1.0\n\n- New.\n\n## 9.0.0, 2026-01-01\n\n- Old.\n"
    assert notes.versions(two) == [("9.1.0", False), ("9.0.0", True)]
    assert notes.notes(two, "9.0.0") == "# krmfn 9.0.0\n\n- Old.\n"
    with pytest.raises(notes.NoNotesError, match=r"## 8\.0\.0"):
        notes.notes(two, "8.0.0")


def test_each_command_has_a_man_page() -> None:
    """With its options and its examples, each on a line of its own, and no more pages than commands."""
    pages = manpages.pages()
    commands = {name for name, command in krmfn.commands.items() if not command.hidden}
    assert set(pages) == {"krmfn.1", *(f"krmfn-{name}.1" for name in commands)}
    for name in commands:
        shown = run(name, "--help").stdout.decode()
        page = pages[f"krmfn-{name}.1"].replace("\\-", "-").replace("\\(aq", "'")
        examples = re.findall(r"^  (krmfn .*)$", shown, re.MULTILINE)
        assert examples
        assert f".nf\n.RS 4\n{chr(10).join(examples)}\n.RE" in page
        options = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", shown, re.MULTILINE)
        assert options
        assert all(option in page for option in options)


def test_completions_are_named_as_shells_look_for_them() -> None:
    """One for each shell; each calls krmfn by the variable that it answers to."""
    scripts = completions.scripts()
    assert set(scripts) == {"krmfn.bash", "_krmfn", "krmfn.fish"}
    assert all("_KRMFN_COMPLETE=" in script for script in scripts.values())


def test_the_function_is_defined_by_the_schema_of_its_configuration() -> None:
    """OpenAPI has no definitions, no `const` and no type null; what the schema takes, the definition takes."""
    made = yaml.load(metadata.definition())
    (version,) = made["spec"]["versions"]
    assert version["runtime"] == {"container": {"image": IMAGE}}
    schema = version["schema"]["openAPIV3Schema"]
    assert set(keywords(schema)) & {"$ref", "$defs", "const"} == set()
    judge = Draft202012Validator(schema)
    examples = [
        yaml.load(path.read_bytes()) for path in (ROOT / "function-config/examples").glob("compute-plane-*.yaml")
    ]
    assert len(examples) > 1
    for each in examples:
        assert [error.message for error in judge.iter_errors(each)] == []
    assert list(judge.iter_errors({**examples[0], "spec": {"target": {"flx": "2.8"}}}))
    kpt = yaml.load(metadata.of_kpt())
    assert f"{kpt['image']}:{TAG}" == IMAGE


def keywords(node: Any) -> set[str]:
    """Every key of a schema that is not the name of a field."""
    if isinstance(node, list):
        return set().union(*map(keywords, node))
    if not isinstance(node, dict):
        return set()
    inner = [*node.get("properties", {}).values(), *(value for key, value in node.items() if key != "properties")]
    return set(node).union(*map(keywords, inner))


def test_the_catalogues_know_each_platform() -> None:
    """By the address at which the release has it, and the SHA-256 of what is there."""
    krew, flux = yaml.load(plugins.of_krew(ARCHIVES)), yaml.load(plugins.of_flux(ARCHIVES))
    (of_flux,) = flux["versions"]
    told = {(each["uri"], each["sha256"]) for each in krew["spec"]["platforms"]}
    assert told == {(each["url"], each["checksum"].removeprefix("sha256:")) for each in of_flux["platforms"]}
    assert {url.rpartition("/")[0] for url, _ in told} == {f"{HOME}/releases/download/{TAG}"}
    assert len(told) == len(plugins.PLATFORMS)
    assert krew["metadata"]["name"] == flux["name"] == "krmfn"


def test_an_archive_is_its_content() -> None:
    """No owner, no date, whatever the order; a program can be run."""
    files = {"b": b"2", "a": b"1"}
    made = archives.packed(files, executable="a")
    assert made == archives.packed(dict(sorted(files.items())), executable="a")
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        assert [(each.name, each.mode, each.uid) for each in archive] == [("a", 0o755, 0), ("b", 0o644, 0)]


def test_releasing_names_what_is_built() -> None:
    """Each step of `python -m release` is one of the Makefile's, and RELEASING.md knows the files."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    page = (ROOT / "RELEASING.md").read_text(encoding="utf-8")
    assert {"texts", "plugins", "image", "sums"} == set(re.findall(r"-m release (\w+) dist", makefile))
    for name in ("image.tar", "man.tar.gz", "completions.tar.gz", "function.yaml", "metadata.yaml", "notes.md"):
        assert f"`krmfn-X.Y.Z-{name}`" in page
