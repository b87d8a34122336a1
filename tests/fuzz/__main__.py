"""Fuzzes each target in turn, guided by coverage: python -m tests.fuzz SECONDS [TARGET ...].

What is new is kept in the user's cache, and the next run goes on from there. What fails is written below it; put that
file into tests/fuzz/corpus/TARGET/ with the mending, and tests/test_fuzz.py replays it for ever.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MOST_BYTES = 4096
ONE = "--one"


def main() -> None:
    """Run every target in a process of its own, for its part of the time; stop at the first finding."""
    if sys.argv[1] == ONE:
        _fuzz(sys.argv[2], sys.argv[3:])
        return
    from tests.fuzz.seeds import seeds  # noqa: PLC0415  (it brings krmfn's reader of YAML, which _fuzz has to import)

    names = sys.argv[2:] or sorted(path.name for path in _corpus().iterdir())
    seconds = int(sys.argv[1]) // len(names)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "krmfn", "fuzz")
    for name in names:
        found = cache / name
        found.mkdir(parents=True, exist_ok=True)
        for seed, text in seeds(name):
            if len(text) <= MOST_BYTES:
                (found / seed).write_bytes(text)
        sys.stderr.write(f"fuzzing {name} for {seconds} s; what is new goes to {found}\n")
        options = (f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-artifact_prefix={cache}/{name}-")
        quiet = ("-print_final_stats=1", "-verbosity=1", "-timeout=60", "-rss_limit_mb=2048")
        command = [sys.executable, "-m", "tests.fuzz", ONE, name, *options, *quiet, str(found), str(_corpus() / name)]
        if subprocess.run(command, check=False).returncode:
            sys.exit(f"{name} fails; the text that it fails on is named above")


def _fuzz(name: str, arguments: list[str]) -> None:
    import atheris  # noqa: PLC0415  (of a group of its own)

    before = [name for name in sys.modules if name.startswith("krmfn")]
    assert not before, f"imported before anything could watch: {before}"
    # What is imported inside is watched; the standard library is not ours to search.
    with atheris.instrument_imports(include=["krmfn"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()


def _corpus() -> Path:
    return Path(__file__).with_name("corpus")


if __name__ == "__main__":
    main()
