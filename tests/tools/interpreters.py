"""Pythons with other people's packages, pinned in this repository: each made once into the user's cache."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tools import store, toolchain
from tests.tools.programs import TESTS, ProgramMissingError, cache


def interpreter(name: str) -> Path:
    """Return a Python that has what tests/tools/<name>/requirements.lock lists; make it unless it was made before.

    Raises:
        ProgramMissingError: it is not there and cannot be made.
    """
    lock = TESTS / "tools" / name / "requirements.lock"
    digest = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()[:16]
    folder = cache() / "python"
    made = folder / f"{name}-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with store.alone(folder, name):
            if not made.is_dir():
                _make(lock, made)
    except OSError as error:
        raise toolchain.cannot_write(folder, error) from error
    return made / "bin/python"


def _make(lock: Path, made: Path) -> None:
    sys.stderr.write(f"making a Python with {lock.parent.name}, once: this may take a minute\n")
    # A folder beside it, then a rename: nobody ever runs half of one.
    with tempfile.TemporaryDirectory(dir=made.parent, prefix=".making-") as scratch:
        fresh = Path(scratch, "python")
        commands: tuple[list[str | Path], ...] = (
            [sys.executable, "-m", "venv", fresh],
            [fresh / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", lock],
        )
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=toolchain.LONGEST)
            if done.returncode:
                message = f"{lock} cannot be installed: {done.stderr.strip()}; pip needs an index that answers, once"
                raise ProgramMissingError(message)
        fresh.rename(made)
