"""The files of one revision, in folders; links are followed only inside the tree."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from krmfn.files import LEADS_OUT, MAX_NAMES, MAX_PATH, fail
from krmfn.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LINK, SUBMODULE = "120000", "160000"
MAX_LINKS = 40


class Entry(NamedTuple):
    """A path of a tree: its type and its blob; the blob is empty if it is read from disk."""

    mode: str
    blob: str


class Snapshot:
    """The files of one revision, as krmfn's walk needs them; `commit` is empty for WORKTREE and INDEX."""

    def __init__(
        self,
        name: str,
        commit: str,
        entries: Mapping[str, Entry],
        read: Callable[[str, Entry], bytes],
        root: Path | None = None,
    ) -> None:
        self.name = name
        self.commit = commit
        self._entries = entries
        self._read = read
        self._roots = {root, root.resolve()} if root else set()
        self._reals: dict[str, str | None] = {"": ""}
        self._names = 0
        self._folders: dict[str, tuple[set[str], set[str]]] = {"": (set(), set())}
        for path in entries:
            parent, _, leaf = path.rpartition("/")
            self._folder(parent)[1].add(leaf)

    @property
    def has_links(self) -> bool:
        return any(entry.mode == LINK for entry in self._entries.values())

    def below(self, root: Path) -> Snapshot:  # noqa: ARG002  (links never lead out of a tree)
        return self

    def has(self, path: Path) -> bool:
        """True if the path exists."""
        real = self._real_key(path)
        entry = self._entries.get(real)
        return real in self._folders or (entry is not None and entry.mode != LINK)

    def is_folder(self, path: Path) -> bool:
        return self._real_key(path) in self._folders

    def real(self, path: Path) -> Path:
        """The path without links; the path itself if links lead out of the repository or form a cycle."""
        found = self._resolved(path)
        return path if found is None else Path(found)

    def is_link(self, path: Path) -> bool:
        """True if the path itself is a link."""
        entry = self._entries.get(_key(path)) or self._entries.get(_key(self.real(path.parent) / path.name))
        return entry is not None and entry.mode == LINK

    def absent(self, path: Path) -> str:
        """The reason why something at the path is not read; empty if it is read."""
        entry = self._entries.get(_key(path))
        if entry and entry.mode == SUBMODULE:
            return "is a repository of its own, so its declarations are not read; run krmfn there"
        if entry and entry.mode == LINK and self._resolved(path) is None:
            return LEADS_OUT
        return ""

    def dangles(self, path: Path) -> bool:
        """True if the path is a link to nothing in the tree."""
        return self.is_link(path) and not self.has(path)

    def listed(self, folder: Path) -> tuple[Iterable[str], Iterable[str]]:
        real = self._real_key(folder)
        found = self._folders.get(real)
        if found is None:
            fail(errno.ENOENT, f"there is no such folder in {self.name}", folder)
        folders, files = found
        within = f"{real}/" if real else ""
        links = (each for each in files if self._entries[within + each].mode == LINK)
        linked = {each for each in links if self.is_folder(folder / each)}
        return folders | linked, files - linked

    def read(self, path: Path, *, named: bool) -> bytes | None:  # noqa: ARG002  (Git has no pipes)
        real = self._real_key(path)
        entry = self._entries.get(real)
        if entry is None or entry.mode == LINK:
            fail(errno.ENOENT, f"there is no such file in {self.name}", path)
        return None if entry.mode == SUBMODULE else self._read(real, entry)

    def _folder(self, path: str) -> tuple[set[str], set[str]]:
        found = self._folders.get(path)
        if found:
            return found
        made = self._folders[path] = (set(), set())
        while path:
            parent, _, leaf = path.rpartition("/")
            is_new = parent not in self._folders
            # A few objects can describe folders so deep that their names alone fill the memory.
            self._names += len(path)
            if self._names > MAX_NAMES:
                fail(errno.EFBIG, f"the paths of its folders take more than {MAX_NAMES >> 20} MiB", Path(self.name))
            self._folders.setdefault(parent, (set(), set()))[0].add(leaf)
            path = parent if is_new else ""
        return made

    def _real_key(self, path: Path) -> str:
        found = self._resolved(path)
        return _key(path) if found is None else found

    def _resolved(self, path: Path) -> str | None:
        """The path without links; unchanged if links form a cycle, None if they lead out of the repository."""
        name = _key(path)
        if name not in self._reals:
            parent, slash, leaf = name.rpartition("/")
            above = self._reals.get(parent)
            here = f"{above}{slash if above else ''}{leaf}"
            entry = self._entries.get(here)
            is_plain = above is not None and leaf != ".." and (entry is None or entry.mode != LINK)
            # A walk goes down folder by folder, one step at a time.
            self._reals[name] = here if is_plain else self._followed(path)
        return self._reals[name]

    def _followed(self, path: Path) -> str | None:
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
            said = os.fsdecode(self._read(here, entry))
            links += 1
            if links > MAX_LINKS or len(said) > MAX_PATH:
                return _key(path)
            target = Path(said)
            if target.is_absolute():
                root = next((each for each in self._roots if target.is_relative_to(each)), None)
                if root is None:
                    return None
                target = target.relative_to(root)
                done.clear()
            waiting += reversed(target.parts)
        return "/".join(done)


def _key(path: Path) -> str:
    name = path.as_posix()
    return "" if name == "." else name
