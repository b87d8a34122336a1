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
    from collections.abc import Callable

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
def test_golden(folder: Path, snapshot: SnapshotAssertion) -> None:
    """The function's answer is what was reviewed."""
    assert resourcelist.dump(case(folder).answer) == snapshot(name=folder.name, extension_class=Expected)


def test_no_expectation_without_an_input() -> None:
    """A case that lost its input would be a case that is never run."""
    assert {path.parent for path in CASES.glob("*/expected.yaml")} == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_claims(folder: Path) -> None:
    """The first line of a case says what it shows."""
    first = (folder / "input.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# ")
    assert len(first) > CLAIM_LENGTH
    assert first.endswith(".")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_laws(folder: Path, law: Callable[[Case], None]) -> None:
    """What holds for every case holds for this one."""
    law(case(folder))


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
