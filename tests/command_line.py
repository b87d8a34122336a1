"""The command line as a user meets it, streams and exit code: in this process, or as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, NamedTuple

import pytest

import krmfn
from krmfn import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Environment = Mapping[str, str]
    Bytes = subprocess.CompletedProcess[bytes]
    Text = subprocess.CompletedProcess[str]

PACKAGE = Path(krmfn.__file__).parent
# Whoever runs the tests may have hooks, signatures and another name of the first branch.
NO_CONFIGURATION = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Ends(NamedTuple):
    """The descriptors that stand for a process's own."""

    stdin: int
    stdout: int
    stderr: int


def environment(more: Environment | None = None) -> dict[str, str]:
    """That of the tests, without what it says to git, and with this."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**inherited, **NO_CONFIGURATION, **(more or {})}


def run(
    *arguments: str | Path, stdin: str | bytes = b"", cwd: Path = PACKAGE.parent, more: Environment | None = None
) -> Bytes:
    """What krmfn answers, in a folder: all of `krmfn.cli.main` but the end of the process."""
    with TemporaryFile(buffering=0) as given, TemporaryFile(buffering=0) as out, TemporaryFile(buffering=0) as err:
        given.write(stdin.encode() if isinstance(stdin, str) else stdin)
        given.seek(0)
        code = called(arguments, Ends(given.fileno(), out.fileno(), err.fileno()), cwd, environment(more))
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), err.read())


def called(arguments: Iterable[str | Path], ends: Ends, cwd: Path, there: Environment) -> int:
    """How krmfn ends here, with the streams, the folder and the environment that a process would have."""
    with pytest.MonkeyPatch.context() as patch, _streams(ends):
        for name in os.environ.keys() - there.keys():
            patch.delenv(name)
        for name, value in there.items() - os.environ.items():
            patch.setenv(name, value)
        patch.chdir(cwd)
        # It makes streams of its own over the descriptors; those of the tests come back with the patch.
        for name in ("stdout", "stderr"):
            patch.setattr(sys, name, getattr(sys, name))
        return cli.exit_code(list(map(str, arguments)))


@contextmanager
def _streams(ends: Ends) -> Iterator[None]:
    """Has the descriptors 0, 1 and 2 be others meanwhile."""
    kept = [os.dup(number) for number in range(3)]
    try:
        for number, end in enumerate(ends):
            os.dup2(end, number)
        yield
    finally:
        for number, end in enumerate(kept):
            os.dup2(end, number)
            os.close(end)


def run_in(folder: Path, *arguments: str | Path, more: Environment | None = None) -> Text:
    """What krmfn answers in a folder, as text."""
    answer = run(*arguments, cwd=folder, more=more)
    return subprocess.CompletedProcess(answer.args, answer.returncode, answer.stdout.decode(), answer.stderr.decode())


def start(
    *arguments: str | Path,
    stdin: str | bytes = b"",
    cwd: Path = PACKAGE.parent,
    more: Environment | None = None,
    package: Path = PACKAGE,
) -> Bytes:
    """What krmfn answers as a process of its own, for what only a process shows; of the package given."""
    return subprocess.run(
        [sys.executable, "-m", "krmfn", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env=environment({"PYTHONPATH": str(package.parent), **(more or {})}),
    )
