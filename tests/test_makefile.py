"""The Makefile's promises: what `make test` asks of a machine, what `make generate` makes, what a lock pins."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FIRST = sorted((ROOT / "tests").glob("test_*.py"))
NEEDS_PROGRAMS = ("tests.tools", "tests.judges", "tests.hosts", "tests.engine")
WRITES_NOTHING = {
    "krmfn/__main__.py",
    "bench/growth.py",
    "bench/naive.py",
    "bench/run.py",
    "release/__main__.py",
    "tests/fuzz/__main__.py",
    "tests/defences.py",
    "tests/killed.py",
    "tests/streams.py",
    "tests/tools/programs.py",
}
"""What may be run as a program and makes no file of the repository."""
NEEDS_CHARTS = {"tests/judges/test_cluster_charts.py", "tests/judges/spawned.py"}
"""What runs over charts that are not in the repository: whoever has them makes the record that `make test` compares."""
LOCKS = {
    "requirements": (),
    "requirements-dev": ("dev",),
    "requirements-judges": ("judges",),
    "requirements-fuzz": ("fuzz",),
    "requirements-supply": ("supply",),
    "requirements-site": ("site",),
}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it, with those of tests/ that these import in turn."""
    found: set[str] = set()
    left = [path]
    while left:
        for name in _names(left.pop()):
            file = ROOT / f"{name.replace('.', '/')}.py"
            if name not in found and name.startswith("tests.") and file.is_file():
                left.append(file)
            found.add(name)
    return found


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (each.name for each in node.names)
            case ast.ImportFrom(module=str(module)):
                yield module
                yield from (f"{module}.{each.name}" for each in node.names)


@pytest.mark.parametrize("path", [*FIRST, ROOT / "tests/conftest.py"], ids=lambda path: path.name)
def test_make_test_needs_no_other_program(path: Path) -> None:
    """No test of the first storey, and nothing that one imports, is from a folder whose tests need other programs."""
    assert not {name for name in imported(path) if name.startswith(NEEDS_PROGRAMS)}


def test_an_import_is_found_wherever_it_stands() -> None:
    """The walk sees what a judge imports, by way of another file as well: it can fail."""
    assert "tests.tools.toolchain" in imported(ROOT / "tests/judges/test_verdict_table.py")


def recipe(target: str) -> str:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"the Makefile has no target {target}"
    return found[1]


def test_make_generate_runs_all_that_writes() -> None:
    """Each module that can be run as a program is a step of `make generate`, or is known to write nothing there."""
    programs = {
        path.relative_to(ROOT).as_posix()
        for folder in ("krmfn", "tests", "bench", "release")
        for path in (ROOT / folder).rglob("*.py")
        if path.name == "__main__.py" or '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
    }
    steps = {f"{name.replace('.', '/')}.py" for name in re.findall(r" -m ([a-z_.]+)", recipe("generate"))}
    assert len(steps) >= 5
    assert steps == programs - WRITES_NOTHING - NEEDS_CHARTS
    assert "krmfn schema --output-dir function-config/schema" in recipe("generate")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_is_asked_for(lock: str) -> None:
    """Every dependency of pyproject.toml is pinned, with hashes, at a version that it allows; else `make lock`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / f"{lock}.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+).*\\\n    --hash=sha256:", text, re.MULTILINE))
    wanted = [Requirement(each) for group in LOCKS[lock] for each in asked(project["dependency-groups"], group)]
    # A lock that is installed over another need not say its pins again.
    wanted += (
        []
        if lock in {"requirements-judges", "requirements-fuzz", "requirements-supply", "requirements-site"}
        else [Requirement(each) for each in project["project"]["dependencies"]]
    )
    assert wanted
    for each in wanted:
        name = each.name.lower()
        assert name in pinned
        assert pinned[name] in each.specifier, each


def asked(groups: dict[str, list[Any]], name: str) -> Iterator[str]:
    """What a dependency group asks for, with the groups that it includes."""
    for each in groups[name]:
        if isinstance(each, str):
            yield each
        else:
            yield from asked(groups, each["include-group"])
