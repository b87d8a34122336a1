"""The notes of a release: its part of CHANGELOG.md."""

from __future__ import annotations

import re

from krmfn import __version__
from release import ROOT

HEADING = re.compile(r"^## (Unreleased: )?(\d+\.\d+\.\d+)(?:, \d{4}-\d\d-\d\d)?$", re.MULTILINE)


class NoNotesError(Exception):
    """CHANGELOG.md has nothing of this version."""


def versions(changelog: str) -> list[tuple[str, bool]]:
    """The versions that it names, newest first, and whether each has been released."""
    return [(each[2], not each[1]) for each in HEADING.finditer(changelog)]


def notes(changelog: str, version: str = __version__) -> str:
    """What it says of a version.

    Raises:
        NoNotesError: it says nothing of it.
    """
    _, *parts = HEADING.split(changelog)
    for unreleased, number, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if number == version and text.strip():
            return f"# krmfn {number}{', not released yet' if unreleased else ''}\n\n{text.strip()}\n"
    raise NoNotesError(f"CHANGELOG.md has no part '## {version}': write it there")


def of_this_release() -> str:
    return notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
