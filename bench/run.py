"""Times and memory of krmfn's whole process, as ratios to an empty Python that was measured in the same minutes.

Rounds are interleaved, so that a machine that slows down slows every row. Other functions stand beside ours: yaml.v3 in
Go, which reads and writes and does nothing else, and one in PyYAML as it is written first. Nothing is asserted: the
numbers are for people to compare. `--quick` leaves out what takes minutes.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import hosts, inputs
from tests.tools.programs import ProgramMissingError, program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FLOOR = "`python -I -S -c pass`"
TENANTS = 10_000
SINCE = ("--changed-since", "HEAD~1")
CHECKED = "from krmfn import cli, function; cli.main()"
UNCHECKED = f"from krmfn.topology import releases; releases.check_values = lambda *a, **k: iter(()); {CHECKED}"
# The system counts the memory of who starts a process as the process's own, so that is an empty Python.
STARTED = """
import os, sys, time
folder, stdin, *command = sys.argv[1:]
os.chdir(folder)
nowhere = os.open(os.devnull, os.O_WRONLY)
opened = enumerate((os.open(stdin, os.O_RDONLY), nowhere, nowhere))
streams = [(os.POSIX_SPAWN_DUP2, each, number) for number, each in opened]
begin = time.perf_counter()
child = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
_, status, used = os.wait4(child, 0)
seconds = time.perf_counter() - begin
print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


class Row(NamedTuple):
    """A command, the file that it reads, in how many rounds it runs, and where."""

    name: str
    command: tuple[str, ...]
    stdin: Path
    rounds: int
    folder: str = "."


class Run(NamedTuple):
    """One run of a command: seconds by the clock and of CPU, the most memory in bytes, and the exit code."""

    seconds: float
    cpu: float
    memory: int
    code: int


def main() -> None:
    """Measure every row and print the table."""
    # Not what is measured: to compile anew in each run, and to write line by line.
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_rows(Path(folder), quick="--quick" in sys.argv))
        print("\n".join(_table(rows, _measured(rows))))


def _table(rows: list[Row], found: dict[str, list[Run]]) -> Iterator[str]:
    floor = [statistics.median(run[kind] for run in found[FLOOR]) for kind in (0, 1)]
    yield f"{time.strftime('%Y-%m-%d')}, {_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}."
    yield "\n| whole process | median | ratio | ratio of CPU | memory | memory / input |\n|---|---|---|---|---|---|"
    yield from (_line(row, found[row.name], floor) for row in rows)
    yield f"\n{_growth(rows, found)}"


def _rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    python, krmfn = sys.executable, str(Path(sysconfig.get_path("scripts"), "krmfn"))
    nothing = folder / "nothing"
    nothing.touch()
    yield Row(FLOOR, (python, "-I", "-S", "-c", "pass"), nothing, 21)
    yield Row("`krmfn version`", (krmfn, "version"), nothing, 11)
    naive = (python, "-I", str(Path(__file__).with_name("naive.py")))
    for number, rounds in ((10, 15), (1000, 5), (10_000, 3), (100_000, 1)):
        if quick and number > 1000:  # noqa: PLR2004  (what takes seconds)
            break
        stdin = _file(folder / f"{number}.yaml", islice(inputs.mixed(), number))
        yield Row(f"**krmfn, {number:,} resources**", (krmfn,), stdin, rounds)
        if number == 10:  # noqa: PLR2004  (a cold start)
            yield Row("the same by `python -I -m krmfn`", (python, "-I", "-m", "krmfn"), stdin, rounds)
        if number <= 10_000:  # noqa: PLR2004  (more memory than there is)
            yield from _go(number, stdin, rounds)
        if number <= 1000:  # noqa: PLR2004  (minutes)
            yield Row(f"naive function, {number:,}", naive, stdin, 3 if number == 10 else 1)  # noqa: PLR2004  (as above)
    yield from _more(folder, krmfn, nothing, quick=quick)


def _more(folder: Path, krmfn: str, nothing: Path, *, quick: bool) -> Iterator[Row]:
    """Other shapes of input, other commands and other hosts."""
    for name, items, number in (
        ("other objects", inputs.bystanders(), 5000),
        ("small declarations", inputs.small(), 5000),
    ):
        yield Row(f"krmfn, {number:,} {name}", (krmfn,), _file(folder / f"{name}.yaml", islice(items, number)), 3)
    repository = folder / "repository"
    repository.mkdir()
    inputs.repository(repository)
    for name, *arguments in (
        ("krmfn render, 5,000 declarations", "render"),
        ("krmfn plan of a one-line change of them", "plan", "--from", "HEAD~1"),
    ):
        yield Row(name, (krmfn, *arguments), nothing, 3, str(repository))
    if not quick:
        yield from _fleet(krmfn, folder / "fleet", nothing)
    yield from (Row(name, command, folder / "10.yaml", 11) for name, command in hosts.containers())
    for number in (10,) if quick else (10, 1000):
        for name, command in hosts.commands(folder, krmfn, number):
            yield Row(name, command, nothing, 3)
    yield from _checks(folder)


def _fleet(krmfn: str, fleet: Path, nothing: Path) -> Iterator[Row]:
    """A fleet of which one tenant has changed, as a whole and without what is the same."""
    inputs.fleet_repository(fleet, TENANTS)
    git = shutil.which("git") or "git"
    for name, rounds, *command in (
        (f"krmfn render, a fleet of {TENANTS:,} tenants", 1, krmfn, "render"),
        ("krmfn plan of a one-line change of it", 1, krmfn, "plan", "--from", "HEAD~1"),
        ("the same, --changed-since", 7, krmfn, "plan", "--from", "HEAD~1", *SINCE),
        ("krmfn render --changed-since", 7, krmfn, "render", *SINCE),
        ("of which git, looking at the work tree", 7, git, "status", "--porcelain", "--untracked-files=normal"),
    ):
        yield Row(str(name), tuple(map(str, command)), nothing, int(rounds), str(fleet))


def _checks(folder: Path) -> Iterator[Row]:
    stdin = _file(folder / "apps.yaml", islice(inputs.apps(), 1000))
    yield Row("1,000 apps", (sys.executable, "-c", CHECKED), stdin, 5)
    yield Row("1,000 apps, values not checked", (sys.executable, "-c", UNCHECKED), stdin, 5)


def _go(number: int, stdin: Path, rounds: int) -> Iterator[Row]:
    try:
        yield Row(f"Go yaml.v3 round trip, {number:,}", (str(program("yaml-roundtrip")),), stdin, rounds)
    except ProgramMissingError as error:
        print(f"NO round trip in Go beside it: {error}", file=sys.stderr)


def _file(path: Path, items: Iterable[inputs.Resource]) -> Path:
    path.write_bytes(inputs.enveloped(items))
    return path


def _measured(rows: list[Row]) -> dict[str, list[Run]]:
    """All runs, one round after the other. A first one does not count, of what runs more than once."""
    found: dict[str, list[Run]] = {row.name: [] for row in rows}
    for number in range(max(row.rounds for row in rows) + 1):
        for row in rows:
            if number <= row.rounds and (number or row.rounds > 1):
                run = _run(row)
                found[row.name] += [run] if number else []
    return found


def _run(row: Row) -> Run:
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", STARTED, row.folder, str(row.stdin), *row.command),
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds, cpu, memory, code = done.stdout.split()
    return Run(float(seconds), float(cpu), int(memory) * (1 if sys.platform == "darwin" else 1024), int(code))


def _line(row: Row, runs: list[Run], floor: list[float]) -> str:
    seconds, cpu, memory = (statistics.median(run[kind] for run in runs) for kind in (0, 1, 2))
    size = row.stdin.stat().st_size if row.stdin.exists() else 0
    share = f"{memory / size:.1f}" if size > 1_000_000 else ""  # noqa: PLR2004  (of less, Python itself is most)
    failed = f" **exit {runs[0].code}: not the time of an expansion**" if runs[0].code else ""
    return (
        f"| {row.name}{failed} | {_duration(seconds)} | {seconds / floor[0]:.1f} | {cpu / floor[1]:.1f} "
        f"| {memory / 1e6:.0f} MB | {share} |"
    )


def _growth(rows: list[Row], found: dict[str, list[Run]]) -> str:
    """How much more than in proportion the largest run takes."""
    ours = [row.name for row in rows if row.name.startswith("**")]
    least, most = (statistics.median(run.cpu for run in found[name]) for name in (ours[1], ours[-1]))
    numbers = [int("".join(filter(str.isdigit, name))) for name in (ours[1], ours[-1])]
    growth = most / least * numbers[0] / numbers[1]
    return f"CPU time of {numbers[1]:,} resources over that of {numbers[0]:,}, in proportion: {growth:.2f}."


def _duration(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


if __name__ == "__main__":
    main()
