"""Answers in JSON: each command that gives one has a published schema, and what it prints fits it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from jsonschema import Draft202012Validator

from krmfn.cli.commands import krmfn
from krmfn.cli.inputs.unread import ANSWERS
from tests.command_line import run_in
from tests.declarations import STUDIO, app, cluster, placed, plane

if TYPE_CHECKING:
    from tests.history import History

ROOT = Path(__file__).parents[1]
SCHEMAS = {
    "check": ("check",),
    "matrix": ("matrix",),
    "plan": ("plan",),
    "reach": ("reach",),
    "version": ("version",),
    "why": ("why", "access"),
}
"""The schemas in docs/ of each command that answers in JSON."""


def fits(answer: str, schema: str) -> dict[str, Any]:
    made = json.loads((ROOT / f"docs/{schema}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(made)
    told: dict[str, Any] = json.loads(answer)
    Draft202012Validator(made).validate(told)
    return told


def test_each_answer_has_a_schema() -> None:
    """Every command with a choice of json, and no other, is among those that have one; and each schema is of one."""
    choosing = {
        name
        for name, command in krmfn.commands.items()
        for option in command.params
        if isinstance(option.type, click.Choice) and "json" in option.type.choices
    }
    assert choosing == set(SCHEMAS)
    published = {path.name.removesuffix(".schema.json") for path in (ROOT / "docs").glob("*.schema.json")}
    assert published == {schema for schemas in SCHEMAS.values() for schema in schemas}


def test_the_verdict_fits_its_schema(tmp_path: Path) -> None:
    """With an error and a place, with a finding about a file alone, and without any finding."""
    for code, text in (
        ("unreadable-file", "apiVersion: krmfn.dev/v1alpha1\nkind: ["),
        ("unknown-profile", cluster("lab", spec="{isolationProfile: sandbx}")),
    ):
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        told = fits(run_in(tmp_path, "check", "--format", "json").stdout, "check")
        assert not told["passed"]
        assert code in {result["tags"]["code"] for result in told["results"]}
    accepted = fits(run_in(ROOT / "krmfn/cli/init/starter", "check", "--format", "json").stdout, "check")
    assert accepted["passed"]
    assert accepted["accepted"]


def test_the_versions_fit_their_schema(tmp_path: Path) -> None:
    """Those of krmfn, and of the programs that it writes for."""
    assert fits(run_in(tmp_path, "version", "--output", "json").stdout, "version")["targets"]


def test_an_answer_may_be_kept_beside_the_declarations(history: History) -> None:
    """What commands printed into files declares nothing, whatever its kind; with metadata it would be a declaration."""
    history.commit({**STUDIO, "plane.yaml": plane("{}")})
    asked = {
        "check": ("--format", "json"),
        "matrix": ("--output", "json"),
        "plan": ("--output", "json"),
        "reach": ("ComfyUI/studio", "--output", "json"),
        "version": ("--output", "json"),
        "why": ("ComfyUI/studio", "spec.interval", "--output", "json"),
    }
    assert set(asked) == set(SCHEMAS)
    before = run_in(history.root, "check")
    answers = {name: run_in(history.root, name, *options).stdout for name, options in asked.items()}
    answers["access"] = run_in(history.root, "why", "Kubernetes/lab", "--access", "--output", "json").stdout
    answers["change"] = run_in(history.root, "reach", "--from", "HEAD", "--output", "json").stdout
    assert {kind for answer in answers.values() for kind in re.findall(r'"kind": "(\w+)"', answer)} >= ANSWERS
    history.write({f"{name}.json": answer for name, answer in answers.items()})
    after = run_in(history.root, "check")
    assert (after.returncode, after.stdout, after.stderr) == (before.returncode, before.stdout, before.stderr)
    declared = json.dumps({**json.loads(answers["plan"]), "metadata": {"name": "a"}})
    history.write({"plan.json": declared})
    assert run_in(history.root, "check").returncode == 1
    history.write({"plan.json": answers["plan"]})


@pytest.mark.parametrize("wrong", [{"passed": "yes"}, {"results": [{"severity": "error"}]}, {"runs": -1}])
def test_a_verdict_of_another_shape_does_not_fit(wrong: dict[str, Any], tmp_path: Path) -> None:
    """The schema says something."""
    (tmp_path / "a.yaml").write_text(app("Postgres", "main", "{}") + placed("ComfyUI", "a", "no"), encoding="utf-8")
    told = fits(run_in(tmp_path, "check", "--format", "json").stdout, "check")
    made = json.loads((ROOT / "docs/check.schema.json").read_text(encoding="utf-8"))
    assert not Draft202012Validator(made).is_valid({**told, **wrong})
