"""The contents of a repository's files and objects."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.files import content, fail, too_large
from krmfn.repository.gitoutput import NO_ANSWER, RepositoryError, is_answering, pipes
from krmfn.repository.snapshot import LINK
from krmfn.yaml.loading import MAX_SIZE

if TYPE_CHECKING:
    import subprocess

    from krmfn.repository.git import Git
    from krmfn.repository.snapshot import Entry

SHA1 = 40
"""How many digits an id has, in a repository that is not of SHA-256."""


class Objects:
    """The contents of files and objects, each read once. Close it after use: one git process reads all objects."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._blobs: dict[str, bytes] = {}
        self._files: dict[str, bytes] = {}
        self._reader: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        if self._reader:
            self._reader.kill()
            self._reader.communicate()
            self._reader = None

    def content(self, path: str, entry: Entry) -> bytes:
        """The content of a blob or a file, or the target of a link; each blob is requested only once.

        Raises:
            OSError: it is too large to be a manifest, or cannot be read.
            RepositoryError: the object is missing or incomplete in the clone.
        """
        if not entry.blob:
            place = (self._git.root or Path()) / path
            if entry.mode == LINK:
                return os.fsencode(place.readlink())
            try:
                found = content(place, named=False)
            except OSError as error:
                raise OSError(error.errno, error.strerror, path) from None
            if found is None:
                fail(errno.EIO, "it is no longer a regular file; restore the file, or remove it from Git", Path(path))
            self._files[path] = found
            return found
        if entry.blob not in self._blobs:
            self._blobs[entry.blob] = self._on_disk(path, entry.blob) or self._blob(path, entry.blob)
        return self._blobs[entry.blob]

    def _on_disk(self, path: str, name: str) -> bytes:
        """The content of the file on disk if its id is that of the blob: much quicker than to ask git."""
        found = self._files.get(path)
        if found is None and self._git.root:
            try:
                found = content(self._git.root / path, named=False)
            except OSError:
                return b""
        return found if found is not None and blob_id(found, len(name)) == name else b""

    def _blob(self, path: str, name: str) -> bytes:
        self._reader = reader = self._reader or self._git.reader()
        given, out = pipes(reader.stdin, reader.stdout)
        try:
            given.write(f"{name}\n".encode())
            given.flush()
            if not is_answering(out):
                self.close()
                raise RepositoryError(NO_ANSWER)
            said = out.readline().split()
        except BrokenPipeError:
            said = []
        if said[1:2] != [b"blob"]:
            self.close()
            raise RepositoryError(_lacking(path, name))
        size = int(said[2])
        if size > MAX_SIZE:
            # Git would send that content next; a new git process is started for the next blob.
            self.close()
            too_large(Path(path))
        found = out.read(size)
        # For a damaged object, the content ends early and git stops.
        if len(found) != size or out.read(1) != b"\n":
            self.close()
            raise RepositoryError(_lacking(path, name))
        return found


def blob_id(found: bytes, digits: int) -> str:
    """The id of a blob with this content, of as many digits as the repository's ids have."""
    from hashlib import new  # noqa: PLC0415  (only for what Git's index does not say)

    digest = new("sha1" if digits == SHA1 else "sha256", b"blob %d\0" % len(found), usedforsecurity=False)
    digest.update(found)
    return digest.hexdigest()


def _lacking(path: str, name: str) -> str:
    return (
        f"{path} ({name}) is missing or incomplete in this clone: it was cloned with --filter, or it is damaged (git "
        "fsck shows which); fetch the missing objects with git, or clone again"
    )
