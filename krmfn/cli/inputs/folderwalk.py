"""Walks a folder as kpt does: without charts, hidden folders and ignored files; nothing else is skipped silently."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.inputs.charts import CHART, unread_in_chart
from krmfn.cli.inputs.krmignore import Ignored, parse
from krmfn.cli.inputs.unread import may_be_meant, names_ours
from krmfn.files import MAX_FILES, fail
from krmfn.namedtuple import NamedTuple
from krmfn.results import File, Origin, ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.cli.inputs.files import Files
    from krmfn.results import Result

SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
IGNORE_FILE = ".krmignore"
KPTFILE = "Kptfile"
FOR_ALL = (IGNORE_FILE, *KUSTOMIZATIONS)
"""Files that may be about other folders than their own."""
MAX_IGNORED = 64 * 1024
"""The most bytes of an ignore file: every name in the folder is matched with every line."""
LEADS_NOWHERE = "is a broken link, and declarations may be missing because of it; repair the link, or remove it"
WRONG_CASE = "is not read by krmfn, kustomize or kpt, which know .yaml, .yml and .json in small letters only; rename it"
OTHER_ENDING = (
    "names one of krmfn's groups, but is not read: only files that end in .yaml, .yml or .json are, and no hidden ones"
    "; rename it, or name it in .krmignore"
)
BESIDE_A_CHART = (
    "names one of krmfn's groups, but is not read: Chart.yaml beside it makes the folder a chart; move it, or the chart"
)
IN_A_CHART = (
    "declares something, but is not read: Chart.yaml in a folder above makes that folder a chart; move it, or the "
    "chart, or name it in .krmignore"
)
NO_FILE = "is a pipe, a socket or a device, and was not read; name it on the command line to read it"


class Walk(NamedTuple):
    """What a walk found.

    Attributes:
        counts: how many files were read and skipped, by kind.
        results: for what could not be read.
        links: the links that it met, to folders and to files, with what they lead to.
        steering: the files that it met by which a program treats a folder in another way: ignore files, Kptfiles.
    """

    counts: dict[str, int]
    results: list[Result]
    links: dict[Path, Path]
    steering: list[Path]

    def note(self, path: Path, real: Path, files: Files) -> None:
        """Notes the path if it is a link itself."""
        if path.name and files.is_link(path) and real != files.real(path.parent) / path.name:
            self.links[path] = real

    def tally(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def origin_of_file(path: Path | str) -> Origin:
    """The origin for results about a file itself."""
    name = (path if isinstance(path, Path) else Path(path)).as_posix()
    return Origin(ResourceRef("v1", "File", "", name), File(name))


def unreadable(error: OSError) -> Result:
    """An error for a file that cannot be read: otherwise its declarations would seem deleted."""
    return origin_of_file(str(error.filename)).error("unreadable-file", f"cannot be read: {error.strerror}")


def walk(root: Path, leave_out: Path | None, found: Walk, everywhere: Files) -> Iterator[Path]:
    """The files that may contain manifests, in order; links to folders are followed, each folder only once."""
    files = everywhere.below(root)
    specs: dict[Path, Ignored] = {}
    entered: set[Path] = set()
    waiting = [root]
    count = 0
    while waiting:
        folder = waiting.pop()
        try:
            folders, names = files.listed(folder)
        except OSError as error:
            found.results.append(unreadable(error))
            continue
        real = files.real(folder)
        found.note(folder, real, files)
        if CHART in names:
            found.tally("charts")
            found.results.extend(_in_a_chart(folder, specs, files))
        if CHART in names or real in entered or (leave_out and real == files.real(leave_out)):
            continue
        entered.add(real)
        count += len(list(folders)) + len(list(names))
        if count > MAX_FILES:
            message = f"has more than {MAX_FILES} files; run krmfn in a smaller folder"
            found.results.append(origin_of_file(root).error("unreadable-file", message))
            return
        specs |= {path.parent: _patterns(path, found, files) for path in [folder / IGNORE_FILE] if path.name in names}
        found.steering.extend(folder / each for each in (IGNORE_FILE, KPTFILE) if each in names)
        inner = (each for each in folders if not each.startswith("."))
        kept = [each for each in inner if not _ignored(folder / each, specs, is_folder=True)]
        waiting += [folder / each for each in sorted(kept, reverse=True)]
        yield from _wanted(folder, names, specs, found, files)


def is_reached(root: Path, path: Path, files: Files) -> bool:
    """True if a walk from a folder comes to the path, as far as names, charts and ignore files say."""
    specs: dict[Path, Ignored] = {}
    above = [each for each in reversed(path.parents) if each.is_relative_to(root)]
    for folder in above:
        hidden = folder != root and folder.name.startswith(".")
        try:
            _, names = files.listed(folder)
        except OSError:
            names = ()
        if hidden or CHART in names or _ignored(folder, specs, is_folder=True):
            return False
        if IGNORE_FILE in names:
            specs[folder] = _patterns(folder / IGNORE_FILE, Walk({}, [], {}, []), files)
    return bool(above) and not _ignored(path, specs, is_folder=False)


def _wanted(
    folder: Path, names: Iterable[str], specs: dict[Path, Ignored], found: Walk, files: Files
) -> Iterator[Path]:
    """The files in a folder that may contain manifests, with a result for files that may have been meant to."""
    for each in sorted(names):
        path = folder / each
        if _ignored(path, specs, is_folder=False):
            found.tally("ignored files")
        elif reason := files.absent(path):
            found.results.append(origin_of_file(path).warning("not-read", reason))
        elif _may_hold_manifests(each):
            yield path
        elif files.dangles(path):
            found.results.append(origin_of_file(path).warning("not-read", LEADS_NOWHERE))
        elif _may_hold_manifests(each.lower()):
            found.results.append(origin_of_file(path).warning("not-read", WRONG_CASE))
        elif may_be_meant(each, SUFFIXES) and names_ours(path, files):
            found.results.append(origin_of_file(path).warning("not-read", OTHER_ENDING))


def _in_a_chart(chart: Path, specs: dict[Path, Ignored], files: Files) -> Iterator[Result]:
    """A warning for each file in a chart that may declare something and is none of Helm's."""

    def is_wanted(path: Path, *, is_folder: bool) -> bool:
        is_named = not path.name.startswith(".") if is_folder else _may_hold_manifests(path.name)
        return is_named and not _ignored(path, specs, is_folder=is_folder)

    for path in unread_in_chart(chart, is_wanted, files):
        yield origin_of_file(path).warning("not-read", BESIDE_A_CHART if path.parent == chart else IN_A_CHART)


def _may_hold_manifests(name: str) -> bool:
    return (name.endswith(SUFFIXES) and not name.startswith(".")) or name in KUSTOMIZATIONS


def _patterns(path: Path, found: Walk, files: Files) -> Ignored:
    """The patterns of an ignore file; bytes that are not UTF-8 match no name."""
    try:
        text = b"" if files.absent(path) else files.read(path, named=False) or b""
        if len(text) > MAX_IGNORED:
            fail(errno.EFBIG, f"it is larger than {MAX_IGNORED >> 10} KiB; ignore folders instead of files", path)
    except OSError as error:
        found.results.append(unreadable(error))
        text = b""
    return parse(text.decode(errors="replace"))


def _ignored(path: Path, specs: dict[Path, Ignored], *, is_folder: bool) -> bool:
    """True if an ignore file in a folder above ignores the path."""
    return any(
        specs[folder].has(path.relative_to(folder).as_posix(), is_folder=is_folder)
        for folder in (path.parents if specs else ())
        if folder in specs
    )
