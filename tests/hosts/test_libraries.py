"""krmfn runs with every release of its libraries that pyproject.toml allows: the lowest and the newest are shown."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from krmfn import resourcelist
from tests.laws import FOLDERS, case
from tests.tools.interpreters import interpreter

if TYPE_CHECKING:
    from pathlib import Path

ROOT = FOLDERS[0].parents[2]
RUN_ALL = """
import sys
from pathlib import Path
from krmfn import function, resourcelist
for path in sys.argv[1:]:
    sys.stdout.write(resourcelist.dump(function.run(resourcelist.load(Path(path).read_bytes()))) + "#####\\n")
sys.stdout.write("models made anew" if "pydantic.main" in sys.modules else "models as frozen")
"""


@pytest.mark.parametrize("libraries", ["lowest", "newest"])
def test_every_case_has_the_same_answer(libraries: str, tmp_path: Path) -> None:
    """With the lowest and the newest libraries every case gives the same bytes, and no model is made at run time."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(
        [interpreter(libraries), "-c", RUN_ALL, *(folder / "input.yaml" for folder in FOLDERS)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
    )
    *answers, models = run.stdout.split("#####\n")
    assert answers == [resourcelist.dump(case(folder).answer) for folder in FOLDERS]
    assert models == "models as frozen"
