"""Golden cases: each folder of cases/ is one claim, with a whole ResourceList in and a whole one out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from krmfn import resourcelist
from tests.laws import CASES, FOLDERS, LAWS, Case, case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from syrupy.assertion import SnapshotAssertion
    from syrupy.location import PyTestLocation
    from syrupy.types import SnapshotIndex

CLAIM_LENGTH = 20


class Expected(SingleFileSnapshotExtension):
    """`expected.yaml` beside `input.yaml`; it discovers nothing, so that an update never deletes an input."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        del test_location
        return str(CASES / str(index) / "expected.yaml")

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        del index
        return test_location.snapshot_name

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        del test_location
        return Path(snapshot_location).is_relative_to(CASES)

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        del test_location, ignore_extensions
        return SnapshotCollections()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_case(folder: Path, snapshot: SnapshotAssertion) -> None:
    """Its first line says what it shows, its answer is what was reviewed, and every law holds for it."""
    found = case(folder)

    def claim(of: Case) -> None:
        """The first line of a case says what it shows."""
        first = of.source.decode().partition("\n")[0]
        assert first.startswith("# ")
        assert len(first) > CLAIM_LENGTH
        assert first.endswith(".")

    def golden(of: Case) -> None:
        """The function's answer is what was reviewed."""
        assert resourcelist.dump(of.answer) == snapshot(name=folder.name, extension_class=Expected)

    broken = dict(_broken(found, (claim, golden, *LAWS)))
    if broken:
        raise ExceptionGroup(f"{folder.name} breaks {', '.join(broken)}", list(broken.values()))


def _broken(found: Case, laws: Iterable[Callable[[Case], None]]) -> Iterator[tuple[str, AssertionError]]:
    """Each law that a case breaks, with the reason: one that is broken hides no other."""
    for law in laws:
        try:
            law(found)
        except AssertionError as error:
            error.add_note(f"the law {law.__name__}: {law.__doc__}")
            yield law.__name__, error


def test_a_broken_law_is_named() -> None:
    """Of a case that breaks some, exactly these are named, and none hides another."""
    found = case(CASES / "a-cluster-alone-is-the-platforms-own-release")
    assert dict(_broken(found, LAWS)) == {}
    doubled = found.answer._replace(items=(*found.answer.items, *found.answer.items))
    assert set(dict(_broken(found._replace(answer=doubled), LAWS))) == {"fixed_point", "unique_identities"}


def test_no_expectation_without_an_input() -> None:
    """A case that lost its input would be a case that is never run."""
    assert {path.parent for path in CASES.glob("*/expected.yaml")} == set(FOLDERS)


# One process for all cases: what is shown is another seed, not another start.
ANSWERS = """
import json, pathlib, sys
from krmfn import function, resourcelist
paths = map(pathlib.Path, sys.argv[1:])
print(json.dumps([resourcelist.dump(function.run(resourcelist.load(path.read_bytes()))) for path in paths]))
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_another_hash_seed_gives_the_same_bytes(seed: str) -> None:
    """Whatever seed Python hashes with, every case has the same answer (R4)."""
    inputs = [folder / "input.yaml" for folder in FOLDERS]
    # Without coverage, which measures the same above and would take as long again.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(
        [sys.executable, "-c", ANSWERS, *map(str, inputs)],
        capture_output=True,
        check=True,
        env={**environment, "PYTHONHASHSEED": seed},
    )
    here = [resourcelist.dump(case(folder).answer) for folder in FOLDERS]
    assert json.loads(run.stdout) == here
