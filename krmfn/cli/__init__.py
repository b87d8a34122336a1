"""argv, streams and exit codes; without arguments krmfn is the function, and click is not even loaded."""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

from krmfn.results import has_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO, TextIO

    from krmfn.results import Result

REPORT = "This is a bug in krmfn, not in your input. Please report it with the lines above and, if you can, the input."


class Exit(IntEnum):
    """What a run says to the program that started it."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    BUG = 3
    INTERRUPTED = 130


def main() -> NoReturn:
    """Runs what the arguments ask for, and leaves without taking the process apart, which would take longer."""
    arguments = sys.argv[1:]
    if not arguments and not sys.stdin.isatty():
        code = guarded(lambda: as_function(sys.stdin.buffer, sys.stdout.buffer, sys.stderr))
    else:
        code = guarded(lambda: as_command(arguments or ["--help"]))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            code = code or Exit.FINDINGS
    os._exit(code)


def guarded(run: Callable[[], int]) -> int:
    """The rim: a user's mistake never comes here, so whatever does is ours."""
    try:
        return run()
    except BrokenPipeError:
        return Exit.FINDINGS
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception:  # noqa: BLE001  (the one broad except: a traceback, a request to report it, exit 3)
        from traceback import print_exc  # noqa: PLC0415

        print_exc()
        sys.stderr.write(REPORT + "\n")
        return Exit.BUG


def as_function(stdin: BinaryIO, stdout: BinaryIO, stderr: TextIO) -> int:
    """ResourceList in, ResourceList out; each result also on one line of stderr."""
    from krmfn.function import run  # noqa: PLC0415
    from krmfn.resourcelist import UnreadableError, dump, load  # noqa: PLC0415

    try:
        given = load(stdin.read())
    except UnreadableError as error:
        stderr.write(f"error: {' '.join(str(error).split())}\n")
        return Exit.FINDINGS
    answer = run(given)
    stdout.write(dump(answer).encode())
    stdout.flush()
    tell(answer.results, stderr)
    return code_of(answer.results)


def as_command(arguments: list[str]) -> int:
    """Anything else is a command."""
    from krmfn.cli.commands import krmfn  # noqa: PLC0415

    code = krmfn.main(arguments, prog_name="krmfn", standalone_mode=False)
    return code if isinstance(code, int) else Exit.FINE


def tell(results: Iterable[Result], stderr: TextIO) -> None:
    stderr.writelines(f"{result}\n" for result in results)


def code_of(results: Iterable[Result]) -> int:
    """The exit code, which follows from the results and from nothing else."""
    return Exit.FINDINGS if has_errors(results) else Exit.FINE
