"""`krmfn init`: a starter repository; files are copied unchanged, and no file is ever overwritten."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from krmfn import catalog
from krmfn.cli.init.fluxobjects import flux_objects
from krmfn.cli.init.newfiles import write
from krmfn.cli.schema.declarations import texts

if TYPE_CHECKING:
    from krmfn.results import Result

FOLDERS = {
    "": Path(__file__).with_name("starter"),
    "charts/krmfn-objects/": Path(catalog.__file__).with_name("chart"),
}
README = "README.md"


def starter() -> dict[str, bytes]:
    """The files by path: those that krmfn ships, its chart, and the schemas to which the first lines of files refer."""
    found = {
        prefix + path.relative_to(root).as_posix(): path.read_bytes()
        for prefix, root in FOLDERS.items()
        for path in root.rglob("*")
        if path.is_file()
    }
    found |= {f"schemas/{path}": content for path, content in texts().items()}
    found["flux/acme.yaml"] = flux_objects("acme", "tenant-acme").encode()
    return dict(sorted(found.items()))


def started(folder: Path) -> tuple[list[str], list[Result]]:
    """Writes what is missing of the starter repository; what is there stays as it is.

    Returns:
        Lines that say what was written, what stayed and what to do next; or results that say why it failed.
    """
    files = starter()
    present = [path for path in files if os.path.lexists(folder / path)]
    missing = {path: content for path, content in files.items() if path not in present}
    problems = write(folder, missing)
    if problems:
        return [], problems
    lines = [(folder / path).as_posix() for path in missing]
    lines += [f"{(folder / path).as_posix()} stays as it is" for path in present]
    kept = f", {len(present)} were here and stay" if present else ""
    read = "krmfn check" if README in present else f"read {(folder / README).as_posix()}"
    return [*lines, f"krmfn init: {len(missing)} files{kept}; next, {read}"], []
