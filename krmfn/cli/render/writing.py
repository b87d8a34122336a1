"""Writes objects to a stream, or to folders, where it replaces only krmfn's own earlier files."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from krmfn.cli.inputs.folderwalk import origin_of_file
from krmfn.cli.inputs.ownfiles import folders, is_damaged
from krmfn.cli.render.intended import Output, intended
from krmfn.files import STAGING, clear, fail, replace
from krmfn.results import gathered, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from krmfn.cli.render.intended import Intended, Layout
    from krmfn.cli.render.manifest import Manifest
    from krmfn.cli.render.outputfolder import Update
    from krmfn.results import Result


def write_stream(objects: Iterable[Manifest], stdout: BinaryIO) -> None:
    """Writes the same bytes in every terminal encoding (R4)."""
    stdout.write("---\n".join(each.text for each in objects).encode())
    stdout.flush()


def write(directory: Path, objects: Sequence[Manifest], left_out: Collection[str] = ()) -> list[Result]:
    """Writes the output of one run: one file an object; what an earlier run wrote and this one does not is removed.

    All files are complete before the first is replaced; then their list is replaced, and stale files are removed last.

    Returns:
        What was removed or renewed; or an error for each file that is in the way, and then nothing was written.

    Raises:
        OSError: something cannot be read or written.
    """
    return write_all(directory, [Output("", objects, left_out)])


def write_all(directory: Path, outputs: Sequence[Output], fleet: Layout | None = None) -> list[Result]:
    """Writes the output of each run into its folder, all or none, and empties the folders of a fleet's earlier runs.

    Raises:
        OSError: something cannot be read or written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory) as refusals:
        if refusals:
            return refusals
        for folder in {directory, *(directory / each.folder for each in outputs)}:
            clear(folder / STAGING)
        what, problems = gathered(intended(directory, outputs, fleet))
        if has_errors(problems):
            return [*problems]
        return [*problems, *_done(directory, what)]


def verified(directory: Path, outputs: Sequence[Output], fleet: Layout | None = None) -> list[Result]:
    """An error for each file that writing would make, change or remove; nothing is written.

    Raises:
        OSError: something cannot be read.
    """
    what, problems = gathered(intended(directory, outputs, fleet))
    found = [*problems]
    for each in what.updates:
        for path in each.changed:
            how = "differs from what render writes" if path in each.before else "is missing, and render writes it"
            found.append(_stale(each.directory / path, how))
        found += [_stale(each.directory / path, "is stale: no declaration needs it any longer") for path in each.stale]
    for each in what.gone:
        found.append(_stale(each.directory, "is stale: its run is gone"))
    return [*in_order(found)]


def _stale(path: Path, what: str) -> Result:
    message = f"{what}; run the same command without --verify, and commit what it writes"
    return origin_of_file(path).error("output-differs", message)


@contextmanager
def _alone(directory: Path) -> Iterator[list[Result]]:
    """Locks the folder against other runs; gives an error if another run has locked it.

    The system releases the lock whenever the process ends, and no lock file is left.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415  (only a run that writes a folder locks it)

    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            message = "another krmfn is writing to this folder; wait until it has ended, and run this again"
            yield [origin_of_file(directory).error("output-in-use", message)]
        except OSError as error:
            fail(error.errno, f"it cannot be locked ({error.strerror}); choose a folder on a local disk", directory)
        else:
            yield []
    finally:
        os.close(descriptor)


def _done(directory: Path, intended: Intended) -> Iterator[Result]:
    updates = intended.updates
    replace(
        directory,
        {
            (each.directory / path).relative_to(directory).as_posix(): text
            for each in updates
            for path, text in each.changed.items()
        },
    )
    for each in updates:
        yield from (_renewed(each.directory / p, t) for p, t in sorted(each.before.items()) if is_damaged(t))
    for each in updates:
        yield from [_remove(each.directory / path) for path in each.stale]
        _remove_empty(each.directory)
    for each in intended.gone:
        yield _end(directory, each)


def _end(top: Path, gone: Update) -> Result:
    """Removes the files of a run that is gone, and the folders that are empty then."""
    for path in gone.stale:
        (gone.directory / path).unlink(missing_ok=True)
    _remove_empty(gone.directory)
    for folder in (gone.directory, *gone.directory.parents):
        if folder == top or any(folder.iterdir()):
            break
        folder.rmdir()
    if gone.now_in:
        message = (
            f"its run is now written to {gone.now_in.as_posix()}, and its {len(gone.stale)} files here are removed; in "
            "the same commit, set spec.path of the Flux Kustomization that applies this folder to that one, and keep "
            "the Kustomization's name: if it is removed, Flux uninstalls what is in it"
        )
        return origin_of_file(gone.directory).warning("run-moved", message)
    message = (
        f"its run is gone, and its {len(gone.stale)} files are removed; delete the Flux Kustomization that applies "
        "this folder: Flux then uninstalls what is in it, and keeps what is protected"
    )
    return origin_of_file(gone.directory).info("run-removed", message)


def _remove(path: Path) -> Result:
    """Removes a file of an earlier run, with a result, because Flux will uninstall its object."""
    path.unlink()
    return origin_of_file(path).info("file-removed", "removed, because no declaration needs it any longer")


def _remove_empty(directory: Path) -> None:
    """Removes folders that are empty now, after this run or an interrupted one."""
    for folder in folders(directory):
        if not any(folder.iterdir()):
            folder.rmdir()


def _renewed(path: Path, text: bytes) -> Result:
    what = "had merge conflicts in it" if text else "was empty, as files are after a crash"
    return origin_of_file(path).info("file-renewed", f"{what}; written again")
