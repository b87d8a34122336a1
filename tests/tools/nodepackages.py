"""Packages of npm that the tests read, pinned in this repository: each fetched once into the user's cache."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tools import store, toolchain
from tests.tools.programs import TESTS, ProgramMissingError, cache


def package(name: str) -> Path:
    """The folder of the package that tests/tools/<name>/package.json asks for; npm holds it to the lock's hash.

    Raises:
        ProgramMissingError: it is not there and cannot be fetched.
    """
    pin = TESTS / "tools" / name
    [wanted] = map(str, json.loads((pin / "package.json").read_text(encoding="utf-8"))["dependencies"])
    digest = hashlib.sha256((pin / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache() / "node"
    made = folder / f"{name}-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with store.alone(folder, name):
            if not made.is_dir():
                _fetch(pin, made)
    except OSError as error:
        raise toolchain.cannot_write(folder, error) from error
    return made / "node_modules" / wanted


def _fetch(pin: Path, made: Path) -> None:
    npm = toolchain.installed("npm", "Install Node.js with npm, see https://nodejs.org/en/download.")
    sys.stderr.write(f"fetching the npm package of {pin.name}, once\n")
    # A folder beside it, then a rename: nobody ever reads half of one.
    with tempfile.TemporaryDirectory(dir=made.parent, prefix=".making-") as scratch:
        fresh = Path(scratch, "made")
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(pin / name, fresh)
        # No script of a package runs here.
        command: list[str | Path] = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command, cwd=fresh, capture_output=True, text=True, check=False, timeout=toolchain.LONGEST
        )
        if done.returncode:
            message = f"{pin}/package-lock.json cannot be installed: {done.stderr.strip()}; npm needs a registry, once"
            raise ProgramMissingError(message)
        fresh.rename(made)
