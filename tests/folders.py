"""Folders of files, written for a test and looked at after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from krmfn import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def plant(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files under a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def tree(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file under a folder with its content, and what would change if it were written again."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in root.rglob("*")
        if path.is_file()
    }


def inside(folder: Path) -> list[str]:
    """The names of what stands in a folder."""
    return sorted(path.name for path in folder.iterdir())


def objects(stream: str | bytes) -> list[str]:
    """`namespace/name` of each object in a stream, in its order."""
    return [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in yaml.load_all(stream)]


def contents(stream: str | bytes) -> list[str]:
    """`Kind name` of each object in a stream, sorted."""
    return sorted(f"{each['kind']} {each['metadata']['name']}" for each in yaml.load_all(stream))
