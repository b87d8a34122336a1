"""argv, streams and exit codes; without arguments krmfn runs as the function, without loading click."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from krmfn.cli import output
from krmfn.cli.exits import Exit, code_of, tell, tell_places

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Protocol, TextIO

    from krmfn.cli.halves import Merged

    class Input(Protocol):
        """The stream that the function reads from."""

        def read(self, size: int, /) -> bytes: ...


PLUGINS = ("kubectl-krmfn", "flux-krmfn")
COMPLETING = "_KRMFN_COMPLETE"
"""The variable by which a shell asks for completions (docs/install.md#completion)."""
LARGE = 400_000
"""Bytes of input from which on two processes are quicker than one."""
RESERVE = 1 << 21
"""Bytes that are asked for and not used, for the end of a run that has no more. Where all is used up, what Python frees
says "Exception ignored" for want of memory."""
NO_MEMORY = "error: there is not enough memory for this input; give krmfn more, or split the input"
REPORT = "This is a bug in krmfn, not in your input. Please report it with the lines above and, if you can, the input."


def main() -> NoReturn:
    """Runs the command, and exits at once, without the slow clean-up of the interpreter."""
    os._exit(exit_code(words(sys.argv[0], sys.argv[1:])))


def exit_code(arguments: list[str]) -> int:
    """Runs the command with the process's own streams, and returns its exit code."""
    output.take_streams()
    if not arguments and not output.stdin().isatty() and COMPLETING not in os.environ:
        return guarded(lambda: finished(as_function(output.stdin(), sys.stdout.buffer, sys.stderr)))
    return guarded(lambda: finished(as_command(arguments or ["--help"])))


def guarded(run: Callable[[], int]) -> int:
    """The outermost error handler. A lack of resources is one line and exit 1; any other exception is our own mistake.

    A user's mistake never comes here. If the reader closes the pipe, as in `krmfn render | head -1`, nothing is
    reported, as usual in pipelines; only the exit code says that not everything was read.
    """
    reserve = bytearray(RESERVE)
    try:
        return run()
    except BrokenPipeError:
        return Exit.FINDINGS
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except OSError as error:
        output.last_words(f"error: {failure(error)}")
        return Exit.FINDINGS
    except MemoryError:
        # Reported below, when the traceback and what filled the memory are freed: even that needs some.
        reserve.clear()
    except Exception as error:  # noqa: BLE001  (the one broad except: a traceback, a request to report it, exit 3)
        output.last_words(where(error) + REPORT)
        return Exit.BUG
    output.last_words(NO_MEMORY)
    return Exit.FINDINGS


def where(error: BaseException) -> str:
    """The traceback of an exception and of its causes, without their messages: those may contain a credential (R7)."""
    from traceback import format_tb  # noqa: PLC0415  (only for a bug)

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = (
        where(cause) if cause else "Traceback (most recent call last; messages are left out, they may have secrets):\n"
    )
    return f"{before}{''.join(format_tb(error.__traceback__))}{type(error).__qualname__}\n"


def failure(error: OSError) -> str:
    """One line that says what could not be read or written, and why."""
    reason = error.strerror or str(error)
    return " ".join(f"{error.filename}: {reason}".split() if error.filename else reason.split())


def words(program: str, arguments: list[str]) -> list[str]:
    """The arguments; kubectl asks a program of another name what they can become."""
    asked = program.endswith("/kubectl_complete-krmfn")
    return ["__complete", *arguments] if asked else arguments


def called(program: str) -> str:
    """What the user typed: `kubectl krmfn` and `flux krmfn` run a program named after both words."""
    name = program.rpartition("/")[2]
    return name.replace("-", " ") if name in PLUGINS else "krmfn"


def finished(code: int) -> int:
    """The exit code, once everything is written.

    Raises:
        OSError: something could not be written.
    """
    output.close()
    return code


def as_function(stdin: Input, stdout: BinaryIO, stderr: TextIO) -> int:
    """ResourceList in, ResourceList out; each result also on one line of stderr, unless the host prints results."""
    from krmfn.function import run  # noqa: PLC0415
    from krmfn.resourcelist import UnreadableError, from_kpt, load, pieces  # noqa: PLC0415
    from krmfn.yaml.loading import MAX_SIZE  # noqa: PLC0415

    # One byte more than the limit, so that load() refuses it.
    source = _decoded(stdin.read(MAX_SIZE + 1))
    answer = _by_two(source) if isinstance(source, str) else None
    if answer is not None:
        texts, results, shown = answer.pieces, answer.results, answer.of_kpt
    else:
        try:
            given = load(source)
            whole = run(given)
        except UnreadableError as error:
            stderr.write(f"error: {' '.join(str(error).split())}\n")
            return Exit.FINDINGS
        # All of it is made before any of it is written.
        texts, results, shown = iter([*pieces(whole)]), whole.results, from_kpt(given.items)
    stdout.writelines(text.encode() for text in texts)
    stdout.flush()
    (tell_places if shown else tell)(results, stderr)
    return code_of(results)


def _decoded(source: bytes) -> str | bytes:
    """The text of a large input, and nothing else of it, because it takes much memory."""
    if len(source) < LARGE:
        return source
    from krmfn.cli import halves  # noqa: PLC0415  (only for large input)

    text = halves.decoded(source)
    return source if text is None else text


def _by_two(source: str) -> Merged | None:
    """The answer of two processes, where that is possible and quicker."""
    from krmfn.cli import halves, secondprocess  # noqa: PLC0415  (only for large input)

    return halves.answered(source) if secondprocess.cores() > 1 else None


def as_command(arguments: list[str]) -> int:
    """Runs a command, for any arguments."""
    from krmfn.cli.commands import krmfn  # noqa: PLC0415

    if COMPLETING in os.environ:
        from click.shell_completion import add_completion_class  # noqa: PLC0415

        from krmfn.cli.completing import WholeFish  # noqa: PLC0415

        add_completion_class(WholeFish)
    code = krmfn.main(arguments, prog_name=called(sys.argv[0]), complete_var=COMPLETING, standalone_mode=False)
    return code if isinstance(code, int) else Exit.FINE
