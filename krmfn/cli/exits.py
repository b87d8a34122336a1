"""Exit codes, and results on stderr: how every run ends."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from krmfn.results import Result


class Exit(IntEnum):
    """The exit codes of a run; CHANGES only if `plan --detailed-exitcode` asks for it."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    CHANGES = 2
    BUG = 3
    INTERRUPTED = 130


def tell(results: Iterable[Result], stderr: TextIO) -> None:
    stderr.writelines(f"{result}\n" for result in results)


def code_of(results: Iterable[Result]) -> int:
    """The exit code, which depends only on the results."""
    return Exit.FINDINGS if has_errors(results) else Exit.FINE
