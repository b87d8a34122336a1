"""The files of one revision: folders made from paths, and links followed inside the tree and no further."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import NoReturn

LINK, SUBMODULE = "120000", "160000"
MAX_LINKS = 40


class Entry(NamedTuple):
    """A path of a tree: what it is, and the blob that it has; none where it is read from disk."""

    mode: str
    blob: str


class Snapshot:
    """The files of one revision, in the shape that krmfn's walk asks for; `commit` is empty for WORKTREE and INDEX."""

    def __init__(
        self, name: str, commit: str, entries: Mapping[str, Entry], read: Callable[[str, Entry], bytes]
    ) -> None:
        self.name = name
        self.commit = commit
        self._entries = entries
        self._read = read
        self._folders: dict[str, tuple[set[str], set[str]]] = {"": (set(), set())}
        for path in entries:
            parent, _, leaf = path.rpartition("/")
            self._folder(parent)[1].add(leaf)

    def has(self, path: Path) -> bool:
        """Whether anything stands there."""
        real = _key(self.real(path))
        return real in self._folders or real in self._entries

    def is_folder(self, path: Path) -> bool:
        return _key(self.real(path)) in self._folders

    def real(self, path: Path) -> Path:
        """The path without links; where they lead out of the repository or round in a circle, the path itself."""
        found = self._resolved(path)
        return path if found is None else Path(found)

    def absent(self, path: Path) -> str:
        """Why something that stands here is not read; nothing where it is."""
        entry = self._entries.get(_key(path))
        if entry and entry.mode == SUBMODULE:
            return "is a repository of its own, so what it declares is not read; run krmfn there"
        if entry and entry.mode == LINK and self._resolved(path) is None:
            return "is a link that leads out of the repository, so what it leads to is not in Git, and not read"
        return ""

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        found = self._folders.get(_key(self.real(folder)))
        if found is None:
            fail(errno.ENOENT, f"there is no such folder in {self.name}", folder)
        folders, files = found
        linked = {each for each in files if self._is_link(folder / each) and self.is_folder(folder / each)}
        return folders | linked, files - linked

    def read(self, path: Path) -> bytes | None:
        real = _key(self.real(path))
        entry = self._entries.get(real)
        if entry is None or entry.mode == LINK:
            fail(errno.ENOENT, f"there is no such file in {self.name}", path)
        return None if entry.mode == SUBMODULE else self._read(real, entry)

    def _folder(self, path: str) -> tuple[set[str], set[str]]:
        if path not in self._folders:
            parent, _, leaf = path.rpartition("/")
            self._folder(parent)[0].add(leaf)
            self._folders[path] = (set(), set())
        return self._folders[path]

    def _is_link(self, path: Path) -> bool:
        entry = self._entries.get(_key(path)) or self._entries.get(_key(self.real(path.parent) / path.name))
        return entry is not None and entry.mode == LINK

    def _resolved(self, path: Path) -> str | None:
        """The path without links, or as it is where they lead round in a circle; None where they lead out."""
        waiting = list(reversed(PurePosixPath(path.as_posix()).parts))
        done: list[str] = []
        links = 0
        while waiting:
            step = waiting.pop()
            if step == ".." and not done:
                return None
            if step == "..":
                done.pop()
                continue
            here = "/".join([*done, step])
            entry = self._entries.get(here)
            if entry is None or entry.mode != LINK:
                done.append(step)
                continue
            target = PurePosixPath(self._read(here, entry).decode(errors="surrogateescape"))
            links += 1
            if links > MAX_LINKS:
                return _key(path)
            if target.is_absolute():
                return None
            waiting += reversed(target.parts)
        return "/".join(done)


def _key(path: Path) -> str:
    name = path.as_posix()
    return "" if name == "." else name


def fail(number: int, reason: str, path: Path) -> NoReturn:
    raise OSError(number, reason, path.as_posix())
