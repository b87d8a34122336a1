"""What a process has made of some of its namespaces; as bytes, it can be sent."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

from krmfn.namedtuple import NamedTuple
from krmfn.results import File, ResourceRef, Result, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from krmfn.resourcelist import Resource


class Share(NamedTuple):
    """What a process has made of some namespaces, and of what all share.

    Attributes:
        kept: the texts of the items that stay, by their index; empty for one that did not change.
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


def to_bytes(shares: Iterable[Share] | None) -> bytes:
    """Shares without their functionConfig; empty if there are none."""
    return b"" if shares is None else marshal.dumps([*map(_sent, shares)])


def from_bytes(sent: bytes) -> list[Share]:
    """The shares that were sent."""
    return [*map(_share, marshal.loads(sent))]  # noqa: S302  (of our own process)


def _sent(share: Share) -> dict[str, Any]:
    return share._asdict() | {
        "results": [*map(_plain, share.results)],
        "files": [*map(tuple, share.files)],
        "made": [*map(tuple, share.made)],
        "config": None,
    }


def _share(sent: dict[str, Any]) -> Share:
    share = Share(**sent)
    return share._replace(
        results=[*map(_result, share.results)],
        files=frozenset(File(*file) for file in share.files),
        made=frozenset(File(*file) for file in share.made),
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
