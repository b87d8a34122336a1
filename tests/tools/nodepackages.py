"""Packages of npm that the tests read, pinned in this repository: each fetched once into the user's cache."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.tools import store, toolchain
from tests.tools.programs import TESTS, ProgramMissingError, cache

if TYPE_CHECKING:
    from pathlib import Path


def package(name: str) -> Path:
    """The folder of the package that tests/tools/<name>/package.json asks for; npm holds it to the lock's hash.

    Raises:
        ProgramMissingError: it is not there and cannot be fetched.
    """
    pin = TESTS / "tools" / name
    [wanted] = map(str, json.loads((pin / "package.json").read_text(encoding="utf-8"))["dependencies"])
    digest = hashlib.sha256((pin / "package-lock.json").read_bytes()).hexdigest()
    return store.made(cache() / "node", name, digest, lambda fresh: _fetch(pin, fresh)) / "node_modules" / wanted


def _fetch(pin: Path, fresh: Path) -> None:
    npm = toolchain.installed("npm", "Install Node.js with npm, see https://nodejs.org/en/download.")
    sys.stderr.write(f"fetching the npm package of {pin.name}, once\n")
    fresh.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(pin / name, fresh)
    # No script of a package runs here.
    command: list[str | Path] = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False, timeout=toolchain.LONGEST)
    if done.returncode:
        message = f"{pin}/package-lock.json cannot be installed: {done.stderr.strip()}; npm needs a registry, once"
        raise ProgramMissingError(message)
