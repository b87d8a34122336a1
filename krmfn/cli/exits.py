"""Exit codes, and results on stderr: how every run ends."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from krmfn.results import Severity, has_errors

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
    """Writes each result on a line, the errors last: there a terminal ends, and a log is read from there."""
    told = list(results)
    for severity in reversed(Severity):
        stderr.writelines(f"{result}\n" for result in told if result.severity is severity)


def code_of(results: Iterable[Result]) -> int:
    """The exit code, which depends only on the results."""
    return Exit.FINDINGS if has_errors(results) else Exit.FINE
