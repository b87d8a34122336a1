"""How findings read on a terminal: the worst last, equal ones once, and below all of them the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from krmfn.cli.findings import as_lines, verdict
from krmfn.cli.paint import Paint
from krmfn.results import File, ResourceRef, Result, Severity
from tests.command_line import run_in
from tests.declarations import app, plane

ROOT = Path(__file__).parents[1]
INLINE = "{users: {lab: {password: hunter2}}}"
ACCEPTED = "accepted: [{code: inline-credential, kind: Postgres, name: one, reason: a test database}]"


def of(name: str, message: str, severity: Severity = Severity.WARNING) -> Result:
    resource = ResourceRef("apps.cozystack.io/v1alpha1", "Postgres", "tenant-acme", name)
    return Result(message, severity, "a-code", resource, "spec", File(f"{name}.yaml", 0, "", 3, 1))


def test_the_worst_stands_last() -> None:
    """A log is read from its end: warnings, then errors; an info is counted, and told when asked for."""
    found = [of("a", "an error", Severity.ERROR), of("b", "a warning"), of("c", "an info", Severity.INFO)]
    plain = Paint(is_on=False)
    assert list(as_lines(found, (), plain)) == [
        "warning: b.yaml:3:1: Postgres tenant-acme/b spec: a warning [a-code]",
        "error: a.yaml:3:1: Postgres tenant-acme/a spec: an error [a-code]",
    ]
    assert next(as_lines(found, (), plain, verbose=True)).startswith("info: c.yaml:3:1: ")
    assert verdict("check", found, (), 3) == "krmfn check: 1 error, 1 warning, 1 info in 3 runs"


def test_equal_findings_are_told_once() -> None:
    """Those that differ in nothing but their object: one line with their number, and a line for each other place."""
    found = [of(name, f"{name} is too small") for name in ("main", "other", "third")]
    assert list(as_lines(found, (), Paint(is_on=False))) == [
        "warning: main.yaml:3:1: Postgres tenant-acme/main spec: main is too small [a-code] (3 times)",
        "  also other.yaml:3:1: Postgres tenant-acme/other spec",
        "  also third.yaml:3:1: Postgres tenant-acme/third spec",
    ]


def test_other_findings_are_not_folded() -> None:
    """Another message, or a name of another object in it, is another finding."""
    found = [of("main", "main is too small"), of("other", "main is too small"), of("third", "third is too large")]
    assert len([*as_lines(found, (), Paint(is_on=False))]) == len(found)


def test_many_places_are_counted() -> None:
    """Forty clusters with one mistake are seven lines; --verbose has all."""
    found = [of(f"db-{i}", "too small") for i in range(40)]
    lines = [*as_lines(found, (), Paint(is_on=False))]
    assert (len(lines), lines[-1]) == (7, "  and 34 more (--verbose shows all)")
    assert len([*as_lines(found, (), Paint(is_on=False), verbose=True)]) == len(found)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A tenant with the same warning twice, one of them accepted."""
    (tmp_path / "plane.yaml").write_text(plane(f"{{{ACCEPTED}}}"))
    (tmp_path / "one.yaml").write_text(app("Postgres", "one", INLINE))
    (tmp_path / "two.yaml").write_text(app("Postgres", "two", INLINE))
    return tmp_path


def test_what_is_accepted_is_counted_and_shown_when_asked(two: Path) -> None:
    """The accepted one is no line, but a number of the verdict; --verbose shows it with its reason."""
    answer = run_in(two, "check")
    assert (answer.returncode, len(answer.stdout.splitlines())) == (0, 1)
    assert "two.yaml:6:22: Postgres tenant-acme/two spec.users.lab.password: " in answer.stdout
    assert answer.stderr == "krmfn check: 0 errors, 1 warning, 1 accepted in 1 run\n"
    first, _ = run_in(two, "check", "--verbose").stdout.splitlines()
    assert first.startswith("accepted: one.yaml:6:22: Postgres tenant-acme/one spec.users.lab.password: ")
    assert first.endswith("[inline-credential], because: a test database")
    rendered = run_in(two, "render").stderr.splitlines()
    assert rendered[-1].startswith("krmfn render: 0 errors, 1 warning, 1 accepted in 1 run; read 3 files")


def test_programs_are_told_what_is_accepted(two: Path) -> None:
    """JSON lists it apart, with its reason; SARIF suppresses it; GitHub is not bothered with it."""
    document = json.loads(run_in(two, "check", "--format", "json").stdout)
    assert [each["resourceRef"]["name"] for each in document["results"]] == ["two"]
    assert [(each["resourceRef"]["name"], each["reason"]) for each in document["accepted"]] == [
        ("one", "a test database")
    ]
    sarif = json.loads(run_in(two, "check", "--format", "sarif").stdout)
    suppressed = [each.get("suppressions") for each in sarif["runs"][0]["results"]]
    assert suppressed == [None, [{"kind": "inSource", "justification": "a test database"}]]
    (github,) = run_in(two, "check", "--format", "github").stdout.splitlines()
    assert "file=two.yaml" in github


def test_a_namespace_at_fault_does_not_hide_what_is_accepted(two: Path) -> None:
    """A run with --keep-going runs again without a namespace: its acceptances are not then without effect."""
    text = plane(f"{{namespaces: [tenant-b], {ACCEPTED}}}")
    (two / "plane.yaml").write_text(text)
    (two / "wrong.yaml").write_text(app("Redis", "Wrong"))
    (two / "b.yaml").write_text(app("Redis", "cache", namespace="tenant-b"))
    answer = run_in(two, "render", "--keep-going")
    assert answer.returncode == 1
    assert "accepted-unused" not in answer.stderr
    assert "1 error, 1 warning, 1 accepted" in answer.stderr


def test_the_demo_says_one_line_beside_its_output() -> None:
    """What a first reader sees of krmfn is what it makes, and that nothing is wrong with it."""
    answer = run_in(ROOT, "render", "kustomize/demo")
    assert answer.returncode == 0
    assert answer.stderr == ("krmfn render: 0 errors, 0 warnings, 1 info in 1 run; read 5 files with 6 declarations\n")
