"""Where a page or a template names a version for users to fetch: each is the version of this checkout.

`python -m release.pins` writes it everywhere; the one place is krmfn/__init__.py, and pyproject.toml for the image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn import __version__
from release import HOME, IMAGE, ROOT, TAG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = IMAGE.rpartition(":")[0]
REPOSITORY = HOME.removeprefix("https://github.com/")
VERSION = r"[\w][\w.+-]*\w"
PINS = (
    # An action, a component of GitLab (whose name comes last), and what pip installs from Git.
    (re.compile(rf"(?<=\b{REPOSITORY}@){VERSION}|(?<=\b{REPOSITORY}/krmfn@){VERSION}"), TAG),
    (re.compile(rf"(?<={re.escape(NAME)}:){VERSION}"), TAG),
    (re.compile(rf"(?<={re.escape(HOME)}/releases/download/){VERSION}"), TAG),
    (re.compile(rf"(?<={re.escape(HOME)}/blob/){VERSION}(?=/\S)"), TAG),
    # The hook of pre-commit stands below its repository.
    (re.compile(rf"(?<=repo: {re.escape(HOME)}\n  rev: ){VERSION}"), TAG),
    (re.compile(rf"(?<=\bkrmfn==){VERSION}|(?<=\bkrmfn\[report\]==){VERSION}"), __version__),
    (re.compile(r"(?<=\bkrmfn[-_])\d+\.\d+\.\d+(?=[-_.])"), __version__),
    # What `krmfn version` prints.
    (re.compile(r"(?<=^krmfn )\d+\.\d+\.\d+$", re.MULTILINE), __version__),
    (re.compile(rf"(?<=\bVersion ){VERSION}(?=, not released)"), __version__),
)
"""What a user copies, and the version that belongs there."""
FOLDERS = ("docs", "templates", "kustomize", "function-config/examples", "krmfn/cli/init/starter")
FILES = ("README.md", "action.yml", "Dockerfile", "SECURITY.md")
PAST = "docs/decisions"
"""Says what was run once, with the version of then."""


def files() -> Iterator[Path]:
    """Whatever a user reads or copies."""
    yield from (ROOT / name for name in FILES)
    for folder in FOLDERS:
        found = (path for path in sorted((ROOT / folder).rglob("*")) if path.is_file())
        yield from (path for path in found if not path.is_relative_to(ROOT / PAST) and path.suffix != ".svg")


def pinned(text: str) -> str:
    """The text with this version wherever it names one."""
    for pin, version in PINS:
        text = pin.sub(version, text)
    return text


def named(text: str) -> list[str]:
    """The versions that it names."""
    return [each for pin, _ in PINS for each in pin.findall(text)]


if __name__ == "__main__":
    for path in files():
        written = path.read_text(encoding="utf-8")
        if pinned(written) != written:
            path.write_text(pinned(written), encoding="utf-8")
