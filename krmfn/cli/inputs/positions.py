"""Line and column of findings: looked up in the files only when there are findings, because it takes time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.fieldpaths import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.cli.inputs.files import Files
    from krmfn.declarations.accepted import Accepted
    from krmfn.results import File, Result
    from krmfn.yaml.places import Source

MAX_PLACED = 16 << 20
"""The most bytes of a file in which findings get a line: finding them takes about as long as reading the file twice."""


def with_positions(results: Iterable[Result], *sides: Files) -> tuple[Result, ...]:
    """The results with line and column of their field, or of the nearest one around it that is there.

    Args:
        results: what was found.
        sides: the files; an object that is not in the first, for example a removed one, is looked up in the next.
    """
    sources: dict[tuple[int, str], Source | None] = {}
    return tuple(_placed(result, sides, sources) for result in results)


def accepted_with_positions(accepted: Iterable[Accepted], *sides: Files) -> tuple[Accepted, ...]:
    """The accepted findings with line and column."""
    given = tuple(accepted)
    results = with_positions((each.result for each in given), *sides)
    return tuple(each._replace(result=result) for each, result in zip(given, results, strict=True))


def _placed(result: Result, sides: tuple[Files, ...], sources: dict[tuple[int, str], Source | None]) -> Result:
    file, about = result.file, result.resource
    if file is None or about is None or file.line or about.kind == "File":
        return result
    for index, files in enumerate(sides):
        key = index, file.path
        if key not in sources:
            sources[key] = _source(file, files)
        source = sources[key]
        line, column = source.place(file.document, about.kind, about.name, steps_of(result.field)) if source else (0, 0)
        if line:
            return result._replace(file=file._replace(line=line, column=column))
    return result


def _source(file: File, files: Files) -> Source | None:
    """The text of the file; None if it cannot be read again: a pipe gives its content once."""
    from krmfn.yaml.places import source  # noqa: PLC0415  (loaded only when there is a finding)

    try:
        content = files.read(Path(file.path), named=False)
    except OSError:
        return None
    return source(content) if content is not None and len(content) <= MAX_PLACED else None
