"""What a release has beside the wheel and the image: man pages, completions, plug-ins, metadata, notes.

`make release` writes all of it into dist/, the same bytes from the same sources; RELEASING.md says what then happens.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from krmfn import __version__

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOME: str = PROJECT["urls"]["Homepage"]
TAG = f"v{__version__}"
IMAGE = f"{PROJECT['urls']['Image'].removeprefix('https://')}:{TAG}"
"""The image as it is published; pyproject.toml says its name, krmfn/__init__.py its tag."""
DATED = 1580601600
"""The date of every file in an archive, in seconds since 1970, for archives that are the same bytes whenever made."""
