"""What one of two processes has made of its items; as bytes, it can be sent."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.results import File, ResourceRef, Result, Severity

if TYPE_CHECKING:
    from krmfn.resourcelist import Resource


class Half(NamedTuple):
    """What one process has made of its items.

    Attributes:
        kept: the texts of the items that stay, by their index.
        generated: the texts of what is generated.
        results: the findings.
        files: the files of the items that stay.
        made: the files of what is generated.
        packages: the kpt packages of the items.
        of_kpt: whether kpt sent the items (`from_kpt`).
        config: the functionConfig; it is not sent.
    """

    kept: dict[int, str]
    generated: list[str]
    results: list[Result]
    files: frozenset[File]
    made: frozenset[File]
    packages: frozenset[str]
    of_kpt: bool
    config: Resource | None


def to_bytes(half: Half | None) -> bytes:
    """A half without its functionConfig; empty if there is no half."""
    if half is None:
        return b""
    sent = half._asdict() | {
        "results": [*map(_plain, half.results)],
        "files": [*map(tuple, half.files)],
        "made": [*map(tuple, half.made)],
        "config": None,
    }
    return marshal.dumps(sent)


def from_bytes(sent: bytes) -> Half:
    """The half that was sent."""
    half = Half(**marshal.loads(sent))  # noqa: S302  (of our own process)
    return half._replace(
        results=[*map(_result, half.results)],
        files=frozenset(File(*file) for file in half.files),
        made=frozenset(File(*file) for file in half.made),
    )


def _plain(result: Result) -> tuple[Any, ...]:
    """A result as tuples, which can be sent."""
    about, file = result.resource, result.file
    return (
        result.message,
        result.severity.value,
        result.code,
        about and tuple(about),
        result.field,
        file and tuple(file),
    )


def _result(sent: Any) -> Result:
    message, severity, code, about, field, file = sent
    return Result(
        message, Severity(severity), code, ResourceRef(*about) if about else None, field, File(*file) if file else None
    )
