"""Programs of npm, pinned in this repository by package-lock.json: each installed once into the user's cache."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from tests.tools import store, toolchain
from tests.tools.programs import TESTS, ProgramMissingError, cache

NEEDED = "Install Node.js 20 or newer with npm, as https://nodejs.org says or from your distribution."


def package(name: str) -> Path:
    """Return the folder of a package and what it needs, as tests/tools/<name> pins them; install it unless it is there.

    Raises:
        ProgramMissingError: it is not there and cannot be installed.
    """
    pin = TESTS / "tools" / name
    digest = hashlib.sha256((pin / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache() / "node"
    made = folder / f"{name}-{digest}"
    npm = toolchain.installed("npm", NEEDED)
    toolchain.installed("node", NEEDED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with store.alone(folder, name):
            if not made.is_dir():
                _install(npm, pin, made)
    except OSError as error:
        raise toolchain.cannot_write(folder, error) from error
    return made / "node_modules" / name


def _install(npm: Path, pin: Path, made: Path) -> None:
    # A folder beside the target, then a rename: nobody ever runs half a program.
    with tempfile.TemporaryDirectory(dir=made.parent, prefix=".installing-") as scratch:
        fresh = Path(scratch, made.name)
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(pin / name, fresh / name)
        # Without scripts: what a package brings is run when a test runs it, and not before.
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        try:
            toolchain.run([npm, "ci", *quiet], fresh, toolchain.LONGEST)
        except ProgramMissingError as error:
            message = f"{error}\nnpm needs a registry that answers, once"
            raise ProgramMissingError(message) from error
        fresh.rename(made)
