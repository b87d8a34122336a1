"""Pythons with other people's packages, pinned in this repository: each made once into the user's cache."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.tools import store, toolchain
from tests.tools.programs import TESTS, ProgramMissingError, cache

if TYPE_CHECKING:
    from pathlib import Path


def interpreter(name: str) -> Path:
    """Return a Python that has what tests/tools/<name>/requirements.lock lists; make it unless it was made before.

    Raises:
        ProgramMissingError: it is not there and cannot be made.
    """
    lock = TESTS / "tools" / name / "requirements.lock"
    digest = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()
    return store.made(cache() / "python", name, digest, lambda fresh: _make(lock, fresh)) / "bin/python"


def _make(lock: Path, fresh: Path) -> None:
    sys.stderr.write(f"making a Python with {lock.parent.name}, once: this may take a minute\n")
    commands: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", fresh],
        [fresh / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", lock],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=toolchain.LONGEST)
        if done.returncode:
            message = f"{lock} cannot be installed: {done.stderr.strip()}; pip needs an index that answers, once"
            raise ProgramMissingError(message)
