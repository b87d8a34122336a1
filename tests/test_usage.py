"""Help, usage errors, versions and schemas: what the command line says of itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import krmfn
from tests.command_line import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("-h",),
        ("render", "--help"),
        ("schema", "-h"),
        ("init", "--help"),
        ("version", "--help"),
        ("reach", "--help"),
        ("matrix", "--help"),
    ],
)
def test_help_has_an_example(arguments: tuple[str, ...]) -> None:
    """Every command's help says how it is called, and shows an example."""
    answer = run(*arguments)
    assert (answer.returncode, answer.stderr) == (0, b"")
    command = arguments[0] if not arguments[0].startswith("-") else "render"
    assert answer.stdout.startswith(b"Usage: krmfn ")
    assert f"\n  krmfn {command} " in answer.stdout.decode()
    assert b"\\b" not in answer.stdout


def test_the_list_of_commands_has_whole_sentences() -> None:
    """Whoever looks for a command reads what each does, and not the beginning of it."""
    listed = run("--help").stdout.decode().partition("Commands:\n")[2].splitlines()
    assert len(listed) > 10
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("diff", "krmfn plan says what a change does"),
        ("validate", "krmfn check finds what is wrong"),
        ("apply", "krmfn applies nothing itself: commit what krmfn render --output-dir writes, and Flux applies it"),
        ("chek", "Did you mean one of: 'check'"),
        ("schema placment", 'there is no schema for placment; did you mean "Placement"?'),
        ("schema Foo", "there is no schema for Foo; krmfn schema lists the kinds that have one"),
        ("init a b", "for one more tenant, write krmfn init tenant b"),
    ],
)
def test_what_a_newcomer_types_leads_on(typed: str, says: str) -> None:
    """The words of other programs, and mistakes, are answered with what to type here."""
    answer = run(*typed.split())
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert says in answer.stderr.decode()


def test_a_kind_may_be_in_any_case() -> None:
    """As kubectl takes it."""
    assert run("schema", "placement").stdout == run("schema", "Placement").stdout


@pytest.mark.parametrize("program", ["kubectl-krmfn", "flux-krmfn"])
def test_help_names_the_program_as_it_was_called(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubectl and Flux run a program of such a name: usage and examples are what their user types."""
    monkeypatch.setattr(sys, "argv", [f"/usr/local/bin/{program}", "plan", "--help"])
    typed = program.replace("-", " ")
    told = run("plan", "--help").stdout.decode()
    assert told.startswith(f"Usage: {typed} plan ")
    assert f"\n  {typed} plan --from origin/main\n" in told
    assert "\n  krmfn " not in told
    assert f"\n  {typed} render DIR\n" in run("--help").stdout.decode()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("pl",), "plan\tPrint what a change"),
        (("plan", "--out"), "--output\tThe format"),
        (("plan", "--output", "m"), "markdown"),
        (("schema", "pla"), "Placement"),
        (("check", "--config", ""), ":0"),
        (("nothing", "of", "this"), ":4"),
    ],
)
def test_completions_for_kubectl_and_flux(words: tuple[str, ...], line: str) -> None:
    """As a Cobra program answers: what fits, and last what the shell may add, which is names of files for a file."""
    told = run("__complete", *words).stdout.decode().splitlines()
    assert any(each.startswith(line) for each in told)
    assert told[-1].startswith(":")


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("--frobnicate",),
        ("render", "/not/there"),
        ("render", "--output-dir"),
        ("render", "--config", "/not/there"),
        ("render", "--catalog", "/not/there"),
        ("schema", "Nothing"),
        ("init", "pyproject.toml"),
        ("init", "--adopt", "/not/there"),
        ("version", "--output", "xml"),
        ("version", "surplus"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    """What cannot be done as asked is usage: exit 2, the reason on stderr, nothing on stdout."""
    answer = run(*arguments)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert "Error: " in answer.stderr.decode()


def test_versions() -> None:
    """`version` says which programs' versions krmfn writes for, to people and to programs."""
    text = run("version").stdout.decode().splitlines()
    assert text[0] == f"krmfn {krmfn.__version__}"
    assert [line.partition(":")[0] for line in text[1:]] == ["flux", "cozystack", "cilium", "kubernetes"]
    told = json.loads(run("version", "--output", "json").stdout)
    assert told["version"] == krmfn.__version__
    assert told["targets"]["flux"]["default"] in told["targets"]["flux"]["supported"]
    assert run("--version").stdout.decode().strip() == krmfn.__version__


def test_schemas(tmp_path: Path) -> None:
    """`schema` lists the kinds, prints one's schema, and writes them all."""
    kinds = run("schema").stdout.decode().split()
    assert {"Kubernetes", "Placement", "ComputePlane"} <= set(kinds)
    printed = run("schema", "Placement").stdout
    assert json.loads(printed)["properties"]["kind"]["const"] == "Placement"
    assert run("schema", "--output-dir", tmp_path / "schemas").returncode == 0
    assert (tmp_path / "schemas/krmfn.dev/placement_v1alpha1.json").read_bytes() == printed
    assert len(list((tmp_path / "schemas").rglob("*_v1alpha1.json"))) == len(kinds)
