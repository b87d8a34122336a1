"""What a start of the function loads: hosts start it for every package, so a heavy import would be paid every day."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.inputs import resource_list

# What a run needs that reports nothing: none of these.
HEAVY = {
    *("click", "git", "jsonschema", "pydantic", "importlib.metadata", "yaml", "yaml._yaml"),
    *("json", "fractions", "decimal", "unicodedata", "dataclasses", "inspect", "pickle", "typing_extensions"),
}


def test_a_run_over_ordinary_declarations_imports_nothing_heavy() -> None:
    # Where coverage is measured, each process that a test starts imports the library that does it.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "krmfn"],
        input=resource_list(10),
        capture_output=True,
        check=False,
        env=unmeasured,
    )
    told = done.stderr.decode().splitlines()
    assert done.returncode == 0, [line for line in told if not line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip() for line in told if line.startswith("import time:")}
    assert "krmfn.function" in imported
    assert not imported & HEAVY
