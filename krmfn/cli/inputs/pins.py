"""Whether a file outside of all runs may say which krmfn renders: then a change of it is one of everything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.folderwalk import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM = re.compile(rb"krmfn", re.IGNORECASE)
IMAGE = re.compile(
    rb"krmfn([:@]|_version)|(image|repository|name)[\"']?:\s*\S*/krmfn[\"']?\s*$", re.IGNORECASE | re.MULTILINE
)
"""How a file may name the krmfn that renders: as a program to install, or, in a manifest, as an image or a version."""
PROSE = (".md", "CODEOWNERS")


def pinned(path: str, texts: Iterable[bytes]) -> str:
    """The reason why everything counts as changed, if it does; else nothing.

    Args:
        path: that of the file, in the repository.
        texts: what it was, and what it is.
    """
    if path.endswith((*PROSE, "/")):
        return ""
    is_manifest = path.endswith(SUFFIXES) and not any(part.startswith(".") for part in Path(path).parts)
    names_krmfn = IMAGE if is_manifest else PROGRAM
    if any(names_krmfn.search(each) for each in texts):
        return f"{path}, which may say which krmfn renders, has changed"
    return ""
