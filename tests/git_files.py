"""Git's own files, written as git writes them: thousands of commits in the time that git takes to start for one."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = 0o100644
FOLDER = 0o40000
CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[gc]
\tauto = 0
"""
INDEX_HEADER = struct.Struct(">4sLL")
INDEX_ENTRY = struct.Struct(">24xL12x20sH")
"""An entry without times, owner and size: git looks at the file to know whether it changed."""
LONGEST_NAME = 0xFFF


class Staged(NamedTuple):
    """A file as the index has it."""

    mode: int
    blob: bytes


def write_repository(root: Path, store: Path) -> None:
    """Writes what `git init --initial-branch=main` does; objects are looked for in the store as well."""
    for name in ("refs/heads", "info", "objects/info"):
        (root / ".git" / name).mkdir(parents=True)
    (root / ".git/objects/info/alternates").write_text(f"{store}\n", encoding="utf-8")
    (root / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (root / ".git/config").write_text(CONFIG, encoding="utf-8")


def write_object(store: Path, kind: str, content: bytes) -> bytes:
    """Writes an object that is not there yet; the number that it has."""
    whole = f"{kind} {len(content)}\0".encode() + content
    number = sha1(whole, usedforsecurity=False)
    path = store / number.hexdigest()[:2] / number.hexdigest()[2:]
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(whole, 1))
    return number.digest()


def write_tree(store: Path, files: Mapping[str, Staged]) -> bytes:
    """Writes the folders that the files stand in; the number of the topmost."""
    entries: dict[str, Staged] = {}
    folders: dict[str, dict[str, Staged]] = {}
    for path, staged in files.items():
        name, _, rest = path.partition("/")
        if rest:
            folders.setdefault(name, {})[rest] = staged
        else:
            entries[name] = staged
    for name, inner in folders.items():
        # Git sorts folders as if their names ended in a slash.
        entries[f"{name}/"] = Staged(FOLDER, write_tree(store, inner))
    lines = (
        f"{staged.mode:o} {name.removesuffix('/')}\0".encode() + staged.blob
        for name, staged in sorted(entries.items(), key=lambda entry: entry[0].encode())
    )
    return write_object(store, "tree", b"".join(lines))


def write_index(path: Path, files: Mapping[str, Staged]) -> None:
    """Writes an index of version 2."""
    parts = [INDEX_HEADER.pack(b"DIRC", 2, len(files))]
    for name, staged in sorted((name.encode(), staged) for name, staged in files.items()):
        entry = INDEX_ENTRY.pack(staged.mode, staged.blob, min(len(name), LONGEST_NAME)) + name
        parts.append(entry + b"\0" * (8 - len(entry) % 8))
    content = b"".join(parts)
    path.write_bytes(content + sha1(content, usedforsecurity=False).digest())


def read_index(path: Path) -> dict[str, Staged]:
    """What is staged; nothing where there is no index yet."""
    if not path.exists():
        return {}
    content = path.read_bytes()
    _, version, count = INDEX_HEADER.unpack_from(content)
    assert version == 2, f"{path} is an index of version {version}"
    found, here = {}, INDEX_HEADER.size
    for _ in range(count):
        mode, blob, flags = INDEX_ENTRY.unpack_from(content, here)
        assert flags & ~LONGEST_NAME == 0, f"{path} has more than names: a conflict, or a sparse checkout"
        start = here + INDEX_ENTRY.size
        end = content.index(b"\0", start)
        found[content[start:end].decode()] = Staged(mode, blob)
        here = end + 8 - (end - here) % 8
    return found
