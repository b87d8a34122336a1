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
    """Done; warnings do not count."""
    FINDINGS = 1
    """An error in what was read, or something that the machine lacks; the last lines on stderr say which."""
    USAGE = 2
    """The command line is wrong: an option, a path, a revision, or an object that is not there."""
    CHANGES = 2
    """Something changes; only of `krmfn plan --detailed-exitcode`, where usage is 1 as well."""
    BUG = 3
    """A bug of krmfn, with a traceback; please report it."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


def tell(results: Iterable[Result], stderr: TextIO) -> None:
    """Writes each result on a line, the errors last, because readers see the end of a terminal or a log first."""
    told = list(results)
    for severity in reversed(Severity):
        stderr.writelines(f"{result}\n" for result in told if result.severity is severity)


def tell_places(results: Iterable[Result], stderr: TextIO) -> None:
    """Writes where each error and warning is, and its code: kpt prints their messages, and neither of these."""
    told = [each for each in results if each.severity is not Severity.INFO]
    for severity in reversed(Severity):
        stderr.writelines(f"{each.where()}\n" for each in told if each.severity is severity)


def code_of(results: Iterable[Result]) -> int:
    """The exit code, which depends only on the results."""
    return Exit.FINDINGS if has_errors(results) else Exit.FINE
