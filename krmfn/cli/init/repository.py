"""`krmfn init`: a starter repository; files are copied unchanged, and no file is ever overwritten."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import __version__, catalog
from krmfn.cli.findings import counted
from krmfn.cli.init.fluxobjects import flux_objects
from krmfn.cli.init.newfiles import write
from krmfn.cli.schema.declarations import texts
from krmfn.files import content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from krmfn.results import Result

STARTER = Path(__file__).with_name("starter")
CHART = Path(catalog.__file__).with_name("chart")
PLAIN_FLUX = Path(__file__).with_name("starter-plain-flux")
"""Files that take the place of the starter's where there is no Cozystack."""
OF_COZYSTACK = ("tenants/acme/declared/cluster.yaml", "tenants/acme/declared/database.yaml")
README = "README.md"
GUIDE = f"https://github.com/krmfn/krmfn/blob/v{__version__}/docs/existing-repository.md"
COUNTED = ("schemas/", "charts/krmfn-objects/")
"""Folders whose files nobody edits: they are counted, and not named."""


def starter(*, plain_flux: bool = False) -> dict[str, bytes]:
    """The files by path: those that krmfn ships, its chart, and the schemas to which the first lines of files refer."""
    found = _files(STARTER)
    if plain_flux:
        found = {path: content for path, content in found.items() if path not in OF_COZYSTACK} | _files(PLAIN_FLUX)
    found |= {f"charts/krmfn-objects/{path}": content for path, content in _files(CHART).items()}
    found |= {f"schemas/{path}": content for path, content in texts().items()}
    found["flux/acme.yaml"] = flux_objects("acme", "tenant-acme").encode()
    return dict(sorted(found.items()))


def _files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def started(folder: Path, *, plain_flux: bool = False) -> tuple[list[str], list[Result]]:
    """Writes what is missing of the starter repository; what is there stays as it is.

    Returns:
        Lines that say what was written, what stayed and what to do next; or results that say why it failed.
    """
    files = starter(plain_flux=plain_flux)
    present = [path for path in files if os.path.lexists(folder / path)]
    missing = {path: content for path, content in files.items() if path not in present}
    problems = write(folder, missing)
    if problems:
        return [], problems
    if not missing:
        return [f"krmfn init: nothing is missing, and all {len(files)} files stay as they are; next, krmfn check"], []
    stay = [f"{line} {'stay as they are' if many else 'stays as it is'}" for line, many in _listed(folder, present)]
    kept = f", {len(present)} stay{'s' if len(present) == 1 else ''}" if present else ""
    last = f"krmfn init: {counted(len(missing), 'file')} written{kept}; next, read {_guide(folder, files[README])}"
    return [*(line for line, _ in _listed(folder, missing)), *stay, last], []


def _listed(folder: Path, paths: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """A line for each folder, with the names of its files or their number, and whether these are several."""
    by_place: dict[str, list[str]] = {}
    for path in paths:
        place = next((each for each in COUNTED if path.startswith(each)), path[: path.rfind("/") + 1])
        by_place.setdefault(place, []).append(path.removeprefix(place))
    for place, names in sorted(by_place.items(), key=lambda each: each[0] in COUNTED):
        where = f"{(folder / place).as_posix()}/: " if place or folder != Path() else ""
        what = f"{len(names)} files" if place in COUNTED and len(names) > 1 else ", ".join(names)
        yield f"{where}{what}", len(names) > 1


def _guide(folder: Path, starters: bytes) -> str:
    """Where the next steps are: in the README, unless the repository has one of its own."""
    readme = folder / README
    is_starters = readme.is_file() and content(readme, named=False) == starters
    return readme.as_posix() if is_starters else GUIDE
